/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/fault.h: what a request can be refused with, as values from schemas/faults.def.
 *
 * Checks fill a struct fault and return false; reply.c and fault.c turn it into an envelope
 * once, at the end. Any thread.
 */
#ifndef WSMAN_FAULT_H
#define WSMAN_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "include/provider.h"

enum fault_id {
#define FAULT(name, who, subcode, detail, code, text) FAULT_##name,
#include "schemas/faults.def"
#undef FAULT
	FAULT__COUNT
};

struct fault {
	enum fault_id id;		/* FAULT_NONE: nothing is wrong */
	char text[600];			/* for a person; UTF-8, not yet escaped */
	uint32_t hresult;		/* a provider failed with this; 0: no provider was asked */
	bool cim;			/* what a provider failed with is told as MSFT_WmiError: an MI client asks by DMTF names */
	bool anonymous;			/* for somebody unknown: this machine is not named */
	const char *provider;		/* its name; static */
	const char *operation;		/* what it was asked: GetObject, ExecMethod...; static */
	char object[600];		/* of what: Class.Key="value" */
	char header_ns[300], header[100];	/* MUST_UNDERSTAND: the header block */
};

/* Fills f; always false, so a check can end with `return fault_set(...)`. NULL fmt: the table's text. */
bool fault_set(struct fault *f, enum fault_id id, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The provider said err; put: the fault column for Put counts. */
void fault_from_err(struct fault *f, enum err err, const struct errinfo *ei, bool put);

const char *fault_text(enum fault_id id);		/* of the table */
const char *fault_action(const struct fault *f);	/* wsa:Action of the reply */
bool fault_needs_b(const struct fault *f);		/* subcode uses prefix b */
void fault_write_cim(const struct fault *f, struct buf *out);	/* fault_cim.c: <p:MSFT_WmiError> */
void fault_write_body(const struct fault *f, struct buf *out);	/* <s:Fault>..., no envelope */

#endif
