/* SPDX-License-Identifier: MIT
 * engine/transfer.c: a run of a job's files in the hands of a worker: start, stop, what it reports.
 *
 * Files are sent ahead, PROTO_AHEAD at most, so that the worker never waits for a commit; what it
 * says is of the one in front, run->current.
 * Never knows HTTP: the worker tells sizes, validators, offsets and classified errors. What a
 * CHECKPOINT says is on the disk, the rest is only shown. Engine thread only.
 */
#include "engine/core.h"

#include "engine/delivery.h"

#include "engine/base/log.h"
#include "engine/base/now.h"

/* What is counted over all files, or asked for piece by piece, is not sent ahead. */
static unsigned most_ahead(const struct job *job)
{
	const struct job_opt *o = job->opt;

	return o->max_download_size || o->on_demand || o->high_performance ? 1 : PROTO_AHEAD;
}

static void feed(struct engine *eng, struct job *job)
{
	struct proto_msg msg = { .type = PROTO_START, .tag = job->run->tag };
	unsigned most = most_ahead(job);
	char temp[ENG_TEMP_NAME];
	size_t i;

	while (job->run->sent < most && (!job->run->sent || link_has_room(job->run->link)) &&
	    (i = job_file_from(job, job->run->ahead)) < job->nfiles) {
		order_fill(eng, job, job->files[i], temp, &msg.start);
		link_send(job->run->link, &msg);
		if (!job->run->sent) {
			job->run->sent_priority = msg.start.priority;
			job->run->sent_limit = msg.start.limit;
		}
		job->run->ahead = (uint32_t)i + 1;
		job->run->sent++;
	}
	job->run->asked_ms = eng->now_ms;
}

void transfer_start(struct engine *eng, struct job *job)
{
	struct link *link = link_get(eng, (uint32_t)job->rec.uid);
	struct run *run = link ? calloc(1, sizeof(*run)) : NULL;

	if (!run) {
		transfer_trouble(eng, job, err_hresult(ERR_WORKER), 2, true, 0, err_text(ERR_WORKER));
		return;
	}
	run->job = job;
	run->tag = engine_tag(eng);
	run->link = link;
	run->current = run->ahead = (uint32_t)job_next_file(job);
	job->run = run;
	HASH_ADD(hh, eng->runs, tag, sizeof(run->tag), run);
	feed(eng, job);
}

void transfer_stop(struct engine *eng, struct job *job)
{
	struct proto_msg msg = { .type = PROTO_STOP };

	if (!job->run || job->run->stopping)
		return;
	msg.tag = job->run->tag;
	job->run->stopping = true;
	job->run->asked_ms = eng->now_ms;
	link_send(job->run->link, &msg);
}

void transfer_drop(struct engine *eng, struct job *job)
{
	if (!job->run)
		return;
	HASH_DELETE(hh, eng->runs, job->run);
	free(job->run);
	job->run = NULL;
}

/* The worker is through with it, one way or the other. */
static void release(struct engine *eng, struct job *job)
{
	transfer_drop(eng, job);
	run_watch(eng, job);
	engine_kick(eng);
}

static void set_durable(struct engine *eng, struct job *job, struct file *file, uint64_t durable)
{
	if (durable == file->rec.durable)
		return;
	file->rec.durable = durable;
	job->rec.modified_ft = engine_ft(eng);	/* it is the same job as before, only further */
	file_dirty(eng, job, file);
	job_dirty(eng, job);
}

static void progressed(struct job *job)
{
	clocks_progress(job);
}

static void measure_rate(struct engine *eng, struct job *job, uint64_t received)
{
	uint64_t ms = eng->now_ms - job->run->rate_at_ms, bytes = received - job->run->rate_bytes;

	if (!job->run->rate_at_ms || received < job->run->rate_bytes || ms > 10000) {
		job->run->rate = 0;
	} else if (ms < 100) {
		return;
	} else {
		uint64_t now = bytes * 1000 / ms;
		job->run->rate = job->run->rate ? (job->run->rate * 3 + now) / 4 : now;
	}
	job->run->rate_at_ms = eng->now_ms;
	job->run->rate_bytes = received;
}

static void on_answered(struct engine *eng, struct job *job, struct file *file, const struct proto_answered *m)
{
	struct file_rec *f = &file->rec;
	bool ok = rec_text(&f->etag, m->etag) && rec_text(&f->modified, m->modified) &&
	    file_answered(job, file, m);

	if (m->restarted) {
		f->restarts++;
		ok &= rec_text(&job->rec.note, "A file had changed since it was begun, so it was begun again.");
	}
	if (m->single && !f->single)
		ok &= rec_text(&job->rec.note, "The server does not serve parts of files: each file comes in "
		    "one stream, and an interruption begins it again.");
	if (!ok) {
		transfer_stop(eng, job);
		return;
	}
	f->size = m->size;
	f->dev = m->dev;
	f->ino = m->ino;
	f->single = m->single != 0;
	f->durable = m->offset;
	file->received = m->offset;
	job->run->rate_at_ms = eng->now_ms;
	job->run->rate_bytes = m->offset;
	file_dirty(eng, job, file);
	if (job_is_busy(job))
		job_move(eng, job, EV_ANSWERED, NULL);
	job_dirty(eng, job);
}

static void on_done(struct engine *eng, struct job *job, struct file *file, uint64_t size)
{
	if (!file_delivered(job, file, size)) {
		transfer_forget(eng, job);		/* no memory: asked anew */
		return;
	}
	file_dirty(eng, job, file);
	job_dirty(eng, job);
	job->run->sent--;
	if (job_is_busy(job) && !job->run->stopping && !job->closing && !eng->stopping)
		feed(eng, job);
	if (job->run->sent)
		job->run->current = job_file_from(job, job->run->current + 1);
	else
		release(eng, job);
	progressed(job);
	if (job_is_busy(job) && job_next_file(job) == job->nfiles && !job->closing)
		job_move(eng, job, EV_LAST_BYTE, NULL);
}

static void on_failed(struct engine *eng, struct job *job, struct file *file, const struct proto_failed *m)
{
	set_durable(eng, job, file, m->durable);
	file->received = m->durable;
	file_bounced(file, m->url);
	file_dirty(eng, job, file);
	release(eng, job);
	if (job_is_busy(job) && !job->closing)
		transfer_trouble(eng, job, (uint32_t)m->hresult, (uint32_t)m->context, m->transient != 0,
		    m->retry_after_s, m->text);
}

static void on_stopped(struct engine *eng, struct job *job, struct file *file, uint64_t durable)
{
	if (durable != UINT64_MAX) {
		set_durable(eng, job, file, durable);
		file->received = durable;
	}
	release(eng, job);
	if (eng->stopping && *job->opt->http_method)
		return;			/* was cut off in the middle, and the next start says so */
	if (job_is_busy(job) && !job->closing)
		job_move(eng, job, EV_PREEMPTED, NULL);
}

/* The file a message of a run is about; UINT64_MAX: it is about none. */
static uint64_t file_of(const struct proto_msg *msg)
{
	switch ((int)msg->type) {
	case PROTO_ANSWERED: return msg->answered.file;
	case PROTO_PROGRESS: return msg->progress.file;
	case PROTO_CHECKPOINT: return msg->checkpoint.file;
	case PROTO_DONE: return msg->done.file;
	case PROTO_FAILED: return msg->failed.file;
	default: return UINT64_MAX;
	}
}

/* The job goes on as it did: readers and the disk may learn of it with what comes next. */
static bool is_routine(const struct job *job, const struct proto_msg *msg)
{
	switch ((int)msg->type) {
	case PROTO_ANSWERED: case PROTO_PROGRESS: case PROTO_CHECKPOINT:
		return job->rec.state == JOB_TRANSFERRING;
	case PROTO_DONE: return job->rec.state == JOB_TRANSFERRING && job->run->sent > 1;
	default: return false;
	}
}

void transfer_on_message(struct engine *eng, struct link *link, const struct proto_msg *msg)
{
	struct job *job;
	struct file *file;
	struct run *run;

	HASH_FIND(hh, eng->runs, &msg->tag, sizeof(msg->tag), run);
	if (!run || run->link != link)
		return;		/* crossed a STOP, or says nothing about a job of this worker */
	job = run->job;
	file = job_edit_file(job, run->current);
	if (!file) {
		transfer_forget(eng, job);		/* no memory: asked anew */
		return;
	}
	if (file_of(msg) != UINT64_MAX && file_of(msg) != run->current) {
		log_error("a worker spoke of a file whose turn it is not; ignored");
		return;
	}
	eng->calm = is_routine(job, msg);
	switch (msg->type) {
	case PROTO_ANSWERED:
		on_answered(eng, job, file, &msg->answered);
		break;
	case PROTO_PROGRESS:
		if (msg->progress.received > file->received)
			progressed(job);
		file->received = msg->progress.received;
		measure_rate(eng, job, file->received);
		engine_touch(eng, job);
		break;
	case PROTO_CHECKPOINT:
		set_durable(eng, job, file, msg->checkpoint.durable);
		if (file->received < msg->checkpoint.durable)
			file->received = msg->checkpoint.durable;
		break;
	case PROTO_DONE:
		on_done(eng, job, file, msg->done.size);
		break;
	case PROTO_FAILED:
		on_failed(eng, job, file, &msg->failed);
		break;
	case PROTO_STOPPED:
		on_stopped(eng, job, file, msg->stopped.durable);
		break;
	case PROTO_CHECK: case PROTO_START: case PROTO_STOP: case PROTO_PUBLISH: case PROTO_DISCARD:
	case PROTO_CHECKED: case PROTO_PUBLISHED: case PROTO_DISCARDED: case PROTO_LIMIT: case PROTO_NOTIFY:
	case PROTO_NOTIFIED: case PROTO_PUSH: case PROTO_PUSHED: case PROTO__COUNT:
		break;
	}
	eng->calm = false;
	if (job->closing && !job->run)
		closing_go_on(eng, job);
}

/* What came since the last checkpoint does not count any more. */
static void set_back(struct job *job)
{
	const struct file *f = job->files[job->run->current];
	struct file *file = f->received != f->rec.durable ? job_edit_file(job, job->run->current) : NULL;

	if (file)
		file->received = file->rec.durable;
}

/* A worker tells the version, the place and the end of a file once. When that could not be kept, later
 * messages of the same transfer would be put beside the facts of an older one; so none are heard, and the
 * next start, from what is kept, has everything told again. */
void transfer_forget(struct engine *eng, struct job *job)
{
	if (!job->run)
		return;
	transfer_stop(eng, job);
	set_back(job);
	release(eng, job);
}

void transfer_lost(struct engine *eng, struct job *job, bool again)
{
	set_back(job);
	release(eng, job);
	if (job->closing)
		closing_lost(eng, job, again);
	else if (job_is_busy(job))
		transfer_trouble(eng, job, err_hresult(ERR_WORKER), 2, true, 0,
		    "The process that moved the file ended unexpectedly.");
}
