/* SPDX-License-Identifier: MIT
 * tests/unit/test_worker_faults.c: a real worker process against a server that breaks the rules,
 * one way a test (tests/peer/faults.py). The file is whole, or it is not there and the text says why.
 */
#include <check.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "engine/base/auto.h"
#include "engine/base/err.h"
#include "tests/peer/faults.h"
#include "tests/peer/origin.h"
#include "tests/peer/rig.h"
#include "tests/peer/box.h"

#define LONG 20000
#define SIZE (3u * 1024 * 1024 + 11)	/* as in faults.py */
#define CUT 1000000u

static char box[BOX_ROOM], path[128], temp[128];
static struct rig rig;
static struct proto_msg in;
static struct proto_answered answered;
static struct faults peer;

static int sync_error;			/* what fdatasync() and fsync() say in workers started from now on */

int fdatasync(int fd)
{
	if (!sync_error)
		return (int)syscall(SYS_fdatasync, fd);
	errno = sync_error;
	return -1;
}

int fsync(int fd)
{
	if (!sync_error)
		return (int)syscall(SYS_fsync, fd);
	errno = sync_error;
	return -1;
}

static void start_peer(void)
{
	ck_assert(faults_start(&peer));
}

static void stop_peer(void)
{
	faults_stop(&peer);
}

static void set_up(void)
{
	char out[100];

	box_make(box, sizeof(box), "faults");
	snprintf(out, sizeof(out), "%s/out", box);
	mkdir(out, 0755);
	ck_assert(geteuid() || !chown(out, RIG_UID, RIG_UID));
	snprintf(path, sizeof(path), "%s/f", out);
	snprintf(temp, sizeof(temp), "%s/.f.tmp", out);
	rig_start(&rig);
}

static void tear_down(void)
{
	ck_assert_int_eq(rig_end(&rig), 0);
	box_remove(box);
}

static struct proto_start order_of(const char *name)
{
	static char url[200];

	/* The query: each test counts its requests for itself. */
	snprintf(url, sizeof(url), "http://127.0.0.1:%d%s?%d", peer.port, name, (int)getpid());
	return (struct proto_start){ .url = url, .path = path, .root = "", .temp = ".f.tmp", .size = UINT64_MAX,
		.etag = "", .modified = "", .loopback = 1,
		.may_fetch = UINT64_MAX };
}

/* Runs an order to DONE or FAILED; the last ANSWERED is kept. */
static enum proto_type run(struct proto_start order)
{
	static uint64_t tag;
	struct proto_msg m = { .type = PROTO_START, .tag = ++tag, .start = order };

	memset(&answered, 0, sizeof(answered));
	rig_send(&rig, &m);
	do {
		ck_assert(rig_next(&rig, &in, LONG));
		if (in.type == PROTO_ANSWERED)
			answered = in.answered;
	} while (in.type != PROTO_DONE && in.type != PROTO_FAILED);
	return in.type;
}

static void assert_failed(uint32_t hresult, unsigned context, bool transient)
{
	ck_assert_int_eq(in.type, PROTO_FAILED);
	ck_assert_msg(in.failed.hresult == hresult, "0x%08x: %s", (unsigned)in.failed.hresult, in.failed.text);
	ck_assert_uint_eq(in.failed.context, context);
	ck_assert_uint_eq(in.failed.transient, transient);
	ck_assert_ptr_nonnull(strstr(in.failed.text, "http://127.0.0.1:"));
}

/* The first run is cut after CUT bytes; this is the order that follows. */
static struct proto_start cut_and_order(const char *name)
{
	struct proto_start order = order_of(name);

	run(order);
	assert_failed(0x80072EFE, 5, true);
	ck_assert_uint_eq(in.failed.durable, CUT);
	order.offset = in.failed.durable;
	order.size = answered.size;
	order.etag = answered.etag;
	order.modified = answered.modified;
	order.dev = answered.dev;
	order.ino = answered.ino;
	order.single = answered.single;
	return order;
}

/* The bytes of version 1 or 2 as faults.py makes them. */
static void assert_is_version(unsigned version)
{
	unsigned char block[65536];
	uint64_t at = 0, wrong = 0;
	FILE *f = fopen(temp, "r");
	size_t n;

	ck_assert_ptr_nonnull(f);
	while ((n = fread(block, 1, sizeof(block), f)) > 0) {
		for (size_t i = 0; i < n; i++, at++) {
			unsigned k = (unsigned)(at % 65536);
			wrong += block[i] != (k * 7 + version * 31 + k / 251) % 256;
		}
	}
	fclose(f);
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_eq(at, SIZE);
}

static void assert_done(unsigned version)
{
	ck_assert_msg(in.type == PROTO_DONE, "%s", in.failed.text);
	ck_assert_uint_eq(in.done.size, SIZE);
	assert_is_version(version);
}

static void assert_no_file(void)
{
	ck_assert_int_lt(faccessat(AT_FDCWD, temp, F_OK, 0), 0);
}

/* Without a length. */

START_TEST(a_chunked_file_comes_in_one_stream)
{
	run(order_of("/chunked"));
	assert_done(1);
	ck_assert_uint_eq(answered.size, UINT64_MAX);
	ck_assert_uint_eq(answered.single, 1);
	ck_assert_str_eq(answered.etag, "\"c\"");
}
END_TEST

START_TEST(a_chunked_file_cut_short_is_begun_again)
{
	struct proto_start order = order_of("/chunked_cut");

	run(order);
	assert_failed(0x80072EFE, 5, true);
	ck_assert_uint_eq(in.failed.durable, 1500000);
	order.offset = 1500000;
	order.etag = answered.etag;
	order.dev = answered.dev;
	order.ino = answered.ino;
	order.single = 1;
	run(order);
	assert_done(1);
	ck_assert_uint_eq(answered.offset, 0);
	ck_assert_uint_eq(answered.single, 1);
}
END_TEST

START_TEST(a_body_without_any_end_is_refused)
{
	run(order_of("/no_end"));
	assert_failed(0x80200011, 5, false);
	assert_no_file();
}
END_TEST

/* Continuing. */

START_TEST(a_cut_file_is_continued)
{
	run(cut_and_order("/cut_then_good"));
	assert_done(1);
	ck_assert_uint_eq(answered.offset, CUT);
	ck_assert_uint_eq(answered.restarted, 0);
}
END_TEST

static const struct { const char *name; bool restarted; } seconds[] = {
	{ "/wrong_offset", false }, { "/other_etag", true }, { "/other_total", true },
	{ "/no_content_range", false }, { "/multipart", false }, { "/shrunk", true }, { "/weak", true },
};

START_TEST(an_answer_that_does_not_fit_begins_the_file_again)
{
	struct proto_start order = cut_and_order(seconds[_i].name);
	uint64_t ino = order.ino;

	run(order);
	assert_done(2);
	ck_assert_uint_eq(answered.offset, 0);
	ck_assert_uint_eq(answered.restarted, seconds[_i].restarted);
	ck_assert_uint_ne(answered.ino, ino);
	ck_assert_str_eq(answered.etag, "\"2\"");
}
END_TEST

START_TEST(a_server_that_gives_parts_of_parts_is_asked_until_all_is_here)
{
	run(cut_and_order("/pieces"));
	assert_done(1);
	ck_assert_uint_eq(answered.offset, CUT);
}
END_TEST

START_TEST(bytes_beyond_the_announced_size_are_refused)
{
	run(cut_and_order("/too_much"));
	assert_failed(0x8020001B, 5, false);
	ck_assert_uint_le(in.failed.durable, SIZE);
}
END_TEST

START_TEST(fewer_bytes_than_announced_are_transient)
{
	run(cut_and_order("/too_little"));
	assert_failed(0x80072EFE, 5, true);
	ck_assert_uint_eq(in.failed.durable, SIZE - 5);
}
END_TEST

/* Answers against the rules, and answers that lead elsewhere. */

static const struct { const char *name; uint32_t hresult; bool transient; const char *words; } refusals[] = {
	{ "/unasked_part", 0x8020001B, false, "rules of HTTP" },
	{ "/two_lengths", 0x8020001B, false, "rules of HTTP" },
	{ "/large_head", 0x8020001B, false, "larger" },
	{ "/not_http", 0x80072F78, false, "does not speak HTTP" },
	{ "/nothing", 0x80072EFE, true, "without an answer" },
	{ "/loop", 0x80072F7C, false, "redirects" },
	{ "/to_file", 0x80072EE6, false, "scheme" },
	{ "/to_ftp", 0x80072EE6, false, "scheme" },
	{ "/nowhere", 0x8019012E, false, "302 Found" },
	{ "/absent", 0x80190194, false, "404 Not Found" },
};

START_TEST(a_bad_answer_is_told_and_leaves_nothing)
{
	run(order_of(refusals[_i].name));
	assert_failed(refusals[_i].hresult, 5, refusals[_i].transient);
	ck_assert_msg(strstr(in.failed.text, refusals[_i].words) != NULL, "%s", in.failed.text);
	ck_assert_uint_eq(in.failed.durable, 0);
	assert_no_file();
}
END_TEST

START_TEST(a_redirect_is_followed_and_its_head_forgotten)
{
	run(order_of("/redirect"));
	assert_done(1);
	ck_assert_str_eq(answered.etag, "\"1\"");
	ck_assert_uint_eq(answered.size, SIZE);
}
END_TEST

START_TEST(encoded_bytes_are_kept_as_they_came)
{
	char have[30] = "";
	FILE *f;

	run(order_of("/gzip_anyway"));
	ck_assert_int_eq(in.type, PROTO_DONE);
	f = fopen(temp, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fread(have, 1, sizeof(have), f), 17);
	fclose(f);
	ck_assert(!memcmp(have, "\x1f\x8bnot really gzip", 17));
}
END_TEST

START_TEST(the_servers_wish_to_wait_is_passed_on)
{
	run(order_of("/late"));
	assert_failed(0x801901F7, 5, true);
	ck_assert_uint_eq(in.failed.retry_after_s, 77);
	run(order_of("/late_date"));
	assert_failed(0x801901F7, 5, true);
	ck_assert_uint_gt(in.failed.retry_after_s, 3600);
	ck_assert_uint_le(in.failed.retry_after_s, 86400);	/* no server sends a job to sleep for ever */
}
END_TEST

START_TEST(requests_carry_what_they_must_and_nothing_more)
{
	char text[2000] = "";
	struct proto_start order;
	char url[100];
	FILE *f;

	setenv("http_proxy", "http://127.0.0.1:1/", 1);
	setenv("HTTP_PROXY", "http://127.0.0.1:1/", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1/", 1);
	ck_assert_int_eq(rig_end(&rig), 0);
	rig_start(&rig);
	order = order_of("/headers_seen");
	order.proxy_usage = 1;		/* none, whatever the environment says */
	run(order);
	ck_assert_msg(in.type == PROTO_DONE, "%s", in.failed.text);
	f = fopen(temp, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_gt(fread(text, 1, sizeof(text) - 1, f), 0);
	fclose(f);
	snprintf(url, sizeof(url), "accept: */*\naccept-encoding: identity\nhost: 127.0.0.1:%d\nuser-agent: "
	    "dray/" DRAY_VERSION
	    "\n", peer.port);
	ck_assert_str_eq(text, url);
	for (int i = 0; i < 3; i++)
		unsetenv((const char *[]){ "http_proxy", "HTTP_PROXY", "ALL_PROXY" }[i]);
	ck_assert_int_eq(rig_end(&rig), 0);
	rig_start(&rig);
	order = cut_and_order("/cut_then_good");
	run(order);
	assert_done(1);
	run(order_of("/count/cut_then_good"));
	f = fopen(temp, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), f));
	fclose(f);
	ck_assert_str_eq(text, "2 bytes=1000000-|\"1\"\n");
}
END_TEST

/* Orders that are not carried out. */

START_TEST(urls_of_other_kinds_are_refused_unasked)
{
	static const struct { const char *url; uint32_t hresult; } bad[] = {
		{ "ftp://127.0.0.1/x", 0x80072EE6 }, { "file:///etc/passwd", 0x80072EE6 },
		{ "127.0.0.1/x", 0x80072EE6 },
		{ "", 0x80072EE6 }, { "http:/127.0.0.1/x", 0x80072EE6 }, { "http://127.0.0.1/a b", 0x80072EE5 },
		{ "http://127.0.0.1/a\nb", 0x80072EE5 }, { "http://[::1/x", 0x80072EE5 },
		{ "http://127.0.0.1:99999/x", 0x80072EE5 },
		{ "http://", 0x80072EE5 },
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct proto_start order = order_of("/good");

		order.url = bad[i].url;
		run(order);
		ck_assert_int_eq(in.type, PROTO_FAILED);
		ck_assert_msg(in.failed.hresult == bad[i].hresult, "%s: 0x%08x %s", bad[i].url,
		    (unsigned)in.failed.hresult,
		    in.failed.text);
		ck_assert_uint_eq(in.failed.transient, 0);
		ck_assert_uint_eq(in.failed.context, 5);
	}
	assert_no_file();
}
END_TEST

START_TEST(callers_from_afar_do_not_reach_this_machine)
{
	static const char *const forms[] = { "127.0.0.1", "localhost", "2130706433", "0x7f.1", "017700000001",
	    "127.1",
		"0.0.0.0", "[::ffff:127.0.0.1]", "user:secret@127.0.0.1" };
	struct proto_start order = order_of("/good");
	char url[100];

	run(order);			/* leaves a connection in the pool of those who may */
	assert_done(1);
	remove(temp);
	order.loopback = 0;
	for (size_t i = 0; i < COUNT(forms); i++) {
		snprintf(url, sizeof(url), "http://%s:%d/good", forms[i], peer.port);
		order.url = url;
		run(order);
		ck_assert_msg(in.type == PROTO_FAILED && in.failed.hresult == 0x80070005, "%s", url);
		ck_assert_uint_eq(in.failed.context, 5);
		ck_assert_uint_eq(in.failed.transient, 0);
		ck_assert_ptr_nonnull(strstr(in.failed.text, "AllowLoopback=yes"));
		ck_assert_ptr_null(strstr(in.failed.text, "secret"));
	}
	assert_no_file();
}
END_TEST

START_TEST(a_disk_that_fills_up_keeps_what_was_written)
{
	char out[100];

	snprintf(out, sizeof(out), "%s/out", box);
	if (geteuid() || mount("none", out, "tmpfs", 0, "size=1m,mode=0777")) {
		printf("skipped: no tmpfs can be mounted here\n");
		return;
	}
	run(order_of("/chunked"));	/* its size is not known before */
	umount2(out, MNT_DETACH);
	assert_failed(0x80070070, 4, true);
	ck_assert_uint_gt(in.failed.durable, 500000);
	ck_assert_uint_le(in.failed.durable, 1048576);
}
END_TEST

START_TEST(a_disk_that_cannot_flush_loses_the_file_and_says_so)
{
	sync_error = EIO;
	ck_assert_int_eq(rig_end(&rig), 0);
	rig_start(&rig);
	run(order_of("/good"));
	assert_failed(0x8007001D, 4, true);
	ck_assert_uint_eq(in.failed.durable, 0);
	assert_no_file();
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("worker_faults");
	TCase *t = tcase_create("faults");

	tcase_set_timeout(t, 100);
	tcase_add_unchecked_fixture(t, start_peer, stop_peer);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_chunked_file_comes_in_one_stream);
	tcase_add_test(t, a_chunked_file_cut_short_is_begun_again);
	tcase_add_test(t, a_body_without_any_end_is_refused);
	tcase_add_test(t, a_cut_file_is_continued);
	tcase_add_loop_test(t, an_answer_that_does_not_fit_begins_the_file_again, 0, COUNT(seconds));
	tcase_add_test(t, a_server_that_gives_parts_of_parts_is_asked_until_all_is_here);
	tcase_add_test(t, bytes_beyond_the_announced_size_are_refused);
	tcase_add_test(t, fewer_bytes_than_announced_are_transient);
	tcase_add_loop_test(t, a_bad_answer_is_told_and_leaves_nothing, 0, COUNT(refusals));
	tcase_add_test(t, a_redirect_is_followed_and_its_head_forgotten);
	tcase_add_test(t, encoded_bytes_are_kept_as_they_came);
	tcase_add_test(t, the_servers_wish_to_wait_is_passed_on);
	tcase_add_test(t, requests_carry_what_they_must_and_nothing_more);
	tcase_add_test(t, urls_of_other_kinds_are_refused_unasked);
	tcase_add_test(t, callers_from_afar_do_not_reach_this_machine);
	tcase_add_test(t, a_disk_that_fills_up_keeps_what_was_written);
	tcase_add_test(t, a_disk_that_cannot_flush_loses_the_file_and_says_so);
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
