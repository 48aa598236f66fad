/* SPDX-License-Identifier: MIT
 * tests/unit/test_worker_push.c: events are sent as they are, to allowed addresses, once; what a sink does holds up
 * nothing else. A worker of its own and a sink on loopback.
 */
#include <check.h>

#include "engine/base/auto.h"
#include "engine/worker/netguard.h"
#include "tests/peer/box.h"
#include "tests/peer/certs.h"
#include "tests/peer/faults.h"
#include "tests/peer/rig.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static struct faults sink;
static struct rig worker;
static uint64_t tag;

static void setup(void)
{
	log_init("push", LOG_LEVEL_ERROR);
	ck_assert(faults_start_other(&sink, DRAY_SOURCE_DIR "/tests/peer/sink.py", NULL, NULL));
	rig_start(&worker);
	tag = 0;
}

static void teardown(void)
{
	ck_assert_int_eq(rig_end(&worker), 0);
	faults_stop(&sink);
}

static void send_to(const char *url, const char *nets, const char *body, size_t len, uint64_t timeout_ms)
{
	struct proto_msg m = { .type = PROTO_PUSH, .tag = ++tag, .push = { .url = url, .content_type = "text/x; charset=y",
	    .body = { body, len }, .timeout_ms = timeout_ms, .nets = nets } };

	rig_send(&worker, &m);
}

static const char *url(const char *path)
{
	static char text[100];

	snprintf(text, sizeof(text), "http://127.0.0.1:%d%s", sink.port, path);
	return text;
}

static struct proto_pushed *hear(void)
{
	static struct proto_msg m;

	ck_assert(rig_until(&worker, &m, 20000, PROTO_PUSHED, -1));
	return &m.pushed;
}

/* Posted, and the answer. */
static struct proto_pushed *post(const char *path, const char *nets)
{
	send_to(url(path), nets, "x", 1, 10000);
	return hear();
}

/* The next message as it came, for a body lives no longer than its record. */
static size_t raw_answer(char *out, size_t room)
{
	unsigned char head[4];
	size_t len;

	ck_assert(rig_read(&worker, head, 4, now_ms() + 20000));
	len = head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 | (size_t)head[3] << 24;
	ck_assert_uint_le(len, room);
	ck_assert(rig_read(&worker, out, len, now_ms() + 20000));
	return len;
}

static struct proto_pushed read_answer(char *room, size_t size)
{
	size_t len = raw_answer(room, size);
	struct proto_msg m;

	ck_assert(proto_read(room, len, worker.arena, &m));
	ck_assert_int_eq(m.type, PROTO_PUSHED);
	return m.pushed;
}

START_TEST(any_bytes_arrive_and_the_answer_comes_back)
{
	static const char body[] = "\xff\xfe<\0a\0>\0";
	static char room[1000];
	struct proto_pushed p;
	static const char want[] = "text/x; charset=y\n\xff\xfe<\0a\0>\0";

	send_to(url("/200"), "", body, sizeof(body) - 1, 10000);
	p = read_answer(room, sizeof(room));
	ck_assert_uint_eq(p.status, 200);
	ck_assert_str_eq(p.text, "");
	ck_assert_uint_eq(p.body.len, sizeof(want) - 1);
	ck_assert_mem_eq(p.body.at, want, sizeof(want) - 1);
}
END_TEST

START_TEST(a_large_event_arrives_whole)
{
	size_t len = 600000;
	AUTO_FREE char *body = malloc(len);
	static char room[PROTO_REPLY_MAX + 1000];
	struct proto_pushed p;

	memset(body, 'e', len);
	send_to(url("/200"), "", body, len, 10000);
	p = read_answer(room, sizeof(room));
	ck_assert_uint_eq(p.status, 200);
	ck_assert_uint_eq(p.body.len, PROTO_REPLY_MAX);		/* what it sent back is longer */
}
END_TEST

START_TEST(every_status_is_an_answer_and_a_redirect_is_not_followed)
{
	ck_assert_uint_eq(post("/500", "")->status, 500);
	ck_assert_uint_eq(post("/302", "")->status, 302);
	ck_assert_uint_eq(post("/401", "")->status, 401);
	send_to(url("/count"), "", "", 0, 10000);
	{
		static char room[1000];
		struct proto_pushed p = read_answer(room, sizeof(room));

		ck_assert_uint_eq(p.body.len, 1);
		ck_assert_int_eq(p.body.at[0], '3');
	}
}
END_TEST

START_TEST(a_sink_that_hangs_ends_in_time_and_holds_up_nothing)
{
	struct proto_msg check = { .type = PROTO_CHECK, .tag = 1000, .check = { .path = "/tmp/f" } }, m;
	uint64_t begin = now_ms();

	for (unsigned i = 0; i < PROTO_PUSHES; i++)
		send_to(url("/hang"), "", "x", 1, 2000);
	send_to(url("/200"), "", "x", 1, 2000);
	rig_send(&worker, &check);
	ck_assert(rig_next(&worker, &m, 1500));
	ck_assert_int_eq(m.type, PROTO_PUSHED);			/* the ninth: no room */
	ck_assert_uint_eq(m.tag, PROTO_PUSHES + 1);
	ck_assert_uint_eq(m.pushed.status, 0);
	ck_assert(rig_next(&worker, &m, 1500));
	ck_assert_int_eq(m.type, PROTO_CHECKED);
	for (unsigned i = 0; i < PROTO_PUSHES; i++) {
		struct proto_pushed *p = hear();

		ck_assert_uint_eq(p->status, 0);
		ck_assert_str_ne(p->text, "");
	}
	ck_assert_uint_ge(now_ms() - begin, 2000);
	ck_assert_uint_eq(post("/200", "")->status, 200);
}
END_TEST

START_TEST(nobody_there_is_told_in_words)
{
	struct proto_pushed *p;

	send_to("http://127.0.0.1:9/", "", "x", 1, 5000);
	p = hear();
	ck_assert_uint_eq(p->status, 0);
	ck_assert_str_eq(p->text, "Sending to http://127.0.0.1:9/ failed: no connection to the server (Connection refused).");
}
END_TEST

static const struct { const char *nets; bool good; } guards[] = { { "127.0.0.0/8", true }, { "10.0.0.0/8", false },
    { "0.0.0.0/0", false }, { "::/0", false }, { "10.0.0.0/8 127.0.0.1/32", true }, { "127.0.0.0/7", false } };

START_TEST(the_address_that_is_connected_to_decides)
{
	struct proto_pushed *p;
	char name[100];

	ck_assert_uint_eq(post("/200", "")->status, 200);	/* a connection that is not to be used again for others */
	ck_assert_uint_eq(post("/200", guards[_i].nets)->status, guards[_i].good ? 200 : 0);
	snprintf(name, sizeof(name), "http://localhost:%d/200", sink.port);
	send_to(name, guards[_i].nets, "x", 1, 5000);
	p = hear();
	ck_assert_uint_eq(p->status, guards[_i].good ? 200 : 0);
	ck_assert_msg(guards[_i].good || strstr(p->text, "address"), "%s", p->text);
}
END_TEST

static const char *judge(const char *address, const char *nets)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in = { .sin_family = AF_INET };

	if (inet_pton(AF_INET, address, &in.sin_addr) == 1)
		return netguard_refuses_outside((struct sockaddr *)&in, sizeof(in), nets);
	ck_assert_int_eq(inet_pton(AF_INET6, address, &in6.sin6_addr), 1);
	return netguard_refuses_outside((struct sockaddr *)&in6, sizeof(in6), nets);
}

START_TEST(special_addresses_are_for_subnets_that_hold_nothing_else)
{
	ck_assert_ptr_null(judge("203.0.113.9", "203.0.113.0/24"));
	ck_assert_ptr_nonnull(judge("203.0.114.9", "203.0.113.0/24"));
	ck_assert_ptr_nonnull(judge("203.0.113.9", ""));
	ck_assert_ptr_nonnull(judge("203.0.113.9", "nonsense 203.0.113.9"));
	ck_assert_ptr_null(judge("203.0.113.9", "  2001:db8::/32   203.0.113.9/32 "));
	ck_assert_ptr_null(judge("2001:db8::9", "2001:db8::/32"));
	ck_assert_ptr_nonnull(judge("2001:db9::9", "2001:db8::/32"));
	ck_assert_ptr_null(judge("::ffff:203.0.113.9", "203.0.113.0/24"));
	ck_assert_ptr_nonnull(judge("169.254.169.254", "0.0.0.0/0"));
	ck_assert_ptr_nonnull(judge("169.254.169.254", "168.0.0.0/6"));
	ck_assert_ptr_null(judge("169.254.169.254", "169.254.0.0/16"));
	ck_assert_ptr_null(judge("::1", "::1/128"));
	ck_assert_ptr_nonnull(judge("::1", "::/64"));
	ck_assert_ptr_nonnull(judge("::ffff:127.0.0.1", "::/0"));
	ck_assert_ptr_null(judge("::ffff:127.0.0.1", "127.0.0.0/8"));
}
END_TEST

START_TEST(a_certificate_nobody_vouches_for_is_refused)
{
	struct made m = certs_make((struct wish){ .name = "localhost", .alt = "DNS:localhost,IP:127.0.0.1" });
	char dir[256], cert[300], key[300], text[100];
	struct faults tls;
	struct proto_pushed *p;
	FILE *f;

	box_make(dir, sizeof(dir), "push");
	snprintf(cert, sizeof(cert), "%s/c.pem", dir);
	snprintf(key, sizeof(key), "%s/k.pem", dir);
	f = fopen(cert, "w");
	PEM_write_X509(f, m.cert);
	fclose(f);
	f = fopen(key, "w");
	PEM_write_PrivateKey(f, m.key, NULL, NULL, 0, NULL, NULL);
	fclose(f);
	ck_assert(faults_start_other(&tls, DRAY_SOURCE_DIR "/tests/peer/sink.py", cert, key));
	snprintf(text, sizeof(text), "https://127.0.0.1:%d/200", tls.port);
	send_to(text, "", "x", 1, 10000);
	p = hear();
	ck_assert_uint_eq(p->status, 0);
	ck_assert_msg(strstr(p->text, "certificate"), "%s", p->text);
	faults_stop(&tls);
	X509_free(m.cert);
	EVP_PKEY_free(m.key);
	box_remove(dir);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("worker_push");
	TCase *t = tcase_create("push");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, any_bytes_arrive_and_the_answer_comes_back);
	tcase_add_test(t, a_large_event_arrives_whole);
	tcase_add_test(t, every_status_is_an_answer_and_a_redirect_is_not_followed);
	tcase_add_test(t, a_sink_that_hangs_ends_in_time_and_holds_up_nothing);
	tcase_add_test(t, nobody_there_is_told_in_words);
	tcase_add_loop_test(t, the_address_that_is_connected_to_decides, 0, (int)COUNT(guards));
	tcase_add_test(t, special_addresses_are_for_subnets_that_hold_nothing_else);
	tcase_add_test(t, a_certificate_nobody_vouches_for_is_refused);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
