/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/front.h: what front.c (threads, accepting) and conn.c (one connection) share.
 *
 * A connection lives on one thread and is touched by that thread only.
 */
#ifndef WSMAN_FRONT_H
#define WSMAN_FRONT_H

#include <pthread.h>

#include "engine/base/loop.h"
#include "engine/base/mailbox.h"
#include "wsman/wsman.h"

#define FRONT_THREADS 16
#define FRONT_LISTENERS 32
#define FRONT_CONNECTIONS 1024		/* of all threads together */
#define FRONT_MEMORY (64u << 20)	/* of the buffers of all connections together */

struct front_thread;
struct conn;

struct listener {
	struct front_thread *thread;
	struct loop_io *io;
	int fd;			/* the front's; shared by the threads */
	bool local;
};

struct front_thread {
	struct wsm_front *front;
	struct wsm_service *svc;
	struct wsm_auth auth;
	struct loop *loop;
	struct mailbox *mailbox;
	pthread_t id;
	bool running;		/* the pthread was started and not yet joined */
	struct listener listeners[FRONT_LISTENERS];
	size_t nlisteners;
	struct conn *conns;	/* of this thread */
	unsigned nconns;
	size_t memory, max_memory;	/* of the buffers of its connections */
	bool paused;		/* not accepting: full, or out of descriptors */
	bool stopping;
	struct loop_timer *timer;	/* paused: try again; stopping: enough waited */
	struct mail stop_mail;
	uint64_t date_s;	/* the second of `date` */
	char date[40];
};

/* conn.c */
struct conn *conn_new(struct front_thread *t, int fd, bool local);	/* takes fd on success */
/* How well the thread could do without it; 0: not at all, it is being served. */
enum conn_worth { CONN_SERVED, CONN_WORTH_IDLE, CONN_WORTH_UNPROVED };
enum conn_worth conn_worth(const struct conn *c);
bool conn_is_stuck(const struct conn *c);		/* has an answer its client does not read */
uint64_t conn_since_ms(const struct conn *c);		/* start of what it is doing now */
struct conn *conn_next(const struct conn *c);
void conn_close(struct conn *c);		/* at once; only if idle or never used again */
/* The agent stops: idle ones end, the others after their answer. hard: now, whatever it takes. */
void conn_stop(struct conn *c, bool hard);

/* front.c */
void front_conn_gone(struct front_thread *t);	/* a connection of the thread was freed */
const char *front_date(struct front_thread *t);	/* for the Date header */

/* front_room.c */
/* Makes room for one more connection: who has proved nothing goes before who has, the oldest of them
 * first. false: all are being served. */
bool front_evict(struct front_thread *t);
/* The buffers of c are so many bytes now. May close others, unless the thread is stopping. */
void front_conn_memory(struct front_thread *t, struct conn *c, size_t before, size_t now);

#endif
