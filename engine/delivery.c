/* SPDX-License-Identifier: MIT
 * engine/delivery.c: see delivery.h.
 */
#include "engine/delivery.h"

#include <string.h>

#include "engine/names.h"
#include "engine/ranges.h"
#include "engine/base/str.h"

#define HEADERS_MAX 16384u		/* bytes kept of an answer's head */

uint64_t file_wanted(const struct job *job, const struct file *file)
{
	const struct file_rec *f = &file->rec;

	return job->opt->on_demand || !*f->ranges ? f->size : ranges_bytes(f->ranges, f->size);
}

bool file_is_due(const struct job *job, const struct file *file)
{
	const struct file_rec *f = &file->rec;

	if (f->transferred || !job->opt->on_demand)
		return !f->transferred;
	return *f->ranges && ranges_bytes(f->ranges, f->size) != f->durable;
}

/* Whole lines, as many as fit. */
static bool keep_headers(struct file_rec *f, const char *headers)
{
	char text[HEADERS_MAX + 1];
	size_t len = strlen(headers);

	if (len <= HEADERS_MAX)
		return rec_text(&f->headers, headers);
	for (len = HEADERS_MAX; len && headers[len - 1] != '\n'; len--)
		;
	memcpy(text, headers, len);
	text[len] = '\0';
	return rec_text(&f->headers, text);
}

static bool keep_url(struct file_rec *f, const char *url)
{
	return !*url || names_check_url(url, NULL) || rec_text(&f->url, url);
}

bool file_answered(const struct job *job, struct file *file, const struct proto_answered *m)
{
	struct file_rec *f = &file->rec;

	if (m->restarted && job->opt->on_demand && !rec_text(&f->filled, ""))
		return false;
	return keep_headers(f, m->headers) && keep_url(f, m->url);
}

void file_bounced(struct file *file, const char *url)
{
	if (*url && keep_url(&file->rec, url))
		rec_text(&file->rec.etag, "");		/* size and time decide; see calls_files.c */
}

bool file_delivered(const struct job *job, struct file *file, uint64_t bytes)
{
	struct file_rec *f = &file->rec;

	f->durable = file->received = bytes;
	f->rejected = f->validated = false;
	if (!job->opt->on_demand) {
		if (!*f->ranges)
			f->size = bytes;
		f->transferred = true;
		return true;
	}
	if (!pieces_fold(f))
		return false;
	f->transferred = pieces_whole(f);
	return true;
}

/* Pieces. */

static bool adopt(const char **member, const struct ranges *r)
{
	const char *text = ranges_text(r);

	if (!text)
		return false;
	str_unref(*member);
	*member = text;
	return true;
}

/* What is here, sorted and merged, and what is wanted besides. */
static void part(const struct file_rec *f, struct ranges *here, struct ranges *rest)
{
	struct ranges all = { 0 };

	if (*f->ranges)
		ranges_read(&all, f->ranges);
	else if (f->durable)
		ranges_add(&all, 0, f->durable - 1);	/* begun as a whole, before the job was on demand */
	ranges_close(&all, f->size);
	ranges_split(&all, f->durable, here, rest);
	ranges_merge(here);
	ranges_done(&all);
}

bool pieces_fold(struct file_rec *f)
{
	struct ranges here = { 0 }, rest = { 0 };
	bool ok;

	part(f, &here, &rest);
	ok = adopt(&f->filled, &here);
	for (size_t i = 0; i < rest.n; i++)
		ranges_add(&here, rest.v[i].first, rest.v[i].last);
	here.bad |= rest.bad;
	ok = ok && adopt(&f->ranges, &here);
	ranges_done(&here);
	ranges_done(&rest);
	return ok;
}

bool pieces_show(struct file_rec *f)
{
	struct ranges here = { 0 }, rest = { 0 };
	bool ok;

	part(f, &here, &rest);
	ok = adopt(&f->filled, &here);
	ranges_done(&here);
	ranges_done(&rest);
	return ok;
}

bool pieces_whole(const struct file_rec *f)
{
	struct ranges here = { 0 };
	bool whole;

	ranges_read(&here, f->filled);
	whole = f->size == 0 || (f->size != ENG_SIZE_UNKNOWN && here.n == 1 && here.v[0].first == 0 &&
	    here.v[0].last + 1 == f->size);
	ranges_done(&here);
	return whole;
}
