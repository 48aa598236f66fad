/* SPDX-License-Identifier: MIT
 * tests/unit/test_worker_pure.c: lists of proxies, wanted ranges, bodies of several parts and excuses, as values.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/auto.h"
#include "engine/worker/xfer_http.h"
#include "engine/worker/xfer_parts.h"
#include "engine/worker/xfer_plan.h"
#include "engine/worker/xfer_proxy.h"
#include "engine/worker/xfer_tls.h"

static const struct { const char *list, *bypass, *protocol, *host, *first, *second; } picks[] = {
	{ "p", "", "http", "h", "http://p:80", NULL },
	{ "p:3128 q", "", "https", "h", "http://p:3128", "http://q:80" },
	{ "https://p", "", "http", "h", "https://p:443", NULL },
	{ "http=p https=https://q:1/", "", "https", "h", "https://q:1", NULL },
	{ "http=p,q", "", "https", "h", "http://q:80", NULL },	/* q is for whatever is not named */
	{ "http=p;q", "", "http", "h", "http://p:80", NULL },
	{ "http=p", "", "https", "h", "direct", NULL },
	{ "[::1]:8080 [fe80::2]", "", "http", "h", "http://[::1]:8080", "http://[fe80::2]:80" },
	{ "p", "h", "http", "H", "direct", NULL }, { "p", "h", "http", "hh", "http://p:80", NULL },
	{ "p", "*.example.org", "http", "a.b.example.org", "direct", NULL },
	{ "p", "*.example.org", "http", "example.org", "http://p:80", NULL },
	{ "p", "a *", "http", "anything", "direct", NULL }, { "p", "<local>", "http", "intranet", "direct", NULL },
	{ "p", "<LOCAL>", "http", "a.b", "http://p:80", NULL }, { "p", "<local>", "http", "::1", "http://p:80", NULL },
	{ "p", "10.0.0.1", "http", "10.0.0.1", "direct", NULL },
	{ "p", "a*", "http", "h", "bad", NULL }, { "p", "*.a*", "http", "h", "bad", NULL },
	{ "", "", "http", "h", "bad", NULL }, { " , ", "", "http", "h", "bad", NULL },
	{ "ftp=p", "", "http", "h", "bad", NULL }, { "socks://p", "", "http", "h", "bad", NULL },
	{ "p q:0", "", "http", "h", "bad", NULL }, { "p:65536", "", "http", "h", "bad", NULL },
	{ "p:1:2", "", "http", "h", "bad", NULL }, { "u@p", "", "http", "h", "bad", NULL }, { "p/x", "", "http", "h", "bad", NULL },
	{ "http=", "", "http", "h", "bad", NULL }, { "[::1", "", "http", "h", "bad", NULL }, { "p", "h", "http", "h", "direct", NULL },
};

static const char *pick(size_t i, unsigned index)
{
	static char out[XFER_PROXY_ROOM];

	switch (xfer_proxy_pick(picks[i].list, picks[i].bypass, picks[i].protocol, picks[i].host, index, out)) {
	case XFER_PROXY_USE:
		return out;
	case XFER_PROXY_DIRECT:
		return "direct";
	case XFER_PROXY_BAD:
		return "bad";
	case XFER_PROXY_NO_MORE:
		break;
	}
	return "no more";
}

START_TEST(a_list_names_the_proxies_of_a_request_in_order)
{
	bool use = strchr(picks[_i].first, '/');

	ck_assert_str_eq(pick((size_t)_i, 0), picks[_i].first);
	if (use)
		ck_assert_str_eq(pick((size_t)_i, 1), picks[_i].second ? picks[_i].second : "no more");
}
END_TEST

START_TEST(an_entry_without_end_is_a_bad_list)
{
	char list[2000], out[XFER_PROXY_ROOM];

	memset(list, 'p', sizeof(list));
	list[sizeof(list) - 1] = '\0';
	ck_assert_int_eq(xfer_proxy_pick(list, "", "http", "h", 0, out), XFER_PROXY_BAD);
	ck_assert_int_eq(xfer_proxy_pick("p", list, "http", "h", 0, out), XFER_PROXY_BAD);
}
END_TEST

/* BITS' own example: ranges 100+100, 1000+100, 200+100; 25 bytes are here. */
START_TEST(wanted_ranges_are_one_string_of_bytes)
{
	struct plan_piece pieces[3];
	struct plan_state s = { .offset = 25, .version = { 5000, "", "" }, .wanted = pieces };
	struct plan_ask ask;

	ck_assert(plan_read_ranges("100-199,1000-1099,200-299", pieces, 3, &s.nwanted));
	ck_assert_uint_eq(plan_wanted(&s), 300);
	ask = plan_next(&s);
	ck_assert_int_eq(ask.want, PLAN_WANT_PARTS);
	ck_assert_uint_eq(ask.npieces, 3);
	ck_assert_uint_eq(ask.pieces[0].first, 125);
	ck_assert_uint_eq(ask.pieces[0].last, 199);
	ck_assert_uint_eq(ask.pieces[2].first, 200);
	s.one_by_one = true;
	ck_assert_uint_eq(plan_next(&s).npieces, 1);
	s.offset = 200;
	ck_assert_uint_eq(plan_next(&s).pieces[0].first, 200);
	s.offset = 300;
	ck_assert_int_eq(plan_next(&s).want, PLAN_WANT_NOTHING);
	ck_assert(plan_read_ranges("0-", pieces, 3, &s.nwanted) && !s.nwanted);
	ck_assert(plan_read_ranges("4990-,5-5", pieces, 3, &s.nwanted));
	ck_assert_uint_eq(plan_wanted(&s), 11);
	s.version.size = PLAN_UNKNOWN;
	ck_assert_uint_eq(plan_wanted(&s), PLAN_UNKNOWN);
	ck_assert(!plan_read_ranges("1-2,3-4,5-6,7-8", pieces, 3, &s.nwanted));
	for (size_t i = 0; i < 6; i++)
		ck_assert(!plan_read_ranges((const char *[]){ "5", "5-4", "-5", "1-2,", "1-2,x", "99999999999999999999-" }[i],
		    pieces, 3, &s.nwanted));
}
END_TEST

/* Parts. */

static char got[200];

static bool on_part(void *arg, const char *range, uint64_t *len)
{
	(void)arg;
	snprintf(got + strlen(got), sizeof(got) - strlen(got), "[%s]", range);
	*len = 3;
	return true;
}

static bool on_bytes(void *arg, const char *bytes, size_t len)
{
	(void)arg;
	snprintf(got + strlen(got), sizeof(got) - strlen(got), "%.*s", (int)len, bytes);
	return true;
}

#define PART "--b\r\nContent-Range: r\r\n\r\nabc\r\n"

static const struct { const char *body; bool good; } bodies[] = {
	{ PART PART "--b--\r\n", true }, { "\r\n\r\n" PART PART "--b--", true }, { "\n" PART PART "--b--  \r\njunk", true },
	{ "--b \r\ncontent-range:r\r\nContent-Type: x\r\nX: y\r\n\r\nabc\r\n--b\r\nContent-Range: r\r\n\r\nabc\r\n--b--\r\n", true },
	{ "\r\n\r\n\r\n" PART PART "--b--\r\n", false }, { "junk\r\n" PART, false }, { "--b--\r\n", false },
	{ "--b\r\n\r\nabc", false }, { "--b\r\nno colon\r\n\r\n", false }, { "--b\r\nContent-Range: r\r\nContent-Range: r\r\n\r\n", false },
	{ PART "abc", false }, { "--b\r\nContent-Range: r\r\n\r\nabc--b--\r\n", false }, { "--c\r\n", false }, { "--bc\r\n", false },
};

START_TEST(parts_are_read_however_they_are_cut)
{
	static const struct xfer_parts_ops ops = { on_part, on_bytes };
	const char *body = bodies[_i].body;
	size_t len = strlen(body);

	for (size_t step = 1; step <= len; step++) {
		enum xfer_parts_result result = XFER_PARTS_MORE;
		struct xfer_parts p;

		got[0] = '\0';
		ck_assert(xfer_parts_init(&p, "multipart/byteranges; boundary=b"));
		for (size_t at = 0; at < len && result == XFER_PARTS_MORE; at += step)
			result = xfer_parts_feed(&p, body + at, len - at < step ? len - at : step, &ops, NULL);
		/* The last boundary may come without its line end. */
		if (bodies[_i].good) {
			ck_assert_int_eq(result, XFER_PARTS_MORE);
			ck_assert_str_eq(got, "[r]abc[r]abc");
		} else {
			ck_assert(result == XFER_PARTS_MALFORMED || p.state != PARTS_OVER);
		}
	}
}
END_TEST

START_TEST(a_boundary_has_to_be_named)
{
	struct xfer_parts p;

	ck_assert(xfer_parts_init(&p, "multipart/byteranges; boundary=\"a b\""));
	ck_assert_str_eq(p.boundary, "--a b");
	ck_assert(xfer_parts_init(&p, "multipart/byteranges;charset=x; BOUNDARY=q; z"));
	ck_assert_str_eq(p.boundary, "--q");
	for (size_t i = 0; i < 4; i++)
		ck_assert(!xfer_parts_init(&p, (const char *[]){ "multipart/byteranges", "a; boundary=", "a; boundary=\"x",
		    "a; noboundary=x" }[i]));
}
END_TEST

START_TEST(each_flag_excuses_its_own_faults_only)
{
	ck_assert(xfer_tls_excuses(10, XFER_ANY_DATE) && !xfer_tls_excuses(10, XFER_ANY_CA | XFER_ANY_USAGE | XFER_ANY_NAME));
	ck_assert(xfer_tls_excuses(18, XFER_ANY_CA) && !xfer_tls_excuses(18, XFER_ANY_DATE | XFER_ANY_USAGE));
	ck_assert(xfer_tls_excuses(26, XFER_ANY_USAGE) && !xfer_tls_excuses(26, XFER_ANY_CA | XFER_ANY_DATE));
	for (long verify = 0; verify < 100; verify++)
		if (verify == 3 || verify == 7 || verify == 23 || verify == 24 || verify == 66 || verify == 79)
			ck_assert(!xfer_tls_excuses(verify, XFER_TLS_FLAGS));	/* no list, signature, revoked, no CA, weak */
}
END_TEST

int main(void)
{
	Suite *s = suite_create("worker_pure");
	TCase *t = tcase_create("pure");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, a_list_names_the_proxies_of_a_request_in_order, 0, COUNT(picks));
	tcase_add_test(t, an_entry_without_end_is_a_bad_list);
	tcase_add_test(t, wanted_ranges_are_one_string_of_bytes);
	tcase_add_loop_test(t, parts_are_read_however_they_are_cut, 0, COUNT(bodies));
	tcase_add_test(t, a_boundary_has_to_be_named);
	tcase_add_test(t, each_flag_excuses_its_own_faults_only);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
