/* SPDX-License-Identifier: MIT
 * tests/unit/test_worker_move.c: a real worker process moves real files from a real nginx, as the
 * engine would have it done.
 */
#include <check.h>
#include <dirent.h>
#include <ftw.h>

#include "engine/base/err.h"
#include "tests/peer/origin.h"
#include "tests/peer/rig.h"

#define LONG 20000
#define MIB (1u << 20)

static char box[64];		/* this test's folder: origin in it, destination in box/out */
static char path[128];		/* where the file goes */
static struct origin origin;
static struct rig rig;
static struct proto_msg in;

static void set_up(void)
{
	char out[100];

	strcpy(box, "/tmp/dray-worker-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(box));
	chmod(box, 0755);
	snprintf(out, sizeof(out), "%s/out", box);
	mkdir(out, 0755);
	ck_assert(geteuid() || !chown(out, RIG_UID, RIG_UID));
	snprintf(path, sizeof(path), "%s/out/file.bin", box);
	ck_assert(origin_init(&origin, box, ""));
	rig_start(&rig);
}

static int remove_one(const char *name, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(name);
}

static void tear_down(void)
{
	ck_assert_int_eq(rig_end(&rig), 0);
	origin_stop(&origin);
	nftw(box, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void set_origin(const char *extra)
{
	origin_stop(&origin);
	snprintf(origin.extra, sizeof(origin.extra), "%s", extra);
	ck_assert(origin_start(&origin));
}

static struct proto_msg order(uint64_t tag, const char *name)
{
	static char url[200];
	struct proto_msg m = { .type = PROTO_START, .tag = tag };

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/%s", origin.port, name);
	m.start = (struct proto_start){ .url = url, .path = path, .root = "", .temp = ".file.bin.tmp",
		.size = UINT64_MAX, .etag = "", .modified = "", .loopback = 1 };
	return m;
}

static bool is_same_file(const char *a, const char *b)
{
	char cmd[600];

	snprintf(cmd, sizeof(cmd), "test \"$(sha256sum <'%s')\" = \"$(sha256sum <'%s')\"", a, b);
	return system(cmd) == 0;
}

static const char *temp(void)
{
	static char text[128];

	snprintf(text, sizeof(text), "%s/out/.file.bin.tmp", box);
	return text;
}

static const char *source(const char *name)
{
	static char text[128];

	snprintf(text, sizeof(text), "%s/www/%s", box, name);
	return text;
}

/* What the engine would send next, knowing what the worker said. */
static struct proto_msg resume_of(const struct proto_msg *start, const struct proto_answered *a, uint64_t durable)
{
	struct proto_msg m = *start;

	m.start.offset = durable;
	m.start.size = a->size;
	m.start.etag = a->etag;
	m.start.modified = a->modified;
	m.start.dev = a->dev;
	m.start.ino = a->ino;
	m.start.single = a->single;
	return m;
}

static void publish(const struct proto_answered *a, uint64_t size)
{
	struct proto_msg m = { .type = PROTO_PUBLISH, .tag = 77, .publish = { .path = path, .root = "",
		.temp = ".file.bin.tmp", .size = size, .dev = a->dev, .ino = a->ino, .modified = a->modified } };

	rig_send(&rig, &m);
	ck_assert(rig_until(&rig, &in, LONG, PROTO_PUBLISHED, -1));
}

START_TEST(a_whole_file_arrives_and_is_published_with_mode_and_time)
{
	struct proto_msg start = order(1, "a");
	struct proto_answered a;
	struct stat st;

	origin_put(&origin, "a", 20 * MIB + 17, 1, 1000000000);
	rig_send(&rig, &start);
	ck_assert(rig_next(&rig, &in, LONG));
	ck_assert_int_eq(in.type, PROTO_ANSWERED);
	ck_assert_uint_eq(in.tag, 1);
	a = in.answered;
	ck_assert_uint_eq(a.size, 20 * MIB + 17);
	ck_assert_uint_eq(a.offset, 0);
	ck_assert_uint_eq(a.restarted, 0);
	ck_assert_uint_eq(a.single, 0);
	ck_assert_str_eq(a.modified, "Sun, 09 Sep 2001 01:46:40 GMT");
	ck_assert(a.etag[0] == '"');
	ck_assert(rig_until(&rig, &in, LONG, PROTO_DONE, PROTO_FAILED, -1));
	ck_assert_int_eq(in.type, PROTO_DONE);
	ck_assert_uint_eq(in.done.size, 20 * MIB + 17);
	ck_assert(!stat(temp(), &st));
	ck_assert_uint_eq(st.st_ino, a.ino);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	publish(&a, 20 * MIB + 17);
	ck_assert_int_eq(in.published.err, ERR_OK);
	ck_assert(is_same_file(source("a"), path));
	ck_assert(!stat(path, &st));
	ck_assert_uint_eq(st.st_mode & 0777, 0644);
	ck_assert_int_eq(st.st_mtime, 1000000000);
	ck_assert(access(temp(), F_OK) < 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("worker_move");
	TCase *t = tcase_create("moves");

	(void)resume_of;
	(void)set_origin;
	tcase_set_timeout(t, 100);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_whole_file_arrives_and_is_published_with_mode_and_time);
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
