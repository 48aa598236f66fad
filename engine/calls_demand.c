/* SPDX-License-Identifier: MIT
 * engine/calls_demand.c: pieces of a file, asked for while the job goes on (on-demand jobs). What is asked for
 * is moved when the job runs: a suspended one waits for Resume. Engine thread only.
 *
 * Source: BITS IBackgroundCopyFile6 (RequestFileRanges, UpdateDownloadPosition).
 */
#include "engine/calls.h"

#include "engine/delivery.h"
#include "engine/ranges.h"
#include "engine/base/str.h"

/* The file, with what is here of it folded, so that the wanted pieces may be changed. */
static enum err open_file(struct engine *eng, struct eng_call *call, struct job **job, struct file **file)
{
	enum err err = calls_file(eng, call, job, file);

	if (err)
		return err;
	if (!(*job)->opt->on_demand)
		return err_set(&call->ei, ERR_RANDOM_ACCESS, "Only a job with OnDemand is asked for pieces.");
	return ERR_OK;
}

static enum err replace(struct engine *eng, struct job *job, struct file *file, const struct ranges *want,
    struct errinfo *ei)
{
	const char *text = ranges_text(want);

	if (!text)
		return want->bad ? err_plain(ei, ERR_NO_MEMORY) :
		    err_set(ei, ERR_TOO_MANY_RANGES, "These are more pieces than dray can keep for one file.");
	str_unref(file->rec.ranges);
	file->rec.ranges = text;
	file_dirty(eng, job, file);
	calls_changed(eng, job);
	return ERR_OK;
}

/* A run under way goes on with the new order of things. */
static bool fold(struct engine *eng, struct job *job, struct file *file)
{
	if (job->run)
		calls_order_again(eng, job);
	file_dirty(eng, job, file);
	return pieces_fold(&file->rec);
}

/* Each byte once, in the order asked. */
static void without_overlap(struct ranges *r, const char *text, struct errinfo *ei)
{
	ranges_read(r, text);
	if (ranges_check(text, SIZE_MAX, ENG_SIZE_UNKNOWN, false, ei))
		ranges_merge(r);
}

enum err call_want(struct engine *eng, struct eng_call *call, bool *later)
{
	size_t max = call->caller.writes_all ? SIZE_MAX : calls_limit(eng, POLICY_MaxRangesPerFile);
	struct ranges asked = { 0 }, have = { 0 }, want = { 0 };
	struct errinfo quiet;
	struct file *file;
	struct job *job;
	enum err err = open_file(eng, call, &job, &file);

	(void)later;
	if (!err)
		err = ranges_check(call->text ? call->text : "", max, file->rec.size, true, &call->ei);
	if (err || file->rec.transferred)
		return err;
	if (!fold(eng, job, file))
		return err_plain(&call->ei, ERR_NO_MEMORY);
	without_overlap(&asked, call->text, &quiet);
	ranges_close(&asked, file->rec.size);
	ranges_read(&want, file->rec.ranges);
	ranges_read(&have, file->rec.ranges);
	ranges_merge(&have);
	ranges_minus(&want, &asked, &have);
	err = replace(eng, job, file, &want, &call->ei);
	ranges_done(&asked);
	ranges_done(&have);
	ranges_done(&want);
	return err;
}

/* Everything that is missing from here to the end comes first, then what was wanted before. */
enum err call_seek(struct engine *eng, struct eng_call *call, bool *later)
{
	struct ranges front = { 0 }, old = { 0 }, have = { 0 }, want = { 0 };
	struct file *file;
	struct job *job;
	enum err err = open_file(eng, call, &job, &file);

	(void)later;
	if (!err && (call->num >= file->rec.size || call->num > INT64_MAX))
		err = err_set(&call->ei, ERR_INVALID_RANGE, "The position is past the end of the file.");
	if (err || file->rec.transferred)
		return err;
	if (!fold(eng, job, file))
		return err_plain(&call->ei, ERR_NO_MEMORY);
	ranges_read(&have, file->rec.filled);
	ranges_read(&want, file->rec.filled);
	ranges_add(&front, call->num, RANGE_END);
	ranges_minus(&want, &front, &have);
	ranges_read(&old, file->rec.ranges);
	ranges_add(&have, call->num, RANGE_END);
	ranges_merge(&have);
	ranges_minus(&want, &old, &have);
	ranges_close(&want, file->rec.size);
	err = replace(eng, job, file, &want, &call->ei);
	ranges_done(&front);
	ranges_done(&old);
	ranges_done(&have);
	ranges_done(&want);
	return err;
}
