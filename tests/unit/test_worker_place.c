/* SPDX-License-Identifier: MIT
 * tests/unit/test_worker_place.c: where a worker will and will not put a file, and what it does
 * about things it finds there. No server is needed but for the transfers over planted files.
 */
#include <check.h>
#include <fcntl.h>
#include <sys/mount.h>

#include "engine/base/err.h"
#include "engine/base/fsx.h"
#include "tests/peer/origin.h"
#include "tests/peer/rig.h"
#include "tests/peer/box.h"

#define LONG 20000
#define MIB (1u << 20)

static char box[BOX_ROOM], path[128];
static struct origin origin;
static struct rig rig;
static struct proto_msg in;

static const char *at(const char *name)
{
	static char texts[8][300];
	static int turn;

	turn = (turn + 1) % 8;
	snprintf(texts[turn], sizeof(texts[0]), "%s/%s", box, name);
	return texts[turn];
}

static void make_dir(const char *name, mode_t mode, bool owned)
{
	ck_assert(!mkdir(at(name), 0700) && !chmod(at(name), mode));
	ck_assert(!owned || geteuid() || !chown(at(name), RIG_UID, RIG_UID));
}

static void make_file(const char *name, const char *text, bool owned)
{
	FILE *f = fopen(at(name), "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	ck_assert(!owned || geteuid() || !chown(at(name), RIG_UID, RIG_UID));
}

static void assert_holds(const char *name, const char *text)
{
	char have[100] = "";
	FILE *f = fopen(at(name), "r");

	ck_assert_ptr_nonnull(f);
	ck_assert(fgets(have, sizeof(have), f) || feof(f));
	fclose(f);
	ck_assert_str_eq(have, text);
}

static void set_up(void)
{
	box_make(box, sizeof(box), "place");
	make_dir("out", 0755, true);
	snprintf(path, sizeof(path), "%s/out/f", box);
	rig_start(&rig);
}

static void tear_down(void)
{
	ck_assert_int_eq(rig_end(&rig), 0);
	origin_stop(&origin);
	box_remove(box);
}

static void assert_check(const char *file, const char *root, enum err want)
{
	struct proto_msg m = { .type = PROTO_CHECK, .tag = 5, .check = { .path = file, .root = root } };

	rig_send(&rig, &m);
	ck_assert(rig_next(&rig, &in, LONG));
	ck_assert_int_eq(in.type, PROTO_CHECKED);
	ck_assert_uint_eq(in.tag, 5);
	ck_assert_msg(in.checked.err == want, "%s in %s: %s, want %s: %s", file, root,
	    err_name((enum err)in.checked.err), err_name(want), in.checked.text);
	ck_assert(want == ERR_OK ? !*in.checked.text : strlen(in.checked.text) > 20);
}

START_TEST(paths_are_checked_by_their_shape)
{
	char name[300], deep[5000] = "/";

	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	assert_check(at("out/new"), "", ERR_OK);
	assert_check("/new", "", ERR_FILE_ACCESS);
	assert_check("out/new", "", ERR_INVALID_ARG);
	assert_check("", "", ERR_INVALID_ARG);
	assert_check("/", "", ERR_INVALID_ARG);
	assert_check(at("out/"), "", ERR_INVALID_ARG);
	assert_check(at("out/."), "", ERR_INVALID_ARG);
	assert_check(at("out/.."), "", ERR_INVALID_ARG);
	assert_check(at("out/../out/f"), "", ERR_INVALID_ARG);
	assert_check(at("out/..f"), "", ERR_OK);
	assert_check(at("out/f.."), "", ERR_OK);
	assert_check(at("out/a\nb"), "", ERR_INVALID_ARG);
	assert_check(at("out/a\x7f"), "", ERR_INVALID_ARG);
	assert_check(at("out/\xc3\xa4 b"), "", ERR_OK);
	assert_check(strcat(strcpy(deep, at("out/")), name), "", ERR_OK);
	assert_check(strcat(deep, "n"), "", ERR_INVALID_ARG);
	strcpy(deep, "/tmp/");
	while (strlen(deep) < 4100)
		strcat(deep, "./");
	assert_check(strcat(deep, "f"), "", ERR_INVALID_ARG);
}
END_TEST

START_TEST(the_directory_must_be_there_and_writable)
{
	make_dir("sealed", 0755, false);
	make_dir("closed", 0700, false);
	make_dir("wx", 0300, true);
	make_dir("out/sub", 0755, true);
	make_file("out/file", "", true);
	ck_assert(!mkfifo(at("out/pipe"), 0666) && !symlink("/nowhere", at("out/link")));
	assert_check(at("none/f"), "", ERR_PATH_NOT_FOUND);
	assert_check(at("out/file/f"), "", ERR_PATH_NOT_FOUND);
	assert_check(at("out/file"), "", ERR_OK);		/* will be replaced */
	assert_check(at("out/link"), "", ERR_OK);		/* the link will, not what it leads to */
	assert_check(at("out/sub"), "", ERR_FILE_ACCESS);
	assert_check(at("out/pipe"), "", ERR_FILE_ACCESS);
	assert_check(at("wx/f"), "", ERR_OK);
	if (geteuid() == 0) {
		assert_check(at("sealed/f"), "", ERR_FILE_ACCESS);
		assert_check(at("closed/f"), "", ERR_FILE_ACCESS);
		assert_check(at("closed/sub/f"), "", ERR_FILE_ACCESS);
	}
	assert_check("/proc/self/f", "", ERR_FILE_ACCESS);
	assert_check("/proc/self/root/tmp/f", "", ERR_PATH_NOT_FOUND);	/* a link made of magic */
}
END_TEST

START_TEST(a_sticky_directory_keeps_the_files_of_others)
{
	if (geteuid()) {
		printf("skipped: only root can make files of others\n");
		return;
	}
	make_dir("sticky", 01777, false);
	make_file("sticky/theirs", "", false);
	make_file("sticky/mine", "", true);
	assert_check(at("sticky/theirs"), "", ERR_FILE_ACCESS);
	assert_check(at("sticky/mine"), "", ERR_OK);
	assert_check(at("sticky/new"), "", ERR_OK);
}
END_TEST

START_TEST(a_new_owner_needs_the_files_the_old_one_began)
{
	struct proto_msg m = { .type = PROTO_CHECK, .tag = 5 };
	struct stat st;

	if (geteuid()) {
		printf("skipped: only root can make files of others\n");
		return;
	}
	make_file("out/.theirs", "abc", false);
	make_file("out/.mine", "abc", true);
	m.check = (struct proto_check){ .path = at("out/f"), .root = "", .temp = ".theirs" };
	ck_assert(!stat(at("out/.theirs"), &st));
	m.check.dev = st.st_dev;
	m.check.ino = st.st_ino;
	rig_send(&rig, &m);
	ck_assert(rig_next(&rig, &in, LONG));
	ck_assert_int_eq(in.checked.err, ERR_FILE_ACCESS);
	m.check.ino++;			/* another file has the name now: what was begun is gone, and begun anew */
	rig_send(&rig, &m);
	ck_assert(rig_next(&rig, &in, LONG));
	ck_assert_int_eq(in.checked.err, ERR_OK);
	ck_assert(!stat(at("out/.mine"), &st));
	m.check.temp = ".mine";
	m.check.ino = st.st_ino;
	rig_send(&rig, &m);
	ck_assert(rig_next(&rig, &in, LONG));
	ck_assert_int_eq(in.checked.err, ERR_OK);
}
END_TEST

START_TEST(root_takes_a_file_only_when_told_and_only_the_very_one)
{
	int dir;
	struct stat st;

	if (geteuid()) {
		printf("skipped: only root can make files of others\n");
		return;
	}
	make_file("out/.theirs", "abc", true);
	dir = open(at("out"), O_PATH | O_DIRECTORY);
	ck_assert(!fstatat(dir, ".theirs", &st, 0) && st.st_uid == RIG_UID);
	ck_assert_int_eq(fsx_take(dir, ".theirs", st.st_dev, st.st_ino, false), 0);
	ck_assert_int_eq(fsx_take(dir, ".theirs", st.st_dev, st.st_ino + 1, true), 0);
	ck_assert(!fstatat(dir, ".theirs", &st, 0) && st.st_uid == RIG_UID);
	ck_assert_int_eq(fsx_take(dir, ".theirs", st.st_dev, st.st_ino, true), 0);
	ck_assert(!fstatat(dir, ".theirs", &st, 0) && st.st_uid == 0);
	ck_assert_int_eq(fsx_take(dir, ".none", st.st_dev, st.st_ino, true), 0);
	close(dir);
}
END_TEST

START_TEST(callers_from_afar_stay_beneath_the_roots)
{
	char roots[300], to_root[300];

	make_dir("out/in", 0755, true);
	make_dir("outside", 0777, true);
	make_dir("second", 0755, true);
	ck_assert(!symlink(at("outside"), at("out/away")) && !symlink("in", at("out/alias")) &&
	    !symlink(box, at("boxlink")));
	snprintf(roots, sizeof(roots), "/nowhere:%s/:%s", at("out"), at("second"));
	snprintf(to_root, sizeof(to_root), "%s", at("boxlink/out"));
	assert_check(at("out/f"), roots, ERR_OK);
	assert_check(at("out/in/f"), roots, ERR_OK);
	assert_check(at("out//in/./f"), roots, ERR_OK);
	assert_check(at("second/f"), roots, ERR_OK);
	assert_check(at("outside/f"), roots, ERR_ACCESS_DENIED);
	ck_assert_ptr_nonnull(strstr(in.checked.text, "Roots="));
	assert_check(at("out/away/f"), roots, ERR_ACCESS_DENIED);
	ck_assert_ptr_nonnull(strstr(in.checked.text, "Roots="));
	assert_check(at("out/alias/f"), roots, ERR_ACCESS_DENIED);	/* no link at all */
	assert_check(at("out/none/f"), roots, ERR_PATH_NOT_FOUND);
	assert_check(at("outx/f"), roots, ERR_ACCESS_DENIED);
	assert_check("/etc/f", roots, ERR_ACCESS_DENIED);
	assert_check("/f", roots, ERR_ACCESS_DENIED);
	assert_check(at("out/f"), ":", ERR_ACCESS_DENIED);
	assert_check(at("out/f"), "/", ERR_OK);
	assert_check(at("boxlink/out/f"), to_root, ERR_OK);	/* a root may be a link: the administrator's */
}
END_TEST

/* Transfers over what was planted. */

static void serve(size_t size, unsigned seed)
{
	if (!origin.pid)
		ck_assert(origin_init(&origin, box, ""));
	origin_put(&origin, "a", size, seed, 1000000000);
}

static struct proto_answered move(uint64_t offset, uint64_t dev, uint64_t ino)
{
	static uint64_t tag;
	struct proto_msg m = { .type = PROTO_START, .tag = ++tag };
	struct proto_answered a;
	char url[100];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/a", origin.port);
	m.start = (struct proto_start){ .url = url, .path = path, .root = "", .temp = ".f.tmp",
		.offset = offset, .size = UINT64_MAX, .etag = "", .modified = "", .dev = dev, .ino = ino,
		.loopback = 1, .may_fetch = UINT64_MAX };
	rig_send(&rig, &m);
	ck_assert(rig_until(&rig, &in, LONG, PROTO_ANSWERED, PROTO_FAILED, -1));
	if (in.type == PROTO_FAILED)
		return (struct proto_answered){ 0 };
	a = in.answered;
	ck_assert(rig_until(&rig, &in, LONG, PROTO_DONE, PROTO_FAILED, -1));
	ck_assert_int_eq(in.type, PROTO_DONE);
	return a;
}

static void assert_temp_is_whole(void)
{
	char cmd[500];

	snprintf(cmd, sizeof(cmd), "cmp -s %s %s", at("www/a"), at("out/.f.tmp"));
	ck_assert_int_eq(system(cmd), 0);
}

static uint64_t inode(const char *name)
{
	struct stat st;

	ck_assert(!lstat(at(name), &st));
	return st.st_ino;
}

static uint64_t device(void)
{
	struct stat st;

	ck_assert(!stat(box, &st));
	return st.st_dev;
}

START_TEST(a_planted_link_is_replaced_and_never_followed)
{
	serve(MIB, 1);
	make_file("victim", "precious", true);
	ck_assert(!symlink(at("victim"), at("out/.f.tmp")));
	move(0, 0, 0);
	assert_holds("victim", "precious");
	assert_temp_is_whole();
	ck_assert(!unlink(at("out/.f.tmp")) && !symlink(at("victim"), at("out/.f.tmp")));
	ck_assert_uint_eq(move(4, device(), inode("victim")).restarted, 1);
	assert_holds("victim", "precious");
	assert_temp_is_whole();
}
END_TEST

START_TEST(a_second_link_to_the_file_means_it_is_not_ours_alone)
{
	serve(MIB, 1);
	make_file("victim", "precious", true);
	ck_assert(!link(at("victim"), at("out/.f.tmp")));
	ck_assert_uint_eq(move(4, device(), inode("victim")).restarted, 1);
	assert_holds("victim", "precious");
	assert_temp_is_whole();
}
END_TEST

START_TEST(a_file_with_another_identity_or_too_short_is_not_continued)
{
	struct proto_answered a;

	serve(MIB, 1);
	make_file("out/.f.tmp", "12345678", true);
	a = move(4, device(), inode("out/.f.tmp") + 1);
	ck_assert_uint_eq(a.restarted, 1);
	ck_assert_uint_eq(a.offset, 0);
	assert_temp_is_whole();
	make_file("out/.f.tmp", "1234", true);
	a = move(5, device(), inode("out/.f.tmp"));
	ck_assert_uint_eq(a.restarted, 1);
	assert_temp_is_whole();
	make_file("out/.f.tmp", "1234", true);
	a = move(4, device() + 1, inode("out/.f.tmp"));
	ck_assert_uint_eq(a.restarted, 1);
	assert_temp_is_whole();
	ck_assert(!unlink(at("out/.f.tmp")));
	a = move(4, device(), 12345);
	ck_assert_uint_eq(a.restarted, 1);
	assert_temp_is_whole();
}
END_TEST

START_TEST(bytes_that_are_gone_do_not_count_when_the_server_fails_too)
{
	serve(MIB, 1);
	ck_assert(!unlink(at("www/a")));
	make_file("out/.f.tmp", "12345678", true);
	move(4, device(), inode("out/.f.tmp"));
	ck_assert_int_eq(in.type, PROTO_FAILED);
	ck_assert_uint_eq(in.failed.durable, 4);	/* recognised: nothing is lost */
	move(4, device(), inode("out/.f.tmp") + 1);
	ck_assert_int_eq(in.type, PROTO_FAILED);
	ck_assert_uint_eq(in.failed.durable, 0);
}
END_TEST

START_TEST(things_that_cannot_be_removed_are_a_clear_failure)
{
	serve(MIB, 1);
	make_dir("out/.f.tmp", 0755, true);
	move(0, 0, 0);
	ck_assert_int_eq(in.type, PROTO_FAILED);
	ck_assert_uint_eq(in.failed.context, 4);
	ck_assert_uint_eq(in.failed.transient, 0);
	ck_assert_uint_eq(in.failed.hresult, 0x80070005);
	ck_assert_ptr_nonnull(strstr(in.failed.text, "directory is in the way"));
}
END_TEST

START_TEST(a_pipe_with_the_name_of_the_file_blocks_nobody)
{
	serve(MIB, 1);
	ck_assert(!mkfifo(at("out/.f.tmp"), 0666));
	ck_assert(geteuid() || !chown(at("out/.f.tmp"), RIG_UID, RIG_UID));
	move(4, device(), inode("out/.f.tmp"));
	assert_temp_is_whole();
}
END_TEST

START_TEST(a_vanished_directory_is_fatal)
{
	serve(MIB, 1);
	ck_assert(!rmdir(at("out")));
	move(0, 0, 0);
	ck_assert_int_eq(in.type, PROTO_FAILED);
	ck_assert_uint_eq(in.failed.hresult, 0x80070003);
	ck_assert_uint_eq(in.failed.context, 4);
	ck_assert_uint_eq(in.failed.transient, 0);
	ck_assert_ptr_nonnull(strstr(in.failed.text, at("out")));
}
END_TEST

START_TEST(a_full_disk_is_transient_and_told_before_the_bytes_come)
{
	serve(16 * MIB, 1);
	if (geteuid() || mount("none", at("out"), "tmpfs", 0, "size=8m,mode=0777")) {
		printf("skipped: no tmpfs can be mounted here\n");
		return;
	}
	move(0, 0, 0);
	umount2(at("out"), MNT_DETACH);
	ck_assert_int_eq(in.type, PROTO_FAILED);
	ck_assert_uint_eq(in.failed.hresult, 0x80070070);
	ck_assert_uint_eq(in.failed.context, 4);
	ck_assert_uint_eq(in.failed.transient, 1);
	ck_assert_ptr_nonnull(strstr(in.failed.text, "16.0 MiB"));
}
END_TEST

/* Publishing and throwing away. */

static void publish(uint64_t size, uint64_t ino, enum err want)
{
	struct proto_msg m = { .type = PROTO_PUBLISH, .tag = 6, .publish = { .path = path, .root = "",
		.temp = ".f.tmp", .size = size, .dev = device(), .ino = ino, .modified = "" } };

	rig_send(&rig, &m);
	ck_assert(rig_next(&rig, &in, LONG));
	ck_assert_int_eq(in.type, PROTO_PUBLISHED);
	ck_assert_msg(in.published.err == want, "%s: %s", err_name((enum err)in.published.err),
	    in.published.text);
	ck_assert(want == ERR_OK ? !*in.published.text : strlen(in.published.text) > 20);
}

START_TEST(publishing_twice_says_the_same)
{
	uint64_t ino;

	make_file("out/.f.tmp", "12345", true);
	make_file("out/f", "old", true);
	ino = inode("out/.f.tmp");
	publish(5, ino, ERR_OK);
	assert_holds("out/f", "12345");
	publish(5, ino, ERR_OK);
	assert_holds("out/f", "12345");
	ck_assert_uint_eq(inode("out/f"), ino);
}
END_TEST

START_TEST(publishing_replaces_a_planted_link_instead_of_following_it)
{
	make_file("victim", "precious", true);
	make_file("out/.f.tmp", "12345", true);
	ck_assert(!symlink(at("victim"), path));
	publish(5, inode("out/.f.tmp"), ERR_OK);
	assert_holds("victim", "precious");
	assert_holds("out/f", "12345");
}
END_TEST

START_TEST(a_file_that_is_not_the_recorded_one_is_not_published)
{
	uint64_t ino;

	make_file("out/.f.tmp", "12345", true);
	ino = inode("out/.f.tmp");
	publish(4, ino, ERR_FILE_NOT_FOUND);
	publish(5, ino + 1, ERR_FILE_NOT_FOUND);
	ck_assert(!unlink(at("out/.f.tmp")));
	publish(5, ino, ERR_FILE_NOT_FOUND);
	make_file("out/f", "other", true);
	publish(5, inode("out/f") + 1, ERR_FILE_NOT_FOUND);
	assert_holds("out/f", "other");
}
END_TEST

START_TEST(a_directory_is_not_replaced)
{
	make_file("out/.f.tmp", "12345", true);
	make_dir("out/f", 0755, true);
	publish(5, inode("out/.f.tmp"), ERR_FILE_ACCESS);
	assert_holds("out/.f.tmp", "12345");
}
END_TEST

START_TEST(a_directory_that_cannot_be_listed_still_gets_its_file)
{
	make_file("out/.f.tmp", "12345", true);
	ck_assert(!chmod(at("out"), 0300));
	publish(5, inode("out/.f.tmp"), ERR_OK);
	assert_holds("out/f", "12345");
}
END_TEST

static void discard(const char *temp, enum err want)
{
	struct proto_msg m = { .type = PROTO_DISCARD, .tag = 6, .discard = { .path = path, .root = "",
		.temp = temp } };

	rig_send(&rig, &m);
	ck_assert(rig_next(&rig, &in, LONG));
	ck_assert_int_eq(in.type, PROTO_DISCARDED);
	ck_assert_msg(in.discarded.err == want, "%s: %s", err_name((enum err)in.discarded.err),
	    in.discarded.text);
}

START_TEST(discarding_twice_says_the_same)
{
	make_file("out/.f.tmp", "12345", true);
	make_file("out/f", "kept", true);
	discard(".f.tmp", ERR_OK);
	ck_assert_int_lt(faccessat(AT_FDCWD, at("out/.f.tmp"), F_OK, 0), 0);
	discard(".f.tmp", ERR_OK);
	assert_holds("out/f", "kept");
	ck_assert(!unlink(at("out/f")) && !rmdir(at("out")));
	discard(".f.tmp", ERR_OK);
}
END_TEST

START_TEST(names_of_temporary_files_do_not_lead_elsewhere)
{
	make_file("victim", "precious", true);
	discard("../victim", ERR_INVALID_ARG);
	discard("..", ERR_INVALID_ARG);
	discard("", ERR_INVALID_ARG);
	assert_holds("victim", "precious");
}
END_TEST

/* The protocol. */

START_TEST(a_stop_for_an_unknown_transfer_is_answered)
{
	rig_send(&rig, &(struct proto_msg){ .type = PROTO_STOP, .tag = 99 });
	ck_assert(rig_next(&rig, &in, LONG));
	ck_assert_int_eq(in.type, PROTO_STOPPED);
	ck_assert_uint_eq(in.tag, 99);
	ck_assert_uint_eq(in.stopped.durable, UINT64_MAX);
}
END_TEST

static void assert_ends_badly(void)
{
	ck_assert_int_eq(rig_wait_exit(&rig), EXIT_FAILURE);
	close(rig.fd);
	rig_start(&rig);
}

START_TEST(a_malformed_message_ends_the_worker)
{
	struct proto_msg wrong_way = { .type = PROTO_DONE, .tag = 1 };

	rig_raw(&rig, "\x03\0\0\0abc", 7);
	assert_ends_badly();
	rig_raw(&rig, "\xff\xff\xff\xff", 4);		/* longer than any record: the channel closes */
	ck_assert_int_eq(rig_wait_exit(&rig), EXIT_SUCCESS);
	close(rig.fd);
	rig_start(&rig);
	rig_send(&rig, &wrong_way);
	assert_ends_badly();
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("worker_place");
	TCase *t = tcase_create("places");

	tcase_set_timeout(t, 100);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, paths_are_checked_by_their_shape);
	tcase_add_test(t, the_directory_must_be_there_and_writable);
	tcase_add_test(t, a_sticky_directory_keeps_the_files_of_others);
	tcase_add_test(t, a_new_owner_needs_the_files_the_old_one_began);
	tcase_add_test(t, root_takes_a_file_only_when_told_and_only_the_very_one);
	tcase_add_test(t, callers_from_afar_stay_beneath_the_roots);
	tcase_add_test(t, a_planted_link_is_replaced_and_never_followed);
	tcase_add_test(t, a_second_link_to_the_file_means_it_is_not_ours_alone);
	tcase_add_test(t, a_file_with_another_identity_or_too_short_is_not_continued);
	tcase_add_test(t, bytes_that_are_gone_do_not_count_when_the_server_fails_too);
	tcase_add_test(t, things_that_cannot_be_removed_are_a_clear_failure);
	tcase_add_test(t, a_pipe_with_the_name_of_the_file_blocks_nobody);
	tcase_add_test(t, a_vanished_directory_is_fatal);
	tcase_add_test(t, a_full_disk_is_transient_and_told_before_the_bytes_come);
	tcase_add_test(t, publishing_twice_says_the_same);
	tcase_add_test(t, publishing_replaces_a_planted_link_instead_of_following_it);
	tcase_add_test(t, a_file_that_is_not_the_recorded_one_is_not_published);
	tcase_add_test(t, a_directory_is_not_replaced);
	tcase_add_test(t, a_directory_that_cannot_be_listed_still_gets_its_file);
	tcase_add_test(t, discarding_twice_says_the_same);
	tcase_add_test(t, names_of_temporary_files_do_not_lead_elsewhere);
	tcase_add_test(t, a_stop_for_an_unknown_transfer_is_answered);
	tcase_add_test(t, a_malformed_message_ends_the_worker);
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
