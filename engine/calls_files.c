/* SPDX-License-Identifier: MIT
 * engine/calls_files.c: other addresses for files, and what an application thinks of what came.
 *
 * A file that is here in part goes on at the new address where it was, if what is there has the same size and
 * time. The ETag is forgotten: every server writes its own for the same bytes (BITS knows none). A file that
 * is here whole keeps its bytes; the new address counts if it must be fetched again. Engine thread only.
 *
 * Source: BITS SetRemoteName, ReplaceRemotePrefix, SetValidationState.
 */
#include "engine/calls.h"

#include <stdio.h>
#include <string.h>

#include "engine/names.h"
#include "engine/base/str.h"

/* url: of str_new(), taken. */
static void put_url(struct engine *eng, struct eng_call *call, struct job *job, struct file *file,
    const char *url)
{
	str_unref(file->rec.url);
	file->rec.url = url;
	rec_text(&file->rec.etag, "");		/* the empty text needs no memory */
	file->rec.single = false;
	file->rec.loopback = calls_may_loopback(eng, call, job);
	file_dirty(eng, job, file);
}

static void changed(struct engine *eng, struct job *job, bool moving)
{
	if (moving && job->run)
		calls_order_again(eng, job);
	calls_changed(eng, job);
}

enum err call_set_url(struct engine *eng, struct eng_call *call, bool *later)
{
	const char *url;
	struct file *file;
	struct job *job;
	enum err err = calls_file(eng, call, &job, &file);

	(void)later;
	if (!err)
		err = names_check_url(call->url ? call->url : "", &call->ei);
	if (err || !strcmp(call->url, file->rec.url))
		return err;
	url = str_new(call->url);
	if (!url)
		return err_plain(&call->ei, ERR_NO_MEMORY);
	put_url(eng, call, job, file, url);
	changed(eng, job, !file->rec.transferred);
	return ERR_OK;
}

/* The URL with its beginning replaced, of str_new(); NULL with ei filled. */
static const char *replaced(const char *url, const char *from, const char *to, struct errinfo *ei)
{
	char text[4 * NAMES_URL_MAX];
	const char *made = NULL;

	if (snprintf(text, sizeof(text), "%s%s", to, url + strlen(from)) >= (int)sizeof(text))
		err_set(ei, ERR_INVALID_ARG, "A URL would be longer than %d characters.", NAMES_URL_MAX);
	else if (!names_check_url(text, ei) && !(made = str_new(text)))
		err_plain(ei, ERR_NO_MEMORY);
	return made;
}

static enum err make_urls(struct job *job, struct eng_call *call, const char **urls, bool *ret_any)
{
	for (size_t i = 0; i < job->nfiles; i++) {
		const char *url = job->files[i]->rec.url;

		if (strncmp(url, call->text, strlen(call->text)))
			continue;
		*ret_any = true;
		urls[i] = replaced(url, call->text, call->url, &call->ei);
		if (!urls[i])
			return call->ei.err;
		if (!job_edit_file(job, i))
			return err_plain(&call->ei, ERR_NO_MEMORY);
	}
	return ERR_OK;
}

enum err call_replace_prefix(struct engine *eng, struct eng_call *call, bool *later)
{
	AUTO_FREE const char **urls = NULL;
	bool any = false, moving = false;
	struct job *job;
	enum err err = calls_job(eng, call, EV_SET, &job);

	(void)later;
	if (err)
		return err;
	if (!call->text || !*call->text || !call->url || !*call->url)
		return err_set(&call->ei, ERR_INVALID_ARG, "Both the old and the new beginning of the URLs are "
		    "needed.");
	urls = calloc(job->nfiles + 1, sizeof(*urls));
	if (!urls)
		return err_plain(&call->ei, ERR_NO_MEMORY);
	err = make_urls(job, call, urls, &any);
	for (size_t i = 0; i < job->nfiles; i++) {
		if (err) {
			str_unref(urls[i]);
		} else if (urls[i]) {
			moving |= !job->files[i]->rec.transferred;
			/* Is the job's own already. */
			put_url(eng, call, job, job_edit_file(job, i), urls[i]);
		}
	}
	if (!err && any)
		changed(eng, job, moving);
	return err ? err : any ? ERR_OK : ERR_UNCHANGED;
}

/* The file is as if it had never come, and the job waits for somebody to say Resume. */
static void reject(struct engine *eng, struct job *job, struct file *file)
{
	struct file_rec *f = &file->rec;

	f->transferred = f->completed = f->validated = false;
	f->rejected = true;
	f->durable = f->dev = f->ino = file->received = 0;
	rec_text(&f->etag, "");
	rec_text(&f->modified, "");
	rec_text(&f->filled, "");
	job->rec.error_code = err_hresult(ERR_VALIDATION_FAILED);
	job->rec.error_context = 5;
	job->rec.error_file = f->number;
	rec_text(&job->rec.error_text,
	    "The application did not accept the file. Resume the job to fetch it again.");
	if (job->run)
		calls_order_again(eng, job);
	job_move(eng, job, EV_REJECTED, NULL);
}

enum err call_validate(struct engine *eng, struct eng_call *call, bool *later)
{
	struct file *file;
	struct job *job;
	enum err err = calls_file(eng, call, &job, &file);

	(void)later;
	if (err)
		return err;
	if (!file->rec.transferred)
		return err_plain(&call->ei, ERR_FILE_PENDING);
	if (call->num > 1)
		return err_set(&call->ei, ERR_INVALID_ARG, "The state is 0 (not accepted) or 1 (accepted).");
	if (call->num)
		file->rec.validated = true;
	else
		reject(eng, job, file);
	file_dirty(eng, job, file);
	calls_changed(eng, job);
	return ERR_OK;
}
