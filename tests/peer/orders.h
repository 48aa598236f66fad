/* SPDX-License-Identifier: MIT
 * tests/peer/orders.h: a worker, the fault origin and a folder, and orders from one to the other. Header only:
 * each test program is one file.
 */
#ifndef ORDERS_H
#define ORDERS_H

#include <check.h>

#include "engine/base/auto.h"
#include "engine/base/err.h"
#include "tests/peer/box.h"
#include "tests/peer/faults.h"
#include "tests/peer/rig.h"

#define LONG 20000
#define SIZE (3u * 1024 * 1024 + 11)	/* of FIRST and SECOND in talk.py */
#define SMALL 4096u
#define CUT 1000000u

static char box[BOX_ROOM], path[128], temp[128];
static struct rig rig;
static struct proto_msg in;
static struct proto_answered answered;
static struct faults peer;
static uint64_t tag;

static inline void orders_start_peer(void)
{
	ck_assert(faults_start(&peer));
}

static inline void orders_stop_peer(void)
{
	faults_stop(&peer);
}

static inline void orders_set_up(void)
{
	char out[100];

	box_make(box, sizeof(box), "orders");
	snprintf(out, sizeof(out), "%s/out", box);
	mkdir(out, 0755);
	ck_assert(geteuid() || !chown(out, RIG_UID, RIG_UID));
	snprintf(path, sizeof(path), "%s/f", out);
	snprintf(temp, sizeof(temp), "%s/.f.tmp", out);
	rig_start(&rig);
}

static inline void orders_tear_down(void)
{
	ck_assert_int_eq(rig_end(&rig), 0);
	box_remove(box);
}

/* name: "/path" or "/path?query"; each test counts its requests for itself. */
static inline struct proto_start order_of(const char *name)
{
	static unsigned count;
	static char url[300];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d%s%s%d.%u", peer.port, name, strchr(name, '?') ? "," : "?",
	    (int)getpid(), count++);
	return (struct proto_start){ .url = url, .path = path, .root = "", .temp = ".f.tmp", .size = UINT64_MAX,
		.etag = "", .modified = "", .loopback = 1, .may_fetch = UINT64_MAX, .proxy_usage = 1 };
}

/* To DONE or FAILED; the last ANSWERED is kept. */
static inline enum proto_type run(struct proto_start order)
{
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

/* What the engine would order next: the same, knowing what was said. */
static inline struct proto_start again(struct proto_start order)
{
	order.offset = in.failed.durable;
	if (answered.dev) {
		order.size = answered.size;
		order.etag = answered.etag;
		order.modified = answered.modified;
		order.dev = answered.dev;
		order.ino = answered.ino;
		order.single = answered.single;
	}
	return order;
}

static inline void assert_done(void)
{
	ck_assert_msg(in.type == PROTO_DONE, "0x%08x %s", (unsigned)in.failed.hresult, in.failed.text);
}

static inline void assert_failed(uint32_t hresult, bool transient)
{
	ck_assert_int_eq(in.type, PROTO_FAILED);
	ck_assert_msg(in.failed.hresult == hresult, "0x%08x: %s", (unsigned)in.failed.hresult, in.failed.text);
	ck_assert_msg(in.failed.transient == transient, "%s", in.failed.text);
	ck_assert_uint_gt(strlen(in.failed.text), 20);
	ck_assert_ptr_null(strstr(in.failed.text, "pass word"));
}

/* Byte `at` of version 1 or 2 as talk.py makes them. */
static inline unsigned char byte_of(unsigned version, uint64_t at)
{
	unsigned k = (unsigned)(at % 65536);

	return (unsigned char)((k * 7 + version * 31 + k / 251) % 256);
}

/* size bytes of the version, from `first` on, stand at `place` in the file. */
static inline void assert_holds(const char *file, unsigned version, uint64_t place, uint64_t first, uint64_t size)
{
	static unsigned char have[SIZE + 10];
	FILE *f = fopen(file, "r");
	uint64_t wrong = 0;

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fseek(f, (long)place, SEEK_SET), 0);
	ck_assert_uint_eq(fread(have, 1, size, f), size);
	for (uint64_t i = 0; i < size; i++)
		wrong += have[i] != byte_of(version, first + i);
	fclose(f);
	ck_assert_msg(!wrong, "%llu of %llu bytes are wrong", (unsigned long long)wrong, (unsigned long long)size);
}

static inline void assert_size(const char *file, uint64_t size)
{
	struct stat st;

	ck_assert_int_eq(lstat(file, &st), 0);
	ck_assert_uint_eq((uint64_t)st.st_size, size);
}

static inline void assert_is(unsigned version, uint64_t size)
{
	assert_done();
	ck_assert_uint_eq(in.done.size, size);
	assert_size(temp, size);
	assert_holds(temp, version, 0, 0, size);
}

static inline const char *text_of(const char *file)
{
	static char text[2000];
	FILE *f = fopen(file, "r");

	ck_assert_ptr_nonnull(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	return text;
}

static inline void assert_no_file(void)
{
	ck_assert_int_lt(faccessat(AT_FDCWD, temp, F_OK, 0), 0);
}

static inline int orders_main(Suite *s)
{
	SRunner *r = srunner_create(s);
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
