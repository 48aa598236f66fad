/* SPDX-License-Identifier: MIT
 * agent/lib/dray_file.c: what can be done with the files of a job; see dray.h.
 */
#include "include/dray.h"

#include <stdlib.h>

#include "agent/lib/lib_invoke.h"
#include "engine/base/auto.h"

dray_result dray_job_add_file(struct dray *d, const char *id, const char *url, const char *path,
    uint32_t *ret_index)
{
	return lib_invoke_index(d, id, "AddFile", (const struct lib_param[]){ { "RemoteUrl", url },
		{ "LocalFile", path } }, 2, ret_index);
}

dray_result dray_job_add_file_ranges(struct dray *d, const char *id, const char *url, const char *path,
    const char *ranges, uint32_t *ret_index)
{
	return lib_invoke_index(d, id, "AddFileWithRanges", (const struct lib_param[]){ { "RemoteUrl", url },
		{ "LocalFile", path }, { "Ranges", ranges ? ranges : "" } }, 3, ret_index);
}

dray_result dray_job_add_files(struct dray *d, const char *id, const struct dray_new_file *files, size_t n,
    uint32_t *ret_first)
{
	AUTO_FREE struct lib_param *params = calloc(2 * n + 1, sizeof(*params));

	if (!params)
		return lib_error(&d->error, DRAY_E_NO_MEMORY, "out of memory");
	for (size_t i = 0; i < n; i++) {
		params[2 * i] = (struct lib_param){ "RemoteUrl", files[i].url ? files[i].url : "" };
		params[2 * i + 1] = (struct lib_param){ "LocalFile", files[i].path ? files[i].path : "" };
	}
	return lib_invoke_index(d, id, "AddFileSet", params, 2 * n, ret_first);
}

dray_result dray_file_set_url(struct dray *d, const char *id, uint32_t index, const char *url)
{
	char number[24];

	return lib_invoke(d, id, "SetRemoteName",
	    (const struct lib_param[]){ { "Index", lib_number(index, number) },
		{ "RemoteUrl", url } }, 2);
}

dray_result dray_job_replace_prefix(struct dray *d, const char *id, const char *old_prefix,
    const char *new_prefix)
{
	return lib_invoke(d, id, "ReplaceRemotePrefix", (const struct lib_param[]){ { "OldPrefix", old_prefix },
		{ "NewPrefix", new_prefix } }, 2);
}

dray_result dray_file_validate(struct dray *d, const char *id, uint32_t index, bool good)
{
	char number[24];

	return lib_invoke(d, id, "SetValidationState", (const struct lib_param[]){
		{ "Index", lib_number(index, number) }, { "ValidationState", good ? "true" : "false" } }, 2);
}

dray_result dray_file_want(struct dray *d, const char *id, uint32_t index, const char *ranges)
{
	char number[24];

	return lib_invoke(d, id, "RequestFileRanges", (const struct lib_param[]){
		{ "Index", lib_number(index, number) }, { "Ranges", ranges } }, 2);
}

dray_result dray_file_seek(struct dray *d, const char *id, uint32_t index, uint64_t offset)
{
	char number[24], at[24];

	return lib_invoke(d, id, "UpdateDownloadPosition", (const struct lib_param[]){
		{ "Index", lib_number(index, number) }, { "Offset", lib_number(offset, at) } }, 2);
}
