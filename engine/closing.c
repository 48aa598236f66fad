/* SPDX-License-Identifier: MIT
 * engine/closing.c: Complete, Cancel and TakeOwnership, which need a worker while the job stands still.
 *
 *   stop the transfer -> PUBLISH each finished file (Complete) -> DISCARD the rest -> the row
 *   goes -> answer
 *
 *   TakeOwnership: stop the transfer -> LOOK: may the new owner go on with each file? -> GIVE them to him ->
 *   the job changes hands -> answer
 *
 * A crash between two steps loses nothing: published files are found by their inode when the
 * caller asks again, discarded ones begin at zero. A file that cannot be published leaves the
 * job as it is (BITS: fix and call again), but for one that is gone (an unfinished Cancel, or
 * somebody deleted it): that job is in ERROR, and Resume fetches the file again. Engine thread only.
 */
#include "engine/calls.h"
#include "engine/delivery.h"

#include "engine/base/log.h"

/* Received once, gone now. What is known of the file is kept: its disk may only be away. */
static void lose(struct engine *eng, struct job *job, size_t i, const char *text)
{
	struct file *file = job_edit_file(job, i);
	struct closing *c = job->closing;

	if (!c->lost && !c->ei.err) {
		err_set(&c->ei, ERR_FILE_NOT_FOUND, "%.400s Resume the job to fetch it again.", text);
		job->rec.error_code = err_hresult(ERR_FILE_NOT_FOUND);
		job->rec.error_context = 4;
		job->rec.error_file = (uint32_t)i;
		rec_text(&job->rec.error_text, c->ei.text);
		job_dirty(eng, job);
	}
	c->lost = true;
	if (!file)
		return;			/* the next Complete finds out again */
	file->rec.transferred = 0;
	file_dirty(eng, job, file);
}

static void tell_end(const struct job *job, const struct eng_call *call, bool undeleted)
{
	bool own = call->caller.uid == (int64_t)job->rec.uid;

	if (undeleted)
		log_event(EVENT_TEMP_FILES_LEFT, job, "beside the destinations of its files");
	log_event(call->verb == ENG_COMPLETE ? EVENT_JOB_COMPLETED : own ? EVENT_JOB_CANCELLED :
	    EVENT_JOB_CANCELLED_BY_ADMIN, job, "by uid %lld", (long long)call->caller.uid);
}

static void end(struct engine *eng, struct job *job)
{
	struct closing *c = job->closing;
	struct eng_call *call = c->call;
	enum err err = c->ei.err;
	bool partial = false;

	job->closing = NULL;
	engine_touch(eng, job);
	if (!err && call->verb == ENG_TAKE) {
		err = calls_take_over(eng, job, call);
	} else if (err) {
		call->ei = c->ei;
		if (c->lost && job_may(job, EV_FAILED, NULL) == ERR_OK)
			job_move(eng, job, EV_FAILED, NULL);
	} else {
		for (size_t i = 0; i < job->nfiles; i++)
			partial |= !job->files[i]->rec.completed;
		err = call->verb == ENG_COMPLETE && partial ? ERR_PARTIAL : c->undeleted ? ERR_UNDELETED :
		    ERR_OK;
		tell_end(job, call, c->undeleted);
		job_move(eng, job, call->verb == ENG_CANCEL ? EV_CANCEL : EV_COMPLETE, NULL);
		job->gone = true;
	}
	free(c);
	engine_answer(eng, call, err);
}

static void fail(struct closing *c, enum err err, const char *text)
{
	if (!c->ei.err)
		err_set(&c->ei, err, "%s", text && *text ? text : err_text(err));
}

#define CLOSING_AHEAD 512	/* questions on their way: the worker answers them in batches */

/* What the present step asks about a file; false: nothing. */
static bool question(const struct job *job, const struct file *file, char room[ENG_TEMP_NAME],
    struct proto_msg *msg)
{
	const char *temp = eng_temp_name(&job->rec.id, &file->rec, room);
	const struct closing *c = job->closing;
	const struct file_rec *f = &file->rec;
	bool publish = c->call->verb == ENG_COMPLETE && f->transferred;

	if (f->completed)
		return false;
	if (c->step == CLOSING_LOOK || c->step == CLOSING_GIVE) {
		msg->type = PROTO_CHECK;
		msg->check = (struct proto_check){ .path = f->path, .root = f->root, .temp = temp,
		    .dev = f->dev, .ino = job->opt->high_performance ? 0 : f->ino,
		    .take = c->step == CLOSING_GIVE };
		return c->step == CLOSING_LOOK || msg->check.ino;
	}
	if (publish != (c->step == CLOSING_PUBLISH))
		return false;
	msg->type = publish ? PROTO_PUBLISH : PROTO_DISCARD;
	if (publish)
		msg->publish = (struct proto_publish){ .path = f->path, .root = f->root, .temp = temp,
		    .size = file_wanted(job, file), .dev = f->dev, .ino = f->ino, .modified = f->modified };
	else
		msg->discard = (struct proto_discard){ .path = f->path, .root = f->root, .temp = temp };
	return true;
}

static void completed(struct engine *eng, struct job *job, size_t i)
{
	struct file *file = job_edit_file(job, i);

	if (file) {
		file->rec.completed = true;
		file_dirty(eng, job, file);
	} else {
		fail(job->closing, ERR_NO_MEMORY, NULL);
	}
}

/* Without temporary files there is nothing to move and nothing to remove: what came is where it belongs, and
 * what is there in part is the caller's to remove (BITS, HIGH_PERFORMANCE). */
static void ask_nobody(struct engine *eng, struct job *job)
{
	for (size_t i = 0; i < job->nfiles; i++)
		if (job->closing->step == CLOSING_PUBLISH && job->closing->call->verb == ENG_COMPLETE &&
		    job->files[i]->rec.transferred)
			completed(eng, job, i);
}

/* Sends what the present step asks of the worker. */
static void ask(struct engine *eng, struct job *job)
{
	struct closing *c = job->closing;
	uint32_t uid = c->call->verb == ENG_TAKE ? c->call->owner_uid : job->rec.uid;

	if (job->opt->high_performance && c->call->verb != ENG_TAKE) {
		ask_nobody(eng, job);
		return;
	}
	for (; c->next < job->nfiles && c->waiting < CLOSING_AHEAD; c->next++) {
		struct proto_msg msg = { 0 };
		char temp[ENG_TEMP_NAME];
		struct link *link;

		if (!question(job, job->files[c->next], temp, &msg))
			continue;
		link = link_get(eng, uid);
		if (link && link_ask(link, &msg, NULL, job, c->next))
			c->waiting++;
		else if (c->step == CLOSING_DISCARD)
			c->undeleted = true;
		else
			fail(c, ERR_WORKER, NULL);
	}
}

static bool is_last(const struct closing *c)
{
	return c->step == CLOSING_DISCARD || c->step == CLOSING_GIVE;
}

void closing_go_on(struct engine *eng, struct job *job)
{
	struct closing *c = job->closing;

	if (c->step != CLOSING_STOP)
		ask(eng, job);			/* the rest of the present step */
	while (!c->waiting) {
		if (is_last(c) || c->ei.err) {
			end(eng, job);
			return;
		}
		if (c->step == CLOSING_STOP)
			c->step = c->call->verb == ENG_TAKE ? CLOSING_LOOK : CLOSING_PUBLISH;
		else
			c->step = c->step == CLOSING_LOOK ? CLOSING_GIVE : CLOSING_DISCARD;
		c->next = 0;
		ask(eng, job);
	}
}

void closing_begin(struct engine *eng, struct job *job, struct eng_call *call)
{
	job->closing = calloc(1, sizeof(*job->closing));
	if (!job->closing) {
		engine_answer(eng, call, err_plain(&call->ei, ERR_NO_MEMORY));
		return;
	}
	job->closing->call = call;
	engine_touch(eng, job);		/* people see that it is under way */
	if (job->run)
		transfer_stop(eng, job);	/* closing_go_on() when it has stopped */
	else
		closing_go_on(eng, job);
}

void closing_on_answer(struct engine *eng, struct job *job, size_t i, const struct proto_msg *msg)
{
	struct closing *c = job->closing;

	if (!c)
		return;
	c->waiting--;
	if (msg->type == PROTO_CHECKED) {
		if (msg->checked.err)
			fail(c, ERR_NEW_OWNER_ACCESS, msg->checked.text);
	} else if (msg->type == PROTO_DISCARDED) {
		c->undeleted |= msg->discarded.err != 0;
	} else if (msg->published.err == 0) {
		completed(eng, job, i);
	} else if (msg->published.err == ERR_FILE_NOT_FOUND) {
		lose(eng, job, i, msg->published.text);
	} else {
		fail(c, msg->published.err < ERR__COUNT ? (enum err)msg->published.err : ERR_INTERNAL,
		    msg->published.text);
	}
	closing_go_on(eng, job);
}

/* What the worker has published may not be kept as such: the call fails, and the next one finds the
 * files by their inodes. */
void closing_undone(struct engine *eng, struct job *job, const struct errinfo *why)
{
	if (!job->closing)
		return;
	fail(job->closing, why->err, why->text);
	if (!job->closing->waiting)
		end(eng, job);
}

/* What it did without saying so is found done by the next one: the step is asked from its beginning. */
void closing_lost(struct engine *eng, struct job *job, bool again)
{
	struct closing *c = job->closing;

	if (!c)
		return;
	c->waiting -= c->waiting > 0;	/* none: the transfer was to stop, and did */
	if (c->waiting)
		return;
	again = again && !c->again && !c->ei.err;
	if (!again) {
		fail(c, ERR_WORKER, NULL);
		end(eng, job);
		return;
	}
	c->again = true;
	c->next = 0;
	closing_go_on(eng, job);
}
