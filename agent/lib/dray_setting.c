/* SPDX-License-Identifier: MIT
 * agent/lib/dray_setting.c: who a job is and speaks as; see dray.h.
 */
#include "include/dray.h"

#include <string.h>

#include "agent/lib/lib_invoke.h"

dray_result dray_job_set_credentials(struct dray *d, const char *id, enum dray_target target,
    enum dray_scheme scheme, const char *user, const char *password)
{
	char t[24], s[24];
	dray_result r = lib_invoke(d, id, "SetCredentials", (const struct lib_param[]){
		{ "Target", lib_number(target, t) }, { "Scheme", lib_number(scheme, s) },
		{ "UserName", user }, { "Password", password } }, 4);

	if (d->request.data)		/* the password stands in it */
		explicit_bzero(d->request.data, d->request.room);
	return r;
}

dray_result dray_job_remove_credentials(struct dray *d, const char *id, enum dray_target target,
    enum dray_scheme scheme)
{
	char t[24], s[24];

	return lib_invoke(d, id, "RemoveCredentials", (const struct lib_param[]){
		{ "Target", lib_number(target, t) }, { "Scheme", lib_number(scheme, s) } }, 2);
}

dray_result dray_job_take(struct dray *d, const char *id)
{
	return lib_invoke(d, id, "TakeOwnership", NULL, 0);
}
