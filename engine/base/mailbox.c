/* SPDX-License-Identifier: MIT
 * engine/base/mailbox.c: see mailbox.h. An eventfd wakes the loop; it is written only when the
 * box was empty.
 */
#include "engine/base/mailbox.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/base/loop.h"

struct mailbox {
	pthread_mutex_t lock;
	struct mail *first, **last;
	int fd;
	struct loop *loop;
	struct loop_io *io;
	void (*after_batch)(void *arg);
	void *arg;
};

static void on_wake(void *arg, int what)
{
	struct mailbox *mb = arg;
	struct mail *mail;
	uint64_t count;

	(void)what;
	if (read(mb->fd, &count, sizeof(count)) < 0)
		return;
	pthread_mutex_lock(&mb->lock);
	mail = mb->first;
	mb->first = NULL;
	mb->last = &mb->first;
	pthread_mutex_unlock(&mb->lock);
	while (mail) {
		struct mail *next = mail->next;

		mail->run(mail);
		mail = next;
	}
	if (mb->after_batch)
		mb->after_batch(mb->arg);
}

struct mailbox *mailbox_new(struct loop *loop, void (*after_batch)(void *arg), void *arg)
{
	struct mailbox *mb = calloc(1, sizeof(*mb));

	if (!mb)
		return NULL;
	pthread_mutex_init(&mb->lock, NULL);
	mb->last = &mb->first;
	mb->loop = loop;
	mb->after_batch = after_batch;
	mb->arg = arg;
	mb->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	mb->io = mb->fd < 0 ? NULL : loop_io_new(loop, mb->fd, LOOP_READ, on_wake, mb);
	if (!mb->io) {
		mailbox_free(mb);
		return NULL;
	}
	return mb;
}

void mailbox_free(struct mailbox *mb)
{
	if (!mb)
		return;
	loop_io_free(mb->io);
	if (mb->fd >= 0)
		close(mb->fd);
	pthread_mutex_destroy(&mb->lock);
	free(mb);
}

void mailbox_post(struct mailbox *mb, struct mail *mail)
{
	static const uint64_t one = 1;
	int was_empty;

	mail->next = NULL;
	pthread_mutex_lock(&mb->lock);
	was_empty = !mb->first;
	*mb->last = mail;
	mb->last = &mail->next;
	pthread_mutex_unlock(&mb->lock);
	if (was_empty && write(mb->fd, &one, sizeof(one)) < 0)
		abort();	/* an eventfd of ours cannot be full or closed */
}

void mailbox_hand(struct mailbox *mb, struct mail *mail)
{
	if (loop_is_here(mb->loop))
		mail->run(mail);
	else
		mailbox_post(mb, mail);
}
