/* SPDX-License-Identifier: MIT
 * engine/calls.h: one function a verb, and what they all begin with. Refusals come in a fixed order: shape,
 * who, exists, may, state, limits, value; then the act. Engine thread only.
 *
 *   calls.c        properties, moves, closing; the table of verbs
 *   calls_add.c    new jobs and files             calls_files.c   URLs, prefixes, validation
 *   calls_owner.c  credentials, ownership         calls_demand.c  pieces of files
 *
 * *later: the answer comes when a worker has spoken.
 */
#ifndef CALLS_H
#define CALLS_H

#include "engine/core.h"

typedef enum err call_fn(struct engine *eng, struct eng_call *call, bool *later);

call_fn call_create, call_add_files, call_set_url, call_replace_prefix, call_validate, call_credential,
    call_take, call_want, call_seek;

/* The job of the call, if this caller may change it and its state allows the event. */
enum err calls_job(struct engine *eng, struct eng_call *call, enum job_event ev, struct job **ret);
/* ... and its file number call->index. */
enum err calls_file(struct engine *eng, struct eng_call *call, struct job **ret_job, struct file **ret_file);
/* May files this caller names be fetched from this host? Not through a proxy that was named from afar. */
bool calls_may_loopback(struct engine *eng, const struct eng_call *call, const struct job *job);
/* A limit as it holds now; administrators are exempt. */
size_t calls_limit(struct engine *eng, enum eng_policy policy);
/* Resume, with what it marks. */
enum err calls_resume(struct engine *eng, struct job *job, struct errinfo *ei);
/* Something was changed by a caller. */
void calls_changed(struct engine *eng, struct job *job);
/* The run that is under way was ordered with what no longer holds: it ends, and begins again after the commit,
 * at the last checkpoint. Nothing it still says is heard. */
void calls_order_again(struct engine *eng, struct job *job);
/* What requests carry is another now: it counts from the next request on, so files that wait at the worker are
 * ordered anew. The file under way goes on where it is. */
void calls_asks_changed(struct engine *eng, struct job *job);

/* TakeOwnership, once the job stands and the new owner's worker has seen its files. */
enum err calls_take_over(struct engine *eng, struct job *job, struct eng_call *call);

#endif
