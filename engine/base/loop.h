/* SPDX-License-Identifier: MIT
 * engine/base/loop.h: one thread's event loop. loop.c is the door to libevent's core.
 *
 * All calls on the loop's own thread, except loop_stop() and loop_is_here() (any thread).
 */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#define LOOP_READ 1
#define LOOP_WRITE 2

struct loop;
struct loop_io;
struct loop_timer;
struct event_base;

struct loop *loop_new(void);			/* NULL when out of memory or descriptors */
void loop_free(struct loop *loop);		/* after everything on it was freed */
void loop_run(struct loop *loop);		/* until loop_stop() */
void loop_poll(struct loop *loop);		/* what is ready now, without waiting */
void loop_stop(struct loop *loop);
bool loop_is_here(const struct loop *loop);	/* is it this thread that runs it, right now? */
struct event_base *loop_base(struct loop *loop);	/* for another door of libevent (HTTP) */

/* Watches fd for `what`; 0 watches nothing yet. The descriptor stays the caller's. */
struct loop_io *loop_io_new(struct loop *loop, int fd, int what, void (*on)(void *arg, int what), void *arg);
void loop_io_set(struct loop_io *io, int what);
void loop_io_free(struct loop_io *io);		/* NULL is fine; may be called from its own callback */

/* One shot; set again to repeat. Setting replaces an earlier time. */
struct loop_timer *loop_timer_new(struct loop *loop, void (*on)(void *arg), void *arg);
void loop_timer_set(struct loop_timer *t, uint64_t in_ms);
void loop_timer_stop(struct loop_timer *t);
void loop_timer_free(struct loop_timer *t);

#endif
