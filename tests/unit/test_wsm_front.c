/* SPDX-License-Identifier: MIT
 * tests/unit/test_wsm_front.c: the HTTP front over real loopback sockets, with raw bytes.
 */
#include "tests/unit/test_wsm_util.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/base/now.h"

#define BASIC_GOOD "Authorization: Basic YW5uOnNlY3JldA==\r\n"	/* ann:secret */
#define BASIC_BAD "Authorization: Basic YW5uOnNlY3JldHQ=\r\n"
#define BASIC_BUSY "Authorization: Basic YnVzeTpidXN5\r\n"		/* busy:busy */
#define TYPE "Content-Type: application/soap+xml;charset=UTF-8\r\n"
#define HOST "Host: h\r\n"
#define IDENTIFY                                                                                               \
	"<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\""                                      \
	" xmlns:i=\"http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd\"><s:Body><i:Identify/></" \
	"s:Body>"                                                                                              \
	"</s:Envelope>"

static struct wsm_service *svc;
static struct wsm_front *front;
static int port;
static char sock_path[64];
static int held_fd = -1;	/* readable once the provider holds a call */
static bool refuse_peer;
static unsigned peer_uid;

/* ---- a fake authenticator, which answers through the mailbox as the real one does ---- */

static void login_mail(struct mail *mail)
{
	struct wsm_login *login = CONTAINER(mail, struct wsm_login, mail);

	login->done(login);
}

static void fake_basic(void *ctx, struct wsm_login *login)
{
	(void)ctx;
	login->result = LOGIN_DENIED;
	if (!strcmp(login->user, "ann") && !strcmp(login->password, "secret")) {
		login->result = LOGIN_OK;
		login->caller = util_user;
	} else if (!strcmp(login->user, "busy")) {
		login->result = LOGIN_BUSY;
	}
	login->mail.run = login_mail;
	mailbox_post(login->home, &login->mail);
}

static bool fake_peer(void *ctx, unsigned uid, int pid, struct prov_caller *ret)
{
	(void)ctx;
	peer_uid = uid;
	*ret = util_user;
	return !refuse_peer && pid == getpid();
}

static void held(void)
{
	uint64_t one = 1;

	ck_assert_int_eq(write(held_fd, &one, sizeof(one)), sizeof(one));
}

static struct prov_call *await_held(void)
{
	uint64_t count;

	ck_assert_int_eq(poll(&(struct pollfd){ .fd = held_fd, .events = POLLIN }, 1, 5000), 1);
	ck_assert_int_eq(read(held_fd, &count, sizeof(count)), sizeof(count));
	return util_held;
}

/* ---- the front under test ---- */

static int listen_tcp(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	ck_assert_int_eq(listen(fd, 2048), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
	port = ntohs(addr.sin_port);
	return fd;
}

static int listen_unix(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	snprintf(sock_path, sizeof(sock_path), "/tmp/dray-test-%d.sock", getpid());
	unlink(sock_path);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", sock_path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	ck_assert_int_eq(listen(fd, 64), 0);
	return fd;
}

static void setup(void)
{
	static const struct wsm_auth auth = { .basic = fake_basic, .peer = fake_peer };

	held_fd = eventfd(0, EFD_CLOEXEC);
	util_on_hold = held;
	svc = wsm_service_new(&util_config);
	front = wsm_front_new(svc, &auth, 2);
	ck_assert_ptr_nonnull(front);
	ck_assert(wsm_front_listen(front, listen_tcp(), false));
	ck_assert(wsm_front_listen(front, listen_unix(), true));
	ck_assert(wsm_front_start(front));
}

static void teardown(void)
{
	wsm_front_free(front);
	wsm_service_free(svc);
	unlink(sock_path);
	close(held_fd);
}

/* ---- a client of raw bytes ---- */

static int dial(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval tv = { .tv_sec = 20 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	return fd;
}

static void put(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n < 0)
			return;		/* the front may have had enough */
		text += n;
		len -= (size_t)n;
	}
}

static void put_post(int fd, const char *target, const char *headers, const char *body)
{
	char *text;

	ck_assert_int_gt(asprintf(&text, "POST %s HTTP/1.1\r\n" HOST "%sContent-Length: %zu\r\n\r\n%s", target,
			     headers, strlen(body), body),
	    0);
	put(fd, text);
	free(text);
}

struct got { int status; char head[2048]; char *body; size_t len; };

static void forget(struct got *g)
{
	free(g->body);
	g->body = NULL;
}

/* One response; status 0: the connection ended instead. */
static struct got take(int fd)
{
	struct got g = { 0 };
	size_t at = 0;
	const char *length;

	while (at + 1 < sizeof(g.head) && !strstr(g.head, "\r\n\r\n")) {
		ssize_t n = recv(fd, g.head + at, 1, 0);

		if (n <= 0) {
			ck_assert_msg(n == 0 || errno == ECONNRESET, "no answer: %s", strerror(errno));
			return g;
		}
		g.head[++at] = '\0';
	}
	g.status = atoi(g.head + strlen("HTTP/1.1 "));
	length = strstr(g.head, "Content-Length: ");
	g.len = length ? strtoul(length + 16, NULL, 10) : 0;
	g.body = calloc(1, g.len + 1);
	for (at = 0; at < g.len;) {
		ssize_t n = recv(fd, g.body + at, g.len - at, 0);

		ck_assert_int_gt(n, 0);
		at += (size_t)n;
	}
	return g;
}

static int status_of(int fd)
{
	struct got g = take(fd);

	forget(&g);
	return g.status;
}

static void assert_ended(int fd)
{
	char byte;
	ssize_t n = recv(fd, &byte, 1, 0);

	ck_assert_msg(n == 0 || (n < 0 && errno == ECONNRESET), "the connection is still open");
	close(fd);
}

static char *get_request(const char *headers)
{
	return util_write(&(struct util_req){ ACT_GET, PRINTER, SEL("Name", "p1"), headers });
}

/* ---- who ---- */

START_TEST(without_proof_401_and_the_connection_goes_on)
{
	int fd = dial();
	unsigned calls = util_calls;
	char *req = get_request(NULL);
	struct util_answer a = { 0 };
	struct got g;

	put_post(fd, "/wsman", TYPE, req);
	g = take(fd);
	ck_assert_int_eq(g.status, 401);
	ck_assert_ptr_nonnull(strstr(g.head, "\r\nWWW-Authenticate: Basic realm=\"WSMAN\"\r\n"));
	ck_assert_ptr_nonnull(strstr(g.head, "\r\nContent-Length: 0\r\n"));
	ck_assert_ptr_null(strstr(g.head, "Connection: close"));
	ck_assert_uint_eq(util_calls, calls);
	forget(&g);
	put_post(fd, "/wsman", TYPE BASIC_GOOD, req);
	g = take(fd);
	ck_assert_int_eq(g.status, 200);
	ck_assert_ptr_nonnull(strstr(g.head, "\r\nContent-Type: application/soap+xml;charset=UTF-8\r\n"));
	util_parse(&a, g.body, g.len);
	ck_assert_str_eq(util_x(&a, "//c:Printer/c:Name"), "p1");
	util_forget(&a);
	forget(&g);
	put_post(fd, "/wsman", TYPE, req);	/* Basic is per request */
	ck_assert_int_eq(status_of(fd), 401);
	free(req);
	close(fd);
}
END_TEST

START_TEST(an_empty_post_without_anything_is_401_and_with_proof_200)
{
	int fd = dial();

	put_post(fd, "/wsman", "", "");
	ck_assert_int_eq(status_of(fd), 401);
	put_post(fd, "/wsman", BASIC_GOOD, "");
	ck_assert_int_eq(status_of(fd), 200);
	put(fd, "POST /wsman HTTP/1.1\r\n" HOST BASIC_GOOD "\r\n");
	ck_assert_int_eq(status_of(fd), 200);
	close(fd);
}
END_TEST

START_TEST(three_wrong_passwords_end_the_connection)
{
	int fd = dial();

	for (int i = 0; i < 3; i++) {
		put_post(fd, "/wsman", TYPE BASIC_BAD, "<x/>");
		ck_assert_int_eq(status_of(fd), 401);
	}
	assert_ended(fd);
}
END_TEST

START_TEST(headers_that_are_no_proof_are_401)
{
	static const char *const headers[] = { "Authorization: \r\n", "Authorization: Basic\r\n",
		"Authorization: Basic !!!!\r\n", "Authorization: Basic YW5u\r\n",
		"Authorization: Basic YW5uOgBz\r\n", "Authorization: Bearer YW5uOnNlY3JldA==\r\n",
		"Authorization: Negotiate YW5uOnNlY3JldA==\r\n",
		"Proxy-Authorization: Basic YW5uOnNlY3JldA==\r\n", "Authorization: Basic Og==\r\n" };
	char *req = get_request(NULL), text[512];
	unsigned calls = util_calls;

	for (size_t i = 0; i < COUNT(headers); i++) {
		int fd = dial();

		snprintf(text, sizeof(text), TYPE "%s", headers[i]);
		put_post(fd, "/wsman", text, req);
		ck_assert_msg(status_of(fd) == 401, "%s", headers[i]);
		close(fd);
	}
	ck_assert_uint_eq(util_calls, calls);
	free(req);
}
END_TEST

START_TEST(a_busy_authenticator_is_503_with_a_time)
{
	int fd = dial();
	struct got g;

	put_post(fd, "/wsman", TYPE BASIC_BUSY, IDENTIFY);
	g = take(fd);
	ck_assert_int_eq(g.status, 503);
	ck_assert_ptr_nonnull(strstr(g.head, "\r\nRetry-After: 1\r\n"));
	forget(&g);
	put_post(fd, "/wsman", TYPE BASIC_GOOD, IDENTIFY);
	ck_assert_int_eq(status_of(fd), 200);
	close(fd);
}
END_TEST

START_TEST(identify_needs_no_proof_on_its_two_routes)
{
	int fd = dial();
	char *req = get_request(NULL);

	put_post(fd, "/wsman-anon/identify", TYPE, IDENTIFY);
	ck_assert_int_eq(status_of(fd), 200);
	put_post(fd, "/wsman", TYPE "WSMANIDENTIFY: unauthenticated\r\n", IDENTIFY);
	ck_assert_int_eq(status_of(fd), 200);
	put_post(fd, "/wsman", TYPE "WSMANIDENTIFY: unauthenticated\r\n", req);
	ck_assert_int_eq(status_of(fd), 500);
	put_post(fd, "/wsman-anon/identify", TYPE, req);
	ck_assert_int_eq(status_of(fd), 500);
	put_post(fd, "/wsman", TYPE, IDENTIFY);
	ck_assert_int_eq(status_of(fd), 401);
	free(req);
	close(fd);
}
END_TEST

static int dial_unix(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", sock_path);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

START_TEST(the_unix_socket_knows_its_peer)
{
	int fd = dial_unix();
	char *req = get_request(NULL);

	put_post(fd, "/wsman", TYPE, req);
	ck_assert_int_eq(status_of(fd), 200);
	ck_assert_uint_eq(peer_uid, getuid());
	close(fd);
	refuse_peer = true;
	fd = dial_unix();
	put_post(fd, "/wsman", TYPE, req);
	ck_assert_int_eq(status_of(fd), 403);
	close(fd);
	refuse_peer = false;
	free(req);
}
END_TEST

/* ---- what ---- */

START_TEST(paths_methods_and_types)
{
	static const struct { const char *start, *headers; int status;
	} cases[] = {
		{ "POST /wsman/ HTTP/1.1", TYPE BASIC_GOOD, 200 },
		{ "POST /wsman?PSVersion=5.1 HTTP/1.1", TYPE BASIC_GOOD, 200 },
		{ "POST /wsman/?x HTTP/1.1",
		    "Content-Type: Application/SOAP+xml ; charset=\"utf-8\"\r\n" BASIC_GOOD, 200 },
		{ "POST /wsman HTTP/1.1", "Content-Type: text/xml\r\n" BASIC_GOOD, 200 },
		{ "POST /other HTTP/1.1", TYPE BASIC_GOOD, 404 },
		{ "POST /wsman/../etc HTTP/1.1", TYPE BASIC_GOOD, 404 },
		{ "POST //wsman HTTP/1.1", TYPE BASIC_GOOD, 404 },
		{ "POST /%77sman HTTP/1.1", TYPE BASIC_GOOD, 404 },
		{ "GET /wsman HTTP/1.1", TYPE BASIC_GOOD, 405 },
		{ "post /wsman HTTP/1.1", TYPE BASIC_GOOD, 405 },
		{ "OPTIONS /wsman HTTP/1.1", "", 405 },
		{ "POST /wsman HTTP/1.1", "Content-Type: text/plain\r\n" BASIC_GOOD, 415 },
		{ "POST /wsman HTTP/1.1", BASIC_GOOD, 415 },
		{ "POST /wsman HTTP/1.1", TYPE "Content-Encoding: gzip\r\n" BASIC_GOOD, 415 },
		{ "POST /wsman HTTP/1.1", TYPE "Origin: http://evil.test\r\n" BASIC_GOOD, 403 },
		{ "POST /wsman HTTP/1.1", "Content-Type: application/soap+xml;charset=UTF-16\r\n" BASIC_GOOD,
		    500 },	/* it is not */
	};
	char *text;

	for (size_t i = 0; i < COUNT(cases); i++) {
		int fd = dial();
		struct got g;

		ck_assert_int_gt(asprintf(&text, "%s\r\n" HOST "%sContent-Length: %zu\r\n\r\n" IDENTIFY,
				     cases[i].start, cases[i].headers, strlen(IDENTIFY)),
		    0);
		put(fd, text);
		free(text);
		g = take(fd);
		ck_assert_msg(g.status == cases[i].status, "%s: %d", cases[i].start, g.status);
		if (g.status == 405)
			ck_assert_ptr_nonnull(strstr(g.head, "\r\nAllow: POST\r\n"));
		put_post(fd, "/wsman", TYPE BASIC_GOOD, IDENTIFY);	/* the connection goes on */
		ck_assert_int_eq(status_of(fd), 200);
		forget(&g);
		close(fd);
	}
}
END_TEST

START_TEST(what_two_readers_could_read_differently_is_400)
{
	static const char *const bad[] = {
		"POST /wsman HTTP/1.1\r\n" HOST BASIC_GOOD TYPE
		"Content-Length: 4\r\nContent-Length: 4\r\n\r\n<x/>",
		"POST /wsman HTTP/1.1\r\n" HOST BASIC_GOOD TYPE
		"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n<x/>",
		"POST /wsman HTTP/1.1\r\n" HOST BASIC_GOOD TYPE "Content-Length: -1\r\n\r\n<x/>",
		"POST /wsman HTTP/1.1\r\n" HOST BASIC_GOOD TYPE "Content-Length: +4\r\n\r\n<x/>",
		"POST /wsman HTTP/1.1\r\n" HOST BASIC_GOOD TYPE "Content-Length: 4, 4\r\n\r\n<x/>",
		"POST /wsman HTTP/1.1\r\n" HOST BASIC_GOOD TYPE "Content-Length: 0x4\r\n\r\n<x/>",
		"POST /wsman HTTP/1.1\r\n" HOST BASIC_GOOD TYPE "Content-Length:\r\n\r\n<x/>",
		"POST /wsman HTTP/1.1\r\n" HOST BASIC_GOOD TYPE "Content-Length : 4\r\n\r\n<x/>",
		"POST /wsman HTTP/1.1\r\n" HOST BASIC_GOOD TYPE "Content-Length: 4\n\r\n\r\n<x/>",
		"POST /wsman HTTP/1.1\r\n" HOST BASIC_GOOD TYPE "X: a\r\n b\r\nContent-Length: 4\r\n\r\n<x/>",
		"POST /wsman HTTP/1.1\r\n" HOST BASIC_GOOD TYPE "X: a\x01\r\nContent-Length: 4\r\n\r\n<x/>",
		"POST /wsman HTTP/1.1\r\n" HOST BASIC_GOOD BASIC_BAD TYPE "Content-Length: 4\r\n\r\n<x/>",
		"POST /wsman HTTP/1.1\r\n" HOST HOST BASIC_GOOD TYPE "Content-Length: 4\r\n\r\n<x/>",
		"POST /wsman HTTP/1.1\r\n" BASIC_GOOD TYPE "Content-Length: 4\r\n\r\n<x/>",
		"POST /wsman HTTP/1.1\r\n" HOST "no colon\r\n\r\n",
		"POST /wsman HTTP/1.1\r\n" HOST ": empty\r\n\r\n",
		"POST  /wsman HTTP/1.1\r\n" HOST "\r\n",
		"POST /wsman\r\n" HOST "\r\n",
		"POST http://other/wsman HTTP/1.1\r\n" HOST "\r\n",
		"POST /wsman HTTP/1.0\r\n" BASIC_GOOD TYPE "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST /wsman HTTP/1.1\r\n" HOST BASIC_GOOD TYPE "Transfer-Encoding: chunked\r\n"
		"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST /wsman HTTP/1.1\r\n" HOST BASIC_GOOD TYPE "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
		"POST /wsman HTTP/1.1\r\n" HOST BASIC_GOOD TYPE
		"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFF\r\n\r\n",
		"POST /wsman HTTP/1.1\r\n" HOST BASIC_GOOD TYPE "Transfer-Encoding: chunked\r\n\r\n4\n<x/>",
		"POST /wsman HTTP/1.1\r\n" HOST BASIC_GOOD TYPE
		"Transfer-Encoding: chunked\r\n\r\n4\r\n<x/>0\r\n\r\n",
		"<s:Envelope/>",
		"\x16\x03\x01\x02",
		"--boundary\r\n\r\n",
		"\x0c\x20\r\n\r\n",
	};
	unsigned calls = util_calls;

	for (size_t i = 0; i < COUNT(bad); i++) {
		int fd = dial();
		struct got g;

		put(fd, bad[i]);
		g = take(fd);
		ck_assert_msg(g.status == 400, "%s\n-> %d", bad[i], g.status);
		ck_assert_ptr_nonnull(strstr(g.head, "\r\nConnection: close\r\n"));
		forget(&g);
		assert_ended(fd);
	}
	ck_assert_uint_eq(util_calls, calls);
}
END_TEST

START_TEST(other_refusals_of_a_head)
{
	static const struct { const char *head; int status; } cases[] = {
		{ "POST /wsman HTTP/1.2\r\n" HOST "\r\n", 505 },
		{ "POST /wsman HTTP/1.1\r\n" HOST TYPE "Transfer-Encoding: gzip\r\n\r\n", 501 },
		{ "POST /wsman HTTP/1.1\r\n" HOST TYPE "Transfer-Encoding: chunked, identity\r\n\r\n", 501 },
		{ "POST /wsman HTTP/1.1\r\n" HOST TYPE "Expect: 200-ok\r\nContent-Length: 4\r\n\r\n", 417 },
	};
	char *big;
	int fd;

	for (size_t i = 0; i < COUNT(cases); i++) {
		fd = dial();
		put(fd, cases[i].head);
		ck_assert_int_eq(status_of(fd), cases[i].status);
		assert_ended(fd);
	}
	big = calloc(1, 200000); /* one line too long, then too many lines, then too much of everything */
	sprintf(big, "POST /wsman HTTP/1.1\r\n" HOST "X: %09000d\r\n\r\n", 1);
	fd = dial();
	put(fd, big);
	ck_assert_int_eq(status_of(fd), 431);
	assert_ended(fd);
	strcpy(big, "POST /wsman HTTP/1.1\r\n" HOST);
	for (int i = 0; i < 65; i++)
		strcat(big, "X: y\r\n");
	strcat(big, "\r\n");
	fd = dial();
	put(fd, big);
	ck_assert_int_eq(status_of(fd), 431);
	assert_ended(fd);
	memset(big, 'A', 199999);
	fd = dial();
	put(fd, big);
	ck_assert_int_eq(status_of(fd), 431);
	assert_ended(fd);
	free(big);
}
END_TEST

START_TEST(a_body_over_the_limit_is_413_and_not_read)
{
	int fd = dial();
	char *big = malloc(600001);
	unsigned calls = util_calls;

	memset(big, ' ', 600000);
	big[600000] = '\0';
	put(fd, "POST /wsman HTTP/1.1\r\n" HOST BASIC_GOOD TYPE "Content-Length: 4294967296\r\n\r\n");
	ck_assert_int_eq(status_of(fd), 413);	/* before a byte of it was sent */
	assert_ended(fd);
	fd = dial();
	put_post(fd, "/wsman", TYPE BASIC_GOOD, big);
	ck_assert_int_eq(status_of(fd), 413);
	assert_ended(fd);
	fd = dial();
	put(fd, "POST /wsman HTTP/1.1\r\n" HOST BASIC_GOOD TYPE "Transfer-Encoding: chunked\r\n\r\n927C0\r\n");
	put(fd, big);
	ck_assert_int_eq(status_of(fd), 413);
	close(fd);
	ck_assert_uint_eq(util_calls, calls);
	free(big);
}
END_TEST

START_TEST(chunks_and_single_bytes_make_a_request_too)
{
	char *req = get_request(NULL), *text;
	size_t half = strlen(req) / 2;
	int fd = dial();

	ck_assert_int_gt(asprintf(&text,
			     "POST /wsman HTTP/1.1\r\n" HOST BASIC_GOOD TYPE
			     "Transfer-Encoding: "
			     "Chunked\r\n\r\n%zx;ext=\"1\"\r\n%.*s\r\n%zX\r\n%s\r\n0\r\nTrailer: x\r\n\r\n",
			     half, (int)half, req, strlen(req) - half, req + half),
	    0);
	put(fd, text);
	ck_assert_int_eq(status_of(fd), 200);
	for (const char *p = text; *p; p++)
		ck_assert_int_eq(send(fd, p, 1, 0), 1);
	ck_assert_int_eq(status_of(fd), 200);
	put_post(fd, "/wsman", TYPE BASIC_GOOD, req);
	ck_assert_int_eq(status_of(fd), 200);
	free(text);
	free(req);
	close(fd);
}
END_TEST

START_TEST(pipelined_requests_are_answered_in_order_and_garbage_ends_it)
{
	int fd = dial();

	put_post(fd, "/wsman", TYPE BASIC_GOOD, IDENTIFY);
	put_post(fd, "/nowhere", TYPE BASIC_GOOD, IDENTIFY);
	put_post(fd, "/wsman", TYPE BASIC_GOOD, IDENTIFY);
	put(fd, "garbage\r\n\r\n");
	ck_assert_int_eq(status_of(fd), 200);
	ck_assert_int_eq(status_of(fd), 404);
	ck_assert_int_eq(status_of(fd), 200);
	ck_assert_int_eq(status_of(fd), 400);
	assert_ended(fd);
}
END_TEST

START_TEST(expect_gets_100_only_when_the_body_is_wanted)
{
	char head[512], *req = get_request(NULL);
	struct got g;
	int fd = dial();

	snprintf(head, sizeof(head), "POST /wsman HTTP/1.1\r\n" HOST TYPE BASIC_GOOD "Expect: 100-continue\r\n"
	    "Content-Length: %zu\r\n\r\n", strlen(req));
	put(fd, head);
	g = take(fd);
	ck_assert_int_eq(g.status, 100);
	forget(&g);
	put(fd, req);
	ck_assert_int_eq(status_of(fd), 200);
	snprintf(head, sizeof(head), "POST /wsman HTTP/1.1\r\n" HOST TYPE "Expect: 100-continue\r\n"
	    "Content-Length: %zu\r\n\r\n", strlen(req));
	put(fd, head);
	ck_assert_int_eq(status_of(fd), 401);
	assert_ended(fd);
	free(req);
}
END_TEST

START_TEST(http_10_closes_unless_asked)
{
	char *text;
	int fd = dial();
	struct got g;

	ck_assert_int_gt(asprintf(&text,
			     "POST /wsman HTTP/1.0\r\n" TYPE BASIC_GOOD
			     "Connection: Keep-Alive\r\nContent-Length: %zu\r\n\r\n" IDENTIFY
			     "POST /wsman HTTP/1.0\r\n" TYPE BASIC_GOOD "Content-Length: %zu\r\n\r\n" IDENTIFY,
			     strlen(IDENTIFY), strlen(IDENTIFY)),
	    0);
	put(fd, text);
	g = take(fd);
	ck_assert_int_eq(g.status, 200);
	ck_assert_ptr_nonnull(strstr(g.head, "\r\nConnection: keep-alive\r\n"));
	forget(&g);
	ck_assert_int_eq(status_of(fd), 200);
	assert_ended(fd);
	fd = dial();
	put_post(fd, "/wsman", TYPE BASIC_GOOD "Connection: close\r\n", IDENTIFY);
	ck_assert_int_eq(status_of(fd), 200);
	assert_ended(fd);
	free(text);
}
END_TEST

START_TEST(a_half_closed_client_gets_its_answer)
{
	int fd = dial();

	put_post(fd, "/wsman", TYPE BASIC_GOOD, IDENTIFY);
	shutdown(fd, SHUT_WR);
	ck_assert_int_eq(status_of(fd), 200);
	assert_ended(fd);
}
END_TEST

/* ---- when ---- */

START_TEST(a_slow_provider_is_given_up_in_time)
{
	char *req = get_request("<w:OperationTimeout>PT0.5S</w:OperationTimeout>");
	uint64_t start = now_ms();
	struct util_answer a = { 0 };
	struct prov_call *call;
	struct got g;
	int fd = dial();

	util_hold = true;
	put_post(fd, "/wsman", TYPE BASIC_GOOD, req);
	call = await_held();
	g = take(fd);
	ck_assert_int_eq(g.status, 500);
	ck_assert_uint_ge(now_ms() - start, 450);
	a.status = g.status;
	util_parse(&a, g.body, g.len);
	util_assert_fault(&a, "s:Receiver", "w:TimedOut", "", "2150858793");
	util_forget(&a);
	forget(&g);
	util_hold = false;
	prov_done(call, ERR_OK);
	put_post(fd, "/wsman", TYPE BASIC_GOOD, req);
	ck_assert_int_eq(status_of(fd), 200);
	free(req);
	close(fd);
}
END_TEST

START_TEST(a_client_that_leaves_harms_nobody)
{
	char *req = get_request(NULL);
	struct linger rude = { .l_onoff = 1 };
	struct prov_call *call;
	int fd = dial();

	util_hold = true;
	put_post(fd, "/wsman", TYPE BASIC_GOOD, req);
	call = await_held();
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &rude, sizeof(rude));
	close(fd);
	util_hold = false;
	prov_done(call, ERR_OK);
	fd = dial();
	put_post(fd, "/wsman", TYPE BASIC_GOOD, req);
	ck_assert_int_eq(status_of(fd), 200);
	close(fd);
	free(req);
}
END_TEST

static void *stop_front(void *arg)
{
	(void)arg;
	wsm_front_stop(front);
	return NULL;
}

START_TEST(stopping_lets_a_running_request_end)
{
	char *req = get_request(NULL);
	int fd = dial(), idle = dial();
	struct prov_call *call;
	pthread_t id;

	util_hold = true;
	put_post(fd, "/wsman", TYPE BASIC_GOOD, req);
	call = await_held();
	ck_assert_int_eq(pthread_create(&id, NULL, stop_front, NULL), 0);
	assert_ended(idle);
	util_hold = false;
	prov_done(call, ERR_OK);
	ck_assert_int_eq(status_of(fd), 200);
	assert_ended(fd);
	pthread_join(id, NULL);
	free(req);
}
END_TEST

START_TEST(stopping_waits_only_so_long)
{
	char *req = get_request(NULL);
	uint64_t start = now_ms();
	struct prov_call *call;
	int fd = dial();

	util_hold = true;
	put_post(fd, "/wsman", TYPE BASIC_GOOD, req);
	call = await_held();
	wsm_front_stop(front);
	ck_assert_uint_lt(now_ms() - start, 5000);
	ck_assert_int_eq(status_of(fd), 500);
	util_hold = false;
	prov_done(call, ERR_OK);	/* the engine answers while the front is gone; free() sees to it */
	close(fd);
	free(req);
}
END_TEST

START_TEST(a_dribbling_client_is_ended)
{
	static const char head[] =
	    "POST /wsman HTTP/1.1\r\nHost: h\r\nX: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	uint64_t start = now_ms();
	int fd = dial(), silent = dial();
	size_t at = 0;

	while (poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 500) == 0) {
		ck_assert_uint_lt(now_ms() - start, 20000);
		ck_assert_uint_lt(at, strlen(head));
		ck_assert_int_eq(send(fd, head + at++, 1, MSG_NOSIGNAL), 1);
	}
	ck_assert_int_eq(status_of(fd), 408);
	close(fd);
	assert_ended(silent);
	ck_assert_uint_lt(now_ms() - start, 20000);
}
END_TEST

static void allow_files(void)
{
	struct rlimit lim;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &lim), 0);
	lim.rlim_cur = 4096 < lim.rlim_max ? 4096 : lim.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &lim), 0);
}

START_TEST(idle_connections_do_not_lock_others_out)
{
	int fds[1100], fd;

	allow_files();
	for (size_t i = 0; i < COUNT(fds); i++)
		fds[i] = dial();
	fd = dial();
	put_post(fd, "/wsman", TYPE BASIC_GOOD, IDENTIFY);
	ck_assert_int_eq(status_of(fd), 200);
	close(fd);
	for (size_t i = 0; i < COUNT(fds); i++)
		close(fds[i]);
}
END_TEST

/* Chance decides which thread takes how many; nearly as many as there may be, so that no thread has just half. */
START_TEST(a_thousand_idle_connections_stay_open)
{
	int fds[1020];

	allow_files();
	for (size_t i = 0; i < COUNT(fds); i++) {
		fds[i] = dial();
		put_post(fds[i], "/wsman", TYPE BASIC_GOOD, IDENTIFY);
		ck_assert_int_eq(status_of(fds[i]), 200);
	}
	for (size_t i = 0; i < COUNT(fds); i++) {
		put_post(fds[i], "/wsman", TYPE BASIC_GOOD, IDENTIFY);
		ck_assert_int_eq(status_of(fds[i]), 200);
		close(fds[i]);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wsm_front");
	TCase *tc = tcase_create("front");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 40);
	tcase_add_test(tc, without_proof_401_and_the_connection_goes_on);
	tcase_add_test(tc, an_empty_post_without_anything_is_401_and_with_proof_200);
	tcase_add_test(tc, three_wrong_passwords_end_the_connection);
	tcase_add_test(tc, headers_that_are_no_proof_are_401);
	tcase_add_test(tc, a_busy_authenticator_is_503_with_a_time);
	tcase_add_test(tc, identify_needs_no_proof_on_its_two_routes);
	tcase_add_test(tc, the_unix_socket_knows_its_peer);
	tcase_add_test(tc, paths_methods_and_types);
	tcase_add_test(tc, what_two_readers_could_read_differently_is_400);
	tcase_add_test(tc, other_refusals_of_a_head);
	tcase_add_test(tc, a_body_over_the_limit_is_413_and_not_read);
	tcase_add_test(tc, chunks_and_single_bytes_make_a_request_too);
	tcase_add_test(tc, pipelined_requests_are_answered_in_order_and_garbage_ends_it);
	tcase_add_test(tc, expect_gets_100_only_when_the_body_is_wanted);
	tcase_add_test(tc, http_10_closes_unless_asked);
	tcase_add_test(tc, a_half_closed_client_gets_its_answer);
	tcase_add_test(tc, a_slow_provider_is_given_up_in_time);
	tcase_add_test(tc, a_client_that_leaves_harms_nobody);
	tcase_add_test(tc, stopping_lets_a_running_request_end);
	tcase_add_test(tc, stopping_waits_only_so_long);
	tcase_add_test(tc, a_dribbling_client_is_ended);
	tcase_add_test(tc, idle_connections_do_not_lock_others_out);
	tcase_add_test(tc, a_thousand_idle_connections_stay_open);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
