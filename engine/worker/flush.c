/* SPDX-License-Identifier: MIT
 * engine/worker/flush.c: see flush.h.
 */
#include "engine/worker/flush.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <pthread.h>
#include <stddef.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

#include "engine/base/auto.h"
#include "engine/base/fsx.h"
#include "engine/base/mailbox.h"
#include "engine/base/now.h"

#define TOGETHER_MIN 4			/* files; fewer are synced one by one */
#define TOGETHER_LONG_MS 250
#define TOGETHER_PAUSE_MS 30000
#define FULL 64				/* not waited for more */
#define GATHER_MAX_MS 10

struct flush {
	pthread_mutex_t lock;
	pthread_cond_t more, less;	/* something waits; something is done */
	pthread_t thread;
	bool started, stop, told;
	struct mailbox *mailbox;
	struct mail mail;		/* "look at done"; on its way while told */
	struct flush_item *waits, **waits_end, *done, **done_end;
	unsigned nwaits;
};

/* What the names in this directory are worth was settled for an earlier file of the batch. */
static bool is_settled(struct flush_item *const *batch, const struct stat *dirs, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (batch[k]->dir >= 0 && !batch[k]->error && dirs[k].st_dev == dirs[i].st_dev &&
		    dirs[k].st_ino == dirs[i].st_ino)
			return true;
	return false;
}

void flush_dirs(struct flush_item *const *batch, size_t n)
{
	struct stat dirs[FLUSH_BATCH];

	for (size_t i = 0; i < n; i++) {
		struct flush_item *it = batch[i];

		if (it->dir < 0 || it->error)
			continue;
		if (i && it->dir == batch[i - 1]->dir && !batch[i - 1]->error) {
			dirs[i] = dirs[i - 1];		/* the same descriptor */
			continue;
		}
		if (fstat(it->dir, &dirs[i]) < 0)
			it->error = -errno;
		else if (!is_settled(batch, dirs, i))
			it->error = fsx_sync_dir(it->dir, it->fd);
	}
}

static int sync_file(const struct flush_item *it)
{
	while ((it->whole ? fsync(it->fd) : fdatasync(it->fd)) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/* All files on one file system, of a kind whose syncfs() is as good as an fsync() of each. */
static bool is_together(struct flush_item *const *batch, size_t n)
{
	struct statfs fs;

	if (n < TOGETHER_MIN || fstatfs(batch[0]->fd, &fs) < 0)
		return false;
	if (fs.f_type != EXT4_SUPER_MAGIC && fs.f_type != XFS_SUPER_MAGIC && fs.f_type != BTRFS_SUPER_MAGIC &&
	    fs.f_type != TMPFS_MAGIC)
		return false;
	for (size_t i = 1; i < n; i++)
		if (batch[i]->dev != batch[0]->dev)
			return false;
	return true;
}

/* One syncfs() costs a third of many fsyncs, but waits for what others have written, too: when that takes
 * long, it is not done again for a while. Whether our own pages got there, each file is asked. */
static bool sync_together(struct flush_item *const *batch, size_t n)
{
	static _Atomic uint64_t not_before_ms;	/* the thread's and the loop's */
	uint64_t begun = now_ms();
	bool ok = begun >= not_before_ms && is_together(batch, n) && syncfs(batch[0]->fd) == 0;

	if (now_ms() - begun > TOGETHER_LONG_MS)
		not_before_ms = now_ms() + TOGETHER_PAUSE_MS;
	for (size_t i = 0; i < n && ok; i++)
		ok = sync_file_range(batch[i]->fd, 0, 0, SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
		    SYNC_FILE_RANGE_WAIT_AFTER) == 0;
	return ok;
}

bool flush_files(struct flush_item *const *batch, size_t n)
{
	for (size_t i = 0; i < n; i++)
		batch[i]->error = 0;
	if (sync_together(batch, n))
		return true;
	for (size_t i = 0; n > 1 && i < n; i++)
		sync_file_range(batch[i]->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	for (size_t i = 0; i < n; i++)
		batch[i]->error = sync_file(batch[i]);
	return false;
}

/* The thread. */

/* Under the lock. */
static size_t take(struct flush *f, struct flush_item **batch)
{
	size_t n = 0;

	for (; f->waits && n < FLUSH_BATCH; n++) {
		batch[n] = f->waits;
		batch[n]->state = FLUSH_WORKS;
		f->waits = f->waits->next;
		f->nwaits--;
	}
	if (!f->waits)
		f->waits_end = &f->waits;
	return n;
}

/* Under the lock. */
static bool give(struct flush *f, struct flush_item **batch, size_t n)
{
	bool tell = !f->told;

	for (size_t i = 0; i < n; i++) {
		batch[i]->state = FLUSH_DONE;
		batch[i]->next = NULL;
		*f->done_end = batch[i];
		f->done_end = &batch[i]->next;
	}
	f->told = true;
	return tell;
}

/* Under the lock. While many come, a batch is let grow for as long as the one before took: the disk is asked
 * half of the time at most, and by larger batches. */
static void gather(struct flush *f, size_t before, uint64_t took_ms)
{
	uint64_t ns = (took_ms < GATHER_MAX_MS ? took_ms : GATHER_MAX_MS) * 1000000;
	struct timespec until;

	if (before < TOGETHER_MIN || !ns || f->stop)
		return;
	clock_gettime(CLOCK_REALTIME, &until);
	ns += (uint64_t)until.tv_nsec;
	until.tv_sec += (time_t)(ns / 1000000000);
	until.tv_nsec = (long)(ns % 1000000000);
	while (f->nwaits < FULL && !f->stop && pthread_cond_timedwait(&f->more, &f->lock, &until) == 0)
		;
}

static void *thread_main(void *arg)
{
	struct flush *f = arg;
	struct flush_item *batch[FLUSH_BATCH];
	uint64_t begun = 0, took = 0;
	size_t n = 0;
	bool tell;

	pthread_mutex_lock(&f->lock);
	for (;;) {
		gather(f, n, took);
		n = take(f, batch);

		if (!n && f->stop)
			break;
		if (!n) {
			pthread_cond_wait(&f->more, &f->lock);
			continue;
		}
		pthread_mutex_unlock(&f->lock);
		begun = now_ms();
		if (!flush_files(batch, n))
			flush_dirs(batch, n);
		took = now_ms() - begun;
		pthread_mutex_lock(&f->lock);
		tell = give(f, batch, n);
		pthread_cond_broadcast(&f->less);
		if (tell)
			mailbox_post(f->mailbox, &f->mail);
	}
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

/* The loop's side. */

/* Under the lock. */
static void unlink_item(struct flush_item **list, struct flush_item ***end, struct flush_item *item)
{
	struct flush_item **at = list;

	while (*at != item)
		at = &(*at)->next;
	*at = item->next;
	if (!item->next)
		*end = at;
	item->state = FLUSH_IDLE;
}

static void on_mail(struct mail *mail)
{
	struct flush *f = CONTAINER(mail, struct flush, mail);
	struct flush_item *item;

	pthread_mutex_lock(&f->lock);
	f->told = false;
	while ((item = f->done)) {	/* one at a time: what is called may take back others */
		unlink_item(&f->done, &f->done_end, item);
		pthread_mutex_unlock(&f->lock);
		item->on_done(item);
		pthread_mutex_lock(&f->lock);
	}
	pthread_mutex_unlock(&f->lock);
}

void flush_add(struct flush *f, struct flush_item *item)
{
	pthread_mutex_lock(&f->lock);
	item->state = FLUSH_WAITS;
	item->error = 0;
	item->next = NULL;
	*f->waits_end = item;
	f->waits_end = &item->next;
	f->nwaits++;
	if (f->nwaits == 1 || f->nwaits == FULL)
		pthread_cond_signal(&f->more);
	pthread_mutex_unlock(&f->lock);
}

bool flush_take_back(struct flush *f, struct flush_item *item)
{
	bool done;

	pthread_mutex_lock(&f->lock);
	while (item->state == FLUSH_WORKS)
		pthread_cond_wait(&f->less, &f->lock);
	done = item->state == FLUSH_DONE;
	if (done)
		unlink_item(&f->done, &f->done_end, item);
	if (item->state == FLUSH_WAITS) {
		unlink_item(&f->waits, &f->waits_end, item);
		f->nwaits--;
	}
	pthread_mutex_unlock(&f->lock);
	return done;
}

struct flush *flush_new(struct loop *loop)
{
	struct flush *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->more, NULL);
	pthread_cond_init(&f->less, NULL);
	f->waits_end = &f->waits;
	f->done_end = &f->done;
	f->mail.run = on_mail;
	f->mailbox = mailbox_new(loop, NULL, NULL);
	f->started = f->mailbox && !pthread_create(&f->thread, NULL, thread_main, f);
	if (!f->started) {
		flush_free(f);
		return NULL;
	}
	return f;
}

void flush_free(struct flush *f)
{
	if (!f)
		return;
	if (f->started) {
		pthread_mutex_lock(&f->lock);
		f->stop = true;
		pthread_cond_signal(&f->more);
		pthread_mutex_unlock(&f->lock);
		pthread_join(f->thread, NULL);
	}
	mailbox_free(f->mailbox);
	pthread_cond_destroy(&f->more);
	pthread_cond_destroy(&f->less);
	pthread_mutex_destroy(&f->lock);
	free(f);
}
