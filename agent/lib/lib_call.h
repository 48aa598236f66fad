/* SPDX-License-Identifier: MIT
 * agent/lib/lib_call.h: the handle, and one exchange with the agent.
 */
#ifndef LIB_CALL_H
#define LIB_CALL_H

#include "agent/lib/lib_http.h"
#include "agent/lib/lib_soap.h"
#include "agent/lib/lib_xml.h"

#define LIB_REPLY_MAX (4u << 20)
#define LIB_REQUEST_MAX (480u << 10)	/* an agent takes 500 KiB */

struct dray {
	struct lib_target target;
	struct lib_http *http;
	struct dray_error error;	/* of the last call */
	struct buf request;		/* reused from call to call */
	const char *unfit;		/* static: first child of the body that XML cannot carry */
};

struct lib_answer {
	struct lib_xml *doc;		/* owned: lib_answer_done() */
	const struct lib_node *body;	/* the element inside s:Body; in doc */
};

/* Starts d->request; the caller adds the children of the body. */
void lib_call_begin(struct dray *d, struct lib_head *head);
/* One of the children; NULL values are left out. A text that XML cannot carry as it is (a control
 * character, or not UTF-8) makes the call fail: another file than the one named must not be touched. */
void lib_call_leaf(struct dray *d, const char *name, const char *value);
/* Sends it. `expect`: local name of the answer's element, NULL for an empty body. */
dray_result lib_call(struct dray *d, struct lib_head *head, const char *expect, struct lib_answer *ret);
/* The same for a method; checks its ReturnValue. ret may be NULL. */
dray_result lib_call_method(struct dray *d, struct lib_head *head, struct lib_answer *ret);
void lib_answer_done(struct lib_answer *a);

#endif
