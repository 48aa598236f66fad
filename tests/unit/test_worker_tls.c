/* SPDX-License-Identifier: MIT
 * tests/unit/test_worker_tls.c: what is wrong with a server's TLS, and what a job may overlook (security: 7, N-24);
 * revocation lists; certificates of the job's own.
 */
#include <openssl/ssl.h>

#include "engine/base/auto.h"
#include "engine/base/loop.h"
#include "engine/worker/flow.h"
#include "engine/worker/xfer_http.h"
#include "engine/worker/xfer_tls.h"
#include "tests/peer/box.h"
#include "tests/peer/certs.h"
#include "tests/peer/origin.h"

static char box[BOX_ROOM], ca_file[100], crl_file[100], cert_dir[100];
static struct loop *loop;
static struct xfer_http *http;
static struct origin origin;
static struct made ca, other_ca;
static const char *listen_as = "ssl http2";

static struct {
	unsigned status;
	uint64_t bytes;
	struct xfer_http_end end;
	char detail[200];
} seen;

static bool on_answer(void *arg, const struct xfer_http_answer *answer)
{
	(void)arg;
	seen.status = answer->plan.status;
	return true;
}

static bool on_bytes(void *arg, const char *bytes, size_t len)
{
	(void)arg;
	(void)bytes;
	seen.bytes += len;
	return true;
}

static void on_end(void *arg, const struct xfer_http_end *end)
{
	(void)arg;
	seen.end = *end;
	snprintf(seen.detail, sizeof(seen.detail), "%s", end->detail ? end->detail : "");
	loop_stop(loop);
}

static void set_up(void)
{
	struct xfer_http_limits limits = { .connect_s = 3, .silent_s = 3, .ca_file = ca_file, .crl_file = crl_file,
		.cert_dirs = { cert_dir, cert_dir } };
	char my[120];

	box_make(box, sizeof(box), "tls");
	snprintf(ca_file, sizeof(ca_file), "%s/ca.pem", box);
	snprintf(crl_file, sizeof(crl_file), "%s/crl.pem", box);
	snprintf(cert_dir, sizeof(cert_dir), "%s/certs", box);
	snprintf(my, sizeof(my), "%s/MY", cert_dir);
	ck_assert(!mkdir(cert_dir, 0755) && !mkdir(my, 0755));
	ca = certs_make((struct wish){ .name = "Authority", .authority = 1 });
	other_ca = certs_make((struct wish){ .name = "Other", .authority = 1 });
	certs_write(ca_file, "w", &ca, 0);
	memset(&seen, 0, sizeof(seen));
	memset(&origin, 0, sizeof(origin));
	loop = loop_new();
	http = xfer_http_new(loop, &limits);
	ck_assert(loop && http);
}

static void tear_down(void)
{
	xfer_http_free(http);
	loop_free(loop);
	origin_stop(&origin);
	certs_free(&ca);
	certs_free(&other_ca);
	box_remove(box);
}

/* The origin with this certificate, its chain being in server.pem already or not. */
static void serve(const struct made *m, const char *mode, const char *extra)
{
	char name[120], www[120];
	FILE *f;

	snprintf(origin.dir, sizeof(origin.dir), "%s", box);
	snprintf(name, sizeof(name), "%s/server.pem", box);
	certs_write(name, mode, m, 0);
	snprintf(name, sizeof(name), "%s/server.key", box);
	certs_write_key(name, m);
	snprintf(www, sizeof(www), "%s/www", box);
	mkdir(www, 0755);
	snprintf(www, sizeof(www), "%s/www/a", box);
	f = fopen(www, "w");
	ck_assert_ptr_nonnull(f);
	fputs("hello", f);
	fclose(f);
	snprintf(origin.extra, sizeof(origin.extra), "ssl_certificate %s/server.pem; ssl_certificate_key %s/server.key; %s",
	    box, box, extra);
	origin.listen = listen_as;
	origin.port = origin_free_port();
	ck_assert(origin_start(&origin));
}

static struct flow *flow;		/* of what is fetched; NULL: full speed */

static void fetch_file(int port, const char *name, const struct xfer_http_how *how)
{
	struct xfer_http_ask ask = { .loopback = true, .plan = { .want = PLAN_WANT_ALL, .if_range = "" }, .how = how, .flow = flow };
	static const struct xfer_http_ops ops = { on_answer, on_bytes, on_end };
	char url[60];

	memset(&seen, 0, sizeof(seen));
	snprintf(url, sizeof(url), "https://127.0.0.1:%d/%s", port, name);
	ask.url = url;
	ck_assert_ptr_nonnull(xfer_http_get(http, &ask, &ops, NULL));
	loop_run(loop);
}

static void fetch_from(int port, const struct xfer_http_how *how)
{
	fetch_file(port, "a", how);
}

static void fetch(uint64_t security)
{
	struct xfer_http_how how = { .security = security, .proxy_usage = XFER_PROXY_NONE };

	fetch_from(origin.port, &how);
}

static void assert_fetched(void)
{
	ck_assert_msg(seen.end.ok, "0x%08x %s", seen.end.why.hresult, seen.end.why.text);
	ck_assert_uint_eq(seen.status, 200);
	ck_assert_uint_eq(seen.bytes, 5);
}

static void assert_refused(uint32_t hresult)
{
	ck_assert(!seen.end.ok && !seen.bytes);
	ck_assert_msg(seen.end.why.hresult == hresult, "0x%08x %s", seen.end.why.hresult, seen.end.why.text);
	ck_assert_msg(!seen.end.why.transient, "%s", seen.detail);
}

#define HERE .name = "server", .alt = "IP:127.0.0.1"
#define ALL_FLAGS 0x1eu

static const struct { const char *what; struct wish wish; char by; uint32_t hresult; uint64_t flag; } kinds[] = {
	{ "expired", { HERE, .from_s = -7200, .to_s = -3600 }, 'c', 0x80072F05, XFER_ANY_DATE },
	{ "not yet valid", { HERE, .from_s = 3600, .to_s = 7200 }, 'c', 0x80072F05, XFER_ANY_DATE },
	{ "wrong name", { .name = "server", .alt = "DNS:elsewhere.test" }, 'c', 0x80072F06, XFER_ANY_NAME },
	{ "self-signed", { HERE }, 's', 0x80072F0D, XFER_ANY_CA },
	{ "unknown authority", { HERE }, 'o', 0x80072F0D, XFER_ANY_CA },
	{ "wrong usage", { HERE, .usage = "clientAuth" }, 'c', 0x80072F93, XFER_ANY_USAGE },
	{ "weak key", { HERE, .rsa_bits = 1024 }, 'c', 0x80072F0D, 0 },
};

START_TEST(n24_what_is_wrong_is_told_and_only_its_own_flag_overlooks_it)
{
	struct wish wish = kinds[_i].wish;
	struct made m;

	wish.by = kinds[_i].by == 'c' ? &ca : kinds[_i].by == 'o' ? &other_ca : NULL;
	m = certs_make(wish);
	serve(&m, "w", "ssl_ciphers DEFAULT:@SECLEVEL=0;");
	fetch(0);
	assert_refused(kinds[_i].hresult);
	fetch(ALL_FLAGS & ~kinds[_i].flag);
	assert_refused(kinds[_i].hresult);
	if (kinds[_i].flag) {
		fetch(kinds[_i].flag);
		assert_fetched();
		fetch(0);		/* what one job overlooks another does not */
		assert_refused(kinds[_i].hresult);
	}
	certs_free(&m);
}
END_TEST

START_TEST(n24_a_good_certificate_is_taken_and_http_2_is_spoken)
{
	struct made m = certs_make((struct wish){ HERE, .by = &ca });
	char log[120], line[300] = "";
	FILE *f;

	serve(&m, "w", "");
	fetch(0);
	assert_fetched();
	snprintf(log, sizeof(log), "%s/access.log", box);
	origin_stop(&origin);
	f = fopen(log, "r");
	ck_assert(f && fgets(line, sizeof(line), f));
	fclose(f);
	ck_assert_msg(strstr(line, "HTTP/2.0") != NULL, "%s", line);
	certs_free(&m);
}
END_TEST

#define MUCH (12u << 20)

static const struct { const char *listen, *protocol; uint64_t limit; } ways[] = {
	{ "ssl", "TLSv1.2", 0 }, { "ssl", "TLSv1.3", 0 }, { "ssl http2", "TLSv1.2", 0 }, { "ssl http2", "TLSv1.3", 0 },
	{ "ssl", "TLSv1.2", MUCH }, { "ssl", "TLSv1.3", MUCH }, { "ssl http2", "TLSv1.2", MUCH }, { "ssl http2", "TLSv1.3", MUCH },
};

/* TLS reads ahead of what libcurl asks for, also while libcurl may not read. */
START_TEST(nothing_that_was_read_ahead_is_left_lying)
{
	struct xfer_http_how how = { .proxy_usage = XFER_PROXY_NONE };
	struct made m = certs_make((struct wish){ HERE, .by = &ca });
	char extra[60];

	snprintf(extra, sizeof(extra), "ssl_protocols %s;", ways[_i].protocol);
	listen_as = ways[_i].listen;
	serve(&m, "w", extra);
	origin_put(&origin, "much", MUCH + 1, 1, 1000000000);
	if (ways[_i].limit)
		flow = flow_get(xfer_http_flows(http), 1, 0, ways[_i].limit);
	for (int i = 0; i < 2; i++) {		/* the second over the same connection */
		fetch_file(origin.port, "much", &how);
		ck_assert_msg(seen.end.ok, "0x%08x %s", seen.end.why.hresult, seen.detail);
		ck_assert_uint_eq(seen.bytes, MUCH + 1);
	}
	flow_put(flow);
	flow = NULL;
	certs_free(&m);
}
END_TEST

START_TEST(n24_a_chain_of_20_is_followed)
{
	struct made chain[20], m;
	char name[120], names[20][24];

	snprintf(name, sizeof(name), "%s/server.pem", box);
	for (int i = 0; i < 20; i++) {
		snprintf(names[i], sizeof(names[i]), "Between %d", i);
		chain[i] = certs_make((struct wish){ .name = names[i], .authority = 1, .by = i ? &chain[i - 1] : &ca });
	}
	m = certs_make((struct wish){ HERE, .by = &chain[19] });
	serve(&m, "w", "");
	for (int i = 19; i >= 0; i--)
		certs_write(name, "a", &chain[i], 0);
	origin_stop(&origin);
	ck_assert(origin_start(&origin));
	fetch(0);
	assert_fetched();
	for (int i = 0; i < 20; i++)
		certs_free(&chain[i]);
	certs_free(&m);
}
END_TEST

START_TEST(n24_a_server_with_tls_1_0_only_is_refused_for_good)
{
	struct made m = certs_make((struct wish){ HERE, .by = &ca });

	serve(&m, "w", "ssl_protocols TLSv1; ssl_ciphers DEFAULT:@SECLEVEL=0;");
	fetch(ALL_FLAGS);
	assert_refused(0x80072F7D);
	certs_free(&m);
}
END_TEST

START_TEST(n24_a_handshake_that_stalls_is_given_up_and_tried_again_later)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct xfer_http_how how = { .proxy_usage = XFER_PROXY_NONE };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(at);

	ck_assert(!bind(fd, (struct sockaddr *)&at, len) && !listen(fd, 5) &&
	    !getsockname(fd, (struct sockaddr *)&at, &len));
	fetch_from(ntohs(at.sin_port), &how);
	ck_assert_uint_eq(seen.end.why.hresult, 0x80072EE2);
	ck_assert(seen.end.why.transient);
	close(fd);
}
END_TEST

static bool stapled;

/* What OCSP would say, stapled to whoever asks for it: junk. Nobody should. */
static int staple_junk(SSL *ssl, void *arg)
{
	unsigned char *junk = OPENSSL_malloc(8);

	(void)arg;
	stapled = true;
	memcpy(junk, "no DER!", 8);
	SSL_set_tlsext_status_ocsp_resp(ssl, junk, 8);
	return SSL_TLSEXT_ERR_OK;
}

/* Answers without a length, then closes the connection, with TLS's goodbye or without. */
static void serve_one(int listener, const char *pem, bool polite)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	SSL *ssl = SSL_new(ctx);
	char request[2000];
	int fd = accept(listener, NULL, NULL);

	SSL_CTX_set_tlsext_status_cb(ctx, staple_junk);

	if (SSL_use_certificate_file(ssl, pem, SSL_FILETYPE_PEM) != 1 ||
	    SSL_use_PrivateKey_file(ssl, pem, SSL_FILETYPE_PEM) != 1 || SSL_set_fd(ssl, fd) != 1 || SSL_accept(ssl) != 1 ||
	    SSL_read(ssl, request, sizeof(request)) <= 0 || SSL_write(ssl, "HTTP/1.1 200 OK\r\n\r\nhello", 24) != 24)
		_exit(1);
	if (polite)
		SSL_shutdown(ssl);
	_exit(stapled ? 2 : 0);
}

START_TEST(n24_a_connection_closed_without_notice_is_not_the_end_of_a_file)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct xfer_http_how how = { .proxy_usage = XFER_PROXY_NONE };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), status;
	struct made m = certs_make((struct wish){ HERE, .by = &ca });
	socklen_t len = sizeof(at);
	char pem[120];
	pid_t pid;

	snprintf(pem, sizeof(pem), "%s/rude.pem", box);
	certs_write(pem, "w", &m, 1);
	ck_assert(!bind(fd, (struct sockaddr *)&at, len) && !listen(fd, 5) &&
	    !getsockname(fd, (struct sockaddr *)&at, &len));
	pid = fork();
	if (!pid)
		serve_one(fd, pem, _i);
	fetch_from(ntohs(at.sin_port), &how);
	ck_assert(waitpid(pid, &status, 0) == pid && !status);
	ck_assert_int_eq(seen.end.ok, _i);
	ck_assert_uint_eq(seen.bytes, 5);
	if (!_i)
		ck_assert(seen.end.why.hresult == 0x80072EFE && seen.end.why.transient);
	close(fd);
	certs_free(&m);
}
END_TEST

/* Revocation. */

static unsigned ends;

static int on_bio_end(BIO *bio)
{
	(void)bio;
	ends++;
	return 1;
}

/* libcurl frees the method of the BIO right after the connection. */
START_TEST(watching_a_connection_does_not_keep_it)
{
	BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "a connection");
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	struct xfer_tls_end *first, *second;
	BIO *bio;
	SSL *ssl;

	ck_assert(method && BIO_meth_set_destroy(method, on_bio_end));
	bio = BIO_new(method);
	ssl = SSL_new(ctx);
	ck_assert(bio && ssl);
	SSL_set_bio(ssl, bio, bio);
	first = xfer_tls_watch(ssl);
	second = xfer_tls_watch(ssl);		/* another request on it */
	ck_assert(first && second);
	ck_assert(!xfer_tls_said_goodbye(first));
	SSL_free(ssl);
	ck_assert_uint_eq(ends, 1);
	BIO_meth_free(method);
	ck_assert(!xfer_tls_said_goodbye(second));
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(revocation_is_checked_where_the_job_says_so)
{
	struct made m = certs_make((struct wish){ HERE, .by = &ca });

	serve(&m, "w", "");
	fetch(0);
	assert_fetched();
	fetch(XFER_CHECK_CRL);		/* there is no list */
	assert_refused(0x80072F19);
	certs_write_crl(crl_file, &ca, NULL);
	fetch(XFER_CHECK_CRL);
	assert_fetched();
	certs_free(&m);
}
END_TEST

static const struct { bool by_ca, revoked; uint32_t hresult; } lists[] = {
	{ true, true, 0x80072F8A }, { false, false, 0x80072F19 },
};

START_TEST(revoked_certificates_and_missing_lists_are_refused)
{
	struct made m = certs_make((struct wish){ HERE, .by = &ca });

	serve(&m, "w", "");
	certs_write_crl(crl_file, lists[_i].by_ca ? &ca : &other_ca, lists[_i].revoked ? &m : NULL);
	fetch(XFER_CHECK_CRL);
	assert_refused(lists[_i].hresult);
	fetch(XFER_CHECK_CRL | ALL_FLAGS);
	assert_refused(lists[_i].hresult);
	fetch(0);
	assert_fetched();
	certs_free(&m);
}
END_TEST

/* The job's own certificate. */

static void fetch_with(const char *hash, const char *subject, const char *store)
{
	struct xfer_http_how how = { .proxy_usage = XFER_PROXY_NONE, .cert_hash = hash, .cert_subject = subject,
		.cert_store = store };

	fetch_from(origin.port, &how);
}

START_TEST(a_client_certificate_is_found_by_hash_or_subject)
{
	struct made m = certs_make((struct wish){ HERE, .by = &ca });
	struct made mine = certs_make((struct wish){ .name = "Me Myself", .by = &ca, .usage = "clientAuth" });
	struct made keyless = certs_make((struct wish){ .name = "Keyless", .by = &ca });
	char name[140], hash[41], extra[200];

	snprintf(name, sizeof(name), "%s/MY/mine.pem", cert_dir);
	certs_write(name, "w", &mine, 0);
	snprintf(name, sizeof(name), "%s/MY/mine.key", cert_dir);
	certs_write_key(name, &mine);
	snprintf(name, sizeof(name), "%s/MY/keyless.pem", cert_dir);
	certs_write(name, "w", &keyless, 0);
	certs_hash(&mine, hash);
	snprintf(extra, sizeof(extra), "ssl_client_certificate %s; ssl_verify_client on;", ca_file);
	serve(&m, "w", extra);
	fetch(0);
	ck_assert_uint_eq(seen.status, 400);	/* nginx's way to say that it wants one */
	fetch_with(hash, "", "");
	assert_fetched();
	fetch_with("", "me myself", "MY");
	assert_fetched();
	fetch_with("", "nobody", "");
	assert_refused(0x80092004);
	fetch_with("", "me myself", "OTHER");
	assert_refused(0x80092004);
	fetch_with("", "me myself", "../MY");
	assert_refused(0x80092004);
	fetch_with("", "keyless", "");
	assert_refused(0x80072F99);
	fetch(0);
	ck_assert_uint_eq(seen.status, 400);	/* nobody else's connection is used */
	certs_free(&m);
	certs_free(&mine);
	certs_free(&keyless);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("worker_tls");
	TCase *t = tcase_create("tls");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, n24_what_is_wrong_is_told_and_only_its_own_flag_overlooks_it, 0, COUNT(kinds));
	tcase_add_test(t, n24_a_good_certificate_is_taken_and_http_2_is_spoken);
	tcase_add_loop_test(t, nothing_that_was_read_ahead_is_left_lying, 0, COUNT(ways));
	tcase_add_test(t, n24_a_chain_of_20_is_followed);
	tcase_add_test(t, n24_a_server_with_tls_1_0_only_is_refused_for_good);
	tcase_add_test(t, n24_a_handshake_that_stalls_is_given_up_and_tried_again_later);
	tcase_add_loop_test(t, n24_a_connection_closed_without_notice_is_not_the_end_of_a_file, 0, 2);
	tcase_add_test(t, watching_a_connection_does_not_keep_it);
	tcase_add_test(t, revocation_is_checked_where_the_job_says_so);
	tcase_add_loop_test(t, revoked_certificates_and_missing_lists_are_refused, 0, COUNT(lists));
	tcase_add_test(t, a_client_certificate_is_found_by_hash_or_subject);
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
