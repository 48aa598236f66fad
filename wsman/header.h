/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/header.h: the checks of the SOAP headers, in a fixed order, each with its fault. Pure.
 */
#ifndef WSMAN_HEADER_H
#define WSMAN_HEADER_H

#include <stddef.h>
#include <stdint.h>

#include "wsman/msg.h"

#define HEADER_TEXT_MAX 2048		/* MessageID, ActivityId */
#define HEADER_OPTIONS 64
#define HEADER_TIMEOUT_MAX_MS 60000	/* MaxTimeoutms */
#define HEADER_TIMEOUT_MIN_MS 500
#define HEADER_ENVELOPE_MIN 8192

struct head {
	const char *action, *resource;	/* trimmed; resource NULL: no such header */
	uint64_t timeout_ms;
	size_t max_reply;		/* bytes the answer may have */
};

/* max_envelope: what the service itself allows. false: fault filled. */
bool header_check(const struct msg *msg, size_t max_envelope, struct arena *arena, struct head *ret,
    struct fault *fault);
/* The value of an option, its prefix before ':' left out; NULL: not there. after: the last one seen. */
const struct node *header_option(const struct msg *msg, const char *name, const struct node *after);

#endif
