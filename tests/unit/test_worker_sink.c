/* SPDX-License-Identifier: MIT
 * tests/unit/test_worker_sink.c: the hidden file when disks fail and worlds change. This program has
 * its own pwrite() and fdatasync() in place of the C library's, to fail on demand.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/base/auto.h"
#include "engine/worker/sink.h"
#include "tests/peer/box.h"

static struct {
	int sync_error, syncs, sync_interrupts;
	int write_error, write_interrupts;
	size_t write_at_most;
} fault;

int fdatasync(int fd)
{
	fault.syncs++;
	if (fault.sync_interrupts && fault.sync_interrupts--) {
		errno = EINTR;
		return -1;
	}
	if (fault.sync_error) {
		errno = fault.sync_error;
		fault.sync_error = 0;		/* as the kernel does it: told once, then all seems well */
		return -1;
	}
	return (int)syscall(SYS_fdatasync, fd);
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	if (fault.write_interrupts && fault.write_interrupts--) {
		errno = EINTR;
		return -1;
	}
	if (fault.write_error) {
		errno = fault.write_error;
		return -1;
	}
	if (fault.write_at_most && len > fault.write_at_most)
		len = fault.write_at_most;
	return syscall(SYS_pwrite64, fd, bytes, len, at);
}

static char box[BOX_ROOM], temp[100];
static struct sink sink;

static void open_sink(void)
{
	struct errinfo ei;
	char path[100];

	sink_init(&sink);
	snprintf(path, sizeof(path), "%s/f", box);
	ck_assert(!fsx_place_open(path, "", &sink.place, &ei));
	strcpy(sink.temp, ".f.tmp");
}

static void set_up(void)
{
	box_make(box, sizeof(box), "sink");
	snprintf(temp, sizeof(temp), "%s/.f.tmp", box);
	memset(&fault, 0, sizeof(fault));
	open_sink();
}

static void tear_down(void)
{
	sink_done(&sink);
	box_remove(box);
}

static uint64_t size_of_temp(void)
{
	struct stat st;

	return stat(temp, &st) ? UINT64_MAX : (uint64_t)st.st_size;
}

START_TEST(bytes_are_durable_only_after_a_checkpoint)
{
	ck_assert_int_eq(sink_begin(&sink, 0, 0), 0);
	ck_assert_int_eq(sink_write(&sink, "12345", 5), 0);
	ck_assert_uint_eq(sink.written, 5);
	ck_assert_uint_eq(sink.durable, 0);
	ck_assert_int_eq(sink_checkpoint(&sink, 10), 0);
	ck_assert_uint_eq(sink.durable, 5);
	ck_assert_int_eq(fault.syncs, 1);
	ck_assert_int_eq(sink_checkpoint(&sink, 20), 0);
	ck_assert_int_eq(fault.syncs, 1);		/* nothing new, nothing to wait for */
}
END_TEST

START_TEST(short_and_interrupted_writes_are_carried_on)
{
	char have[20] = "";
	FILE *f;

	fault.write_at_most = 3;
	fault.write_interrupts = 2;
	fault.sync_interrupts = 2;
	ck_assert_int_eq(sink_begin(&sink, 0, 0), 0);
	ck_assert_int_eq(sink_write(&sink, "1234567890", 10), 0);
	ck_assert_int_eq(sink_checkpoint(&sink, 10), 0);
	f = fopen(temp, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(have, sizeof(have), f));
	fclose(f);
	ck_assert_str_eq(have, "1234567890");
}
END_TEST

START_TEST(a_write_that_fails_counts_nothing)
{
	ck_assert_int_eq(sink_begin(&sink, 0, 0), 0);
	ck_assert_int_eq(sink_write(&sink, "12345", 5), 0);
	fault.write_error = ENOSPC;
	ck_assert_int_eq(sink_write(&sink, "67890", 5), -ENOSPC);
	ck_assert_uint_eq(sink.written, 5);
	ck_assert_int_eq(sink_checkpoint(&sink, 10), 0);	/* what was here stays good */
	ck_assert_uint_eq(sink.durable, 5);
}
END_TEST

/* Gathered bytes count as written before the disk has them: if it refuses, they never were. */
START_TEST(gathered_bytes_the_disk_refuses_do_not_count)
{
	static const char bytes[100000] = { 1, 2, 3 };

	sink.gathers = true;
	ck_assert_int_eq(sink_begin(&sink, 0, 0), 0);
	ck_assert_int_eq(sink_write(&sink, bytes, sizeof(bytes)), 0);
	ck_assert_uint_eq(sink.written, sizeof(bytes));
	ck_assert_uint_eq(size_of_temp(), 0);
	fault.write_error = ENOSPC;
	ck_assert_int_eq(sink_drain(&sink), -ENOSPC);
	ck_assert_uint_eq(sink.written, 0);
	ck_assert_int_eq(sink_write(&sink, bytes, 3), 0);
	ck_assert_int_eq(sink_checkpoint(&sink, 10), 0);	/* of a transfer that ends: what is here is good */
	ck_assert_uint_eq(sink.durable, 0);
	fault.write_error = 0;
	ck_assert_int_eq(sink_write(&sink, bytes, sizeof(bytes)), 0);
	ck_assert_int_eq(sink_checkpoint(&sink, 20), 0);
	ck_assert_uint_eq(sink.durable, sizeof(bytes));
	ck_assert_uint_eq(size_of_temp(), sizeof(bytes));
}
END_TEST

START_TEST(a_failed_fsync_is_the_end_of_that_file)
{
	ck_assert_int_eq(sink_begin(&sink, 0, 0), 0);
	ck_assert_int_eq(sink_write(&sink, "12345", 5), 0);
	ck_assert_int_eq(sink_checkpoint(&sink, 10), 0);
	ck_assert_int_eq(sink_write(&sink, "67890", 5), 0);
	fault.sync_error = EIO;
	ck_assert_int_eq(sink_checkpoint(&sink, 20), -EIO);
	ck_assert(sink.lost);
	ck_assert_uint_eq(sink.durable, 0);
	ck_assert_uint_eq(size_of_temp(), UINT64_MAX);		/* unlinked: nobody can find it good again */
	ck_assert_int_eq(sink_checkpoint(&sink, 30), 0);
	ck_assert_uint_eq(sink.durable, 0);
	ck_assert_int_eq(sink_begin(&sink, 0, 0), 0);		/* a new file may do better */
	ck_assert(!sink.lost);
	ck_assert_int_eq(sink_write(&sink, "x", 1), 0);
	ck_assert_int_eq(sink_checkpoint(&sink, 40), 0);
	ck_assert_uint_eq(sink.durable, 1);
}
END_TEST

START_TEST(beginning_again_makes_a_file_with_another_number)
{
	uint64_t dev, ino;

	ck_assert_int_eq(sink_begin(&sink, 0, 0), 0);
	ck_assert_int_eq(sink_write(&sink, "12345", 5), 0);
	dev = sink.dev;
	ino = sink.ino;
	ck_assert_int_eq(sink_begin(&sink, 0, 0), 0);		/* the old one is still open here */
	ck_assert_uint_ne(sink.ino, ino);
	ck_assert_uint_eq(sink.written, 0);
	ck_assert_uint_eq(size_of_temp(), 0);
	for (int i = 0; i < 20; i++) {				/* and also when nobody holds it open */
		dev = sink.dev;
		ino = sink.ino;
		sink_done(&sink);
		ck_assert(!unlink(temp));
		open_sink();
		ck_assert_int_eq(sink_begin(&sink, dev, ino), 0);
		ck_assert_uint_ne(sink.ino, ino);
	}
}
END_TEST

START_TEST(a_file_is_found_by_its_number_and_cut_to_what_is_durable)
{
	uint64_t dev, ino;

	ck_assert_int_eq(sink_begin(&sink, 0, 0), 0);
	ck_assert_int_eq(sink_write(&sink, "1234567890", 10), 0);
	dev = sink.dev;
	ino = sink.ino;
	sink_done(&sink);
	open_sink();
	ck_assert_int_eq(sink_find(&sink, 11, dev, ino), SINK_OTHER);
	ck_assert_int_eq(sink_find(&sink, 7, dev, ino + 1), SINK_OTHER);
	ck_assert_uint_eq(size_of_temp(), 10);			/* not touched unless recognised */
	ck_assert_int_eq(sink_find(&sink, 7, dev, ino), SINK_SAME);
	ck_assert_uint_eq(sink.written, 7);
	ck_assert_uint_eq(sink.durable, 7);
	ck_assert_uint_eq(size_of_temp(), 7);
	ck_assert_int_eq(sink_write(&sink, "abc", 3), 0);
	ck_assert_uint_eq(size_of_temp(), 10);
}
END_TEST

START_TEST(a_file_somebody_holds_is_busy_until_it_is_let_go)
{
	struct stat st;
	int fd;

	ck_assert_int_eq(sink_begin(&sink, 0, 0), 0);
	ck_assert_int_eq(sink_write(&sink, "12345", 5), 0);
	sink_done(&sink);
	fd = open(temp, O_RDONLY | O_CLOEXEC);
	ck_assert(fd >= 0 && !flock(fd, LOCK_EX) && !fstat(fd, &st));
	open_sink();
	ck_assert_int_eq(sink_find(&sink, 5, st.st_dev, st.st_ino), SINK_BUSY);
	close(fd);
	ck_assert_int_eq(sink_find(&sink, 5, st.st_dev, st.st_ino), SINK_SAME);
}
END_TEST

static const struct { uint64_t written, durable, synced_ms, now_ms; bool due; } dues[] = {
	{ 0, 0, 0, 99999, false },
	{ 5, 5, 0, 99999, false },
	{ 1, 0, 1000, 1999, false },
	{ 1, 0, 1000, 2000, true },		/* anything new, a second later */
	{ 4u << 20, 0, 1000, 1249, false },
	{ 4u << 20, 0, 1000, 1250, true },	/* much new, a quarter */
	{ (4u << 20) - 1, 0, 1000, 1250, false },
	{ 10u << 20, 7u << 20, 1000, 1250, false },
	{ 11u << 20, 7u << 20, 1000, 1250, true },
};

START_TEST(checkpoints_are_neither_too_seldom_nor_too_often)
{
	struct sink s = { .written = dues[_i].written, .durable = dues[_i].durable,
		.synced_ms = dues[_i].synced_ms };

	ck_assert_int_eq(sink_is_due(&s, dues[_i].now_ms), dues[_i].due);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("worker_sink");
	TCase *t = tcase_create("sink");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, bytes_are_durable_only_after_a_checkpoint);
	tcase_add_test(t, short_and_interrupted_writes_are_carried_on);
	tcase_add_test(t, a_write_that_fails_counts_nothing);
	tcase_add_test(t, gathered_bytes_the_disk_refuses_do_not_count);
	tcase_add_test(t, a_failed_fsync_is_the_end_of_that_file);
	tcase_add_test(t, beginning_again_makes_a_file_with_another_number);
	tcase_add_test(t, a_file_is_found_by_its_number_and_cut_to_what_is_durable);
	tcase_add_test(t, a_file_somebody_holds_is_busy_until_it_is_let_go);
	tcase_add_loop_test(t, checkpoints_are_neither_too_seldom_nor_too_often, 0, COUNT(dues));
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
