/* SPDX-License-Identifier: MIT
 * agent/lib/lib_invoke.h: a method of a job in one line, and what its answer holds.
 */
#ifndef LIB_INVOKE_H
#define LIB_INVOKE_H

#include "agent/lib/lib_call.h"
#include "engine/base/guid.h"

struct lib_param { const char *name, *value; };		/* value NULL: left out */

/* The id as the wire has it, or an error that says what is wrong with it. */
dray_result lib_wire_id(struct dray *d, const char *id, char out[GUID_TEXT]);
/* Calls the method of that job; what it answers is only its ReturnValue. */
dray_result lib_invoke(struct dray *d, const char *id, const char *method,
    const struct lib_param *params, size_t n);
/* The same, and the out parameter Index. ret_index may be NULL. */
dray_result lib_invoke_index(struct dray *d, const char *id, const char *method, const struct lib_param *params,
    size_t n, uint32_t *ret_index);
/* Out parameters of an answer. false: not there, or not a number. */
bool lib_out_u32(const struct lib_answer *a, const char *name, uint32_t *ret);
void lib_out_text(const struct lib_answer *a, const char *name, char *out, size_t room);
/* A number as it is written into a request. */
const char *lib_number(uint64_t n, char out[24]);

#endif
