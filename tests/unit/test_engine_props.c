/* SPDX-License-Identifier: MIT
 * tests/unit/test_engine_props.c: which settings a job takes, when, and which go together; without thread or
 * disk. Written down from BITS, independently of schemas/job_props.def and engine/job_rules.c.
 */
#include "tests/unit/test_engine_lone.h"

static struct errinfo ei;

#define NUM(name, value) { .prop = JOB_PROP_##name, .num = (value) }
#define TEXT(name, value) { .prop = JOB_PROP_##name, .text = (value) }

static enum err set(const struct eng_change *c, size_t n)
{
	memset(&ei, 0, sizeof(ei));
	return job_props_set(&eng, job, c, n, &ei);
}

static enum err set_num(enum job_prop prop, uint64_t num)
{
	return set(&(struct eng_change){ .prop = prop, .num = num }, 1);
}

static enum err set_text(enum job_prop prop, const char *text)
{
	return set(&(struct eng_change){ .prop = prop, .text = text }, 1);
}

static uint64_t num(enum job_prop prop)
{
	struct job_view view = { .rec = job->rec, .opt = job->opt };
	const char *text;
	uint64_t n;

	ck_assert(eng_prop_value(&view, prop, &n, &text));
	return n;
}

static const char *text(enum job_prop prop)
{
	struct job_view view = { .rec = job->rec, .opt = job->opt };
	const char *t;
	uint64_t n;

	ck_assert(eng_prop_value(&view, prop, &n, &t));
	return t;
}

/* A new job, one change, the answer. */
static const struct { struct eng_change c; enum err want; } single[] = {
	{ NUM(CostFlags, 0x800000ff), ERR_OK }, { NUM(CostFlags, 0x100), ERR_INVALID_ARG },
	{ NUM(FileACLFlags, 15), ERR_OK }, { NUM(FileACLFlags, 16), ERR_INVALID_ARG },
	{ NUM(PeerCachingFlags, 7), ERR_OK }, { NUM(PeerCachingFlags, 8), ERR_NOT_IMPL },
	{ NUM(NotifyFlags, 63), ERR_OK }, { NUM(NotifyFlags, 64), ERR_NOT_IMPL },
	{ NUM(SecurityFlags, 0x1f), ERR_OK }, { NUM(SecurityFlags, 0x100), ERR_OK },
	{ NUM(SecurityFlags, 0x200), ERR_OK }, { NUM(SecurityFlags, 0x900), ERR_OK },
	{ NUM(SecurityFlags, 0x20), ERR_NOT_IMPL }, { NUM(SecurityFlags, 0x300), ERR_NOT_IMPL },
	{ NUM(SecurityFlags, 0x400), ERR_NOT_IMPL }, { NUM(SecurityFlags, 0x1000), ERR_NOT_IMPL },
	{ NUM(SecurityFlags, 0xa00), ERR_INVALID_ARG },		/* no redirects, but some */
	{ NUM(StoredCredentials, 2), ERR_OK }, { NUM(StoredCredentials, 1), ERR_STORED_CREDENTIALS },
	{ NUM(StoredCredentials, 3), ERR_STORED_CREDENTIALS }, { NUM(StoredCredentials, 4), ERR_STORED_CREDENTIALS },
	{ NUM(MaximumDownloadSize, 1), ERR_OK }, { NUM(MaximumDownloadSize, UINT64_MAX), ERR_OK },
	{ NUM(MaximumDownloadTime, 0), ERR_OK }, { NUM(MaximumDownloadTime, 1ull << 32), ERR_INVALID_ARG },
	{ NUM(DynamicContent, 1), ERR_OK }, { NUM(DynamicContent, 2), ERR_INVALID_ARG },
	{ NUM(HighPerformance, 1), ERR_OK }, { NUM(OnDemand, 1), ERR_OK },
	{ NUM(ClientCertificateLocation, 7), ERR_OK }, { NUM(ClientCertificateLocation, 8), ERR_NOT_IMPL },
	{ TEXT(ClientCertificateHash, "0123456789abcdefABCD0123456789abcdefABCD"), ERR_OK },
	{ TEXT(ClientCertificateHash, "0123456789abcdefABCD0123456789abcdefABC"), ERR_BAD_HASH },
	{ TEXT(ClientCertificateHash, "0123456789abcdefABCD0123456789abcdefABCg"), ERR_BAD_HASH },
	{ TEXT(HttpMethod, "POST"), ERR_OK }, { TEXT(HttpMethod, "GET"), ERR_OK }, { TEXT(HttpMethod, ""), ERR_OK },
	{ TEXT(HttpMethod, "PO ST"), ERR_INVALID_ARG }, { TEXT(HttpMethod, "P\r\nX"), ERR_INVALID_ARG },
	{ TEXT(HttpMethod, "CONNECT"), ERR_INVALID_ARG }, { TEXT(HttpMethod, "head"), ERR_INVALID_ARG },
	{ NUM(ProxyUsage, 1), ERR_OK }, { NUM(ProxyUsage, 3), ERR_OK }, { NUM(ProxyUsage, 4), ERR_NOT_IMPL },
	{ NUM(ProxyUsage, 2), ERR_INVALID_ARG },			/* which? */
	{ TEXT(ProxyList, "proxy:8080"), ERR_INVALID_ARG },		/* only with 2 */
	{ TEXT(ProxyBypassList, "*.example"), ERR_INVALID_ARG },
	{ TEXT(NotifyCommand, "/usr/bin/true"), ERR_OK }, { TEXT(NotifyCommand, "true"), ERR_INVALID_ARG },
	{ TEXT(NotifyCommand, "/bin/a\nb"), ERR_INVALID_ARG },
	{ TEXT(NotifyParameters, "/usr/bin/true x"), ERR_INVALID_ARG },	/* of which program? */
};

START_TEST(single_changes_are_taken_or_refused_as_documented)
{
	enum err err = set(&single[_i].c, 1);

	ck_assert_msg(err == single[_i].want, "row %d: %s, want %s: %s", _i, err_name(err),
	    err_name(single[_i].want), ei.text);
	ck_assert(err == ERR_OK || ei.text[0]);
}
END_TEST

/* The longest that passes, in UTF-16 units, and what one more is called. */
static const struct { enum job_prop prop; size_t most; enum err longer; const char *lead; } lengths[] = {
	{ JOB_PROP_DisplayName, 256, ERR_INVALID_ARG, "" }, { JOB_PROP_Description, 1024, ERR_INVALID_ARG, "" },
	{ JOB_PROP_NotifyCommand, 260, ERR_STRING_TOO_LONG, "/" },
	{ JOB_PROP_CustomHeaders, 16383, ERR_STRING_TOO_LONG, "A: " },
	{ JOB_PROP_ClientCertificateStore, 255, ERR_STRING_TOO_LONG, "" },
};

START_TEST(texts_keep_to_their_lengths)
{
	static char long_text[40000];
	size_t most = lengths[_i].most;

	memset(long_text, 'x', sizeof(long_text));
	memcpy(long_text, lengths[_i].lead, strlen(lengths[_i].lead));
	long_text[most] = '\0';
	ck_assert_int_eq(set_text(lengths[_i].prop, long_text), ERR_OK);
	long_text[most] = 'x';
	long_text[most + 1] = '\0';
	ck_assert_int_eq(set_text(lengths[_i].prop, long_text), lengths[_i].longer);
}
END_TEST

START_TEST(lists_of_proxies_have_32000_characters_at_most)
{
	static char list[32002];
	struct eng_change c[] = { NUM(ProxyUsage, 2), TEXT(ProxyList, list), TEXT(ProxyBypassList, "") };

	memset(list, 'p', 32001);
	ck_assert_int_eq(set(c, 3), ERR_PROXY_LIST_TOO_LARGE);
	c[1].text = "p";
	c[2].text = list;
	ck_assert_int_eq(set(c, 3), ERR_PROXY_BYPASS_TOO_LARGE);
	list[32000] = '\0';
	ck_assert_int_eq(set(c, 3), ERR_OK);
}
END_TEST

START_TEST(proxies_are_listed_for_usage_2_and_only_then)
{
	struct eng_change on[] = { TEXT(ProxyList, "http=p:1 q:2"), TEXT(ProxyBypassList, "<local>"), NUM(ProxyUsage, 2) };
	struct eng_change off[] = { NUM(ProxyUsage, 0), TEXT(ProxyList, ""), TEXT(ProxyBypassList, "") };

	ck_assert_int_eq(set(on, 3), ERR_OK);		/* in any order: what counts is how it ends */
	ck_assert_int_eq(set(off, 1), ERR_INVALID_ARG);
	ck_assert_uint_eq(num(JOB_PROP_ProxyUsage), 2);
	ck_assert_int_eq(set(off, 2), ERR_INVALID_ARG);
	ck_assert_int_eq(set(off, 3), ERR_OK);
	ck_assert_str_eq(text(JOB_PROP_ProxyBypassList), "");
}
END_TEST

/* Anybody who may see the job sees the list, and the store keeps it unsealed. */
START_TEST(a_list_of_proxies_holds_no_secrets)
{
	struct eng_change c[] = { NUM(ProxyUsage, 2), TEXT(ProxyList, "p:1 http=http://me:word@p:3128") };

	ck_assert_int_eq(set(c, 2), ERR_INVALID_ARG);
	ck_assert_str_eq(text(JOB_PROP_ProxyList), "");
}
END_TEST

START_TEST(parameters_begin_with_the_program)
{
	struct eng_change c[] = { TEXT(NotifyCommand, "/opt/my tool"), TEXT(NotifyParameters, "\"/opt/my tool\" --job 1") };

	ck_assert_int_eq(set(c, 2), ERR_OK);
	ck_assert_int_eq(set_text(JOB_PROP_NotifyParameters, "--job 1"), ERR_INVALID_ARG);
	ck_assert_int_eq(set_text(JOB_PROP_NotifyParameters, "/opt/my tool"), ERR_OK);
	ck_assert_int_eq(set_text(JOB_PROP_NotifyParameters, "/opt/my toolbox"), ERR_INVALID_ARG);
	ck_assert_int_eq(set_text(JOB_PROP_NotifyCommand, ""), ERR_INVALID_ARG);
	c[0].text = c[1].text = "";
	ck_assert_int_eq(set(c, 2), ERR_OK);
}
END_TEST

START_TEST(a_method_of_ones_own_makes_the_job_foreground_for_good)
{
	struct eng_change both[] = { TEXT(HttpMethod, "POST"), NUM(Priority, 1) };

	ck_assert_int_eq(set(both, 2), ERR_CUSTOM_METHOD);
	ck_assert_str_eq(text(JOB_PROP_HttpMethod), "GET");
	ck_assert_int_eq(set(both, 1), ERR_OK);
	ck_assert_uint_eq(num(JOB_PROP_Priority), 0);
	ck_assert_int_eq(set_num(JOB_PROP_Priority, 3), ERR_CUSTOM_METHOD);
	ck_assert_int_eq(set_num(JOB_PROP_Priority, 0), ERR_OK);
	ck_assert_int_eq(set_num(JOB_PROP_DynamicContent, 1), ERR_CUSTOM_METHOD);
	ck_assert_int_eq(set_num(JOB_PROP_OnDemand, 1), ERR_CUSTOM_METHOD);
}
END_TEST

START_TEST(dynamic_content_has_no_ranges)
{
	ck_assert_int_eq(set_num(JOB_PROP_DynamicContent, 1), ERR_OK);
	ck_assert_int_eq(set_num(JOB_PROP_OnDemand, 1), ERR_UNSUPPORTED_CONFIG);
	ck_assert_int_eq(set_num(JOB_PROP_DynamicContent, 0), ERR_OK);
	ck_assert(rec_text(&job_add_file(&eng, job)->rec.ranges, "0-9"));
	ck_assert_int_eq(set_num(JOB_PROP_DynamicContent, 1), ERR_UNSUPPORTED_CONFIG);
	ck_assert_int_eq(set_num(JOB_PROP_OnDemand, 1), ERR_UNSUPPORTED_CONFIG);
}
END_TEST

START_TEST(on_demand_stays_once_files_are_here_in_pieces)
{
	ck_assert_int_eq(set_num(JOB_PROP_OnDemand, 1), ERR_OK);
	ck_assert_int_eq(set_num(JOB_PROP_OnDemand, 0), ERR_OK);
	ck_assert_int_eq(set_num(JOB_PROP_OnDemand, 1), ERR_OK);
	ck_assert(rec_text(&job_add_file(&eng, job)->rec.filled, "0-9"));
	ck_assert_int_eq(set_num(JOB_PROP_OnDemand, 0), ERR_UNSUPPORTED_CONFIG);
	ck_assert_int_eq(set_num(JOB_PROP_HighPerformance, 1), ERR_AFTER_ADD_FILE);
}
END_TEST

START_TEST(pieces_on_demand_need_a_temporary_file)
{
	struct eng_change c[] = { NUM(OnDemand, 1), NUM(HighPerformance, 1) };

	ck_assert_int_eq(set(c, 2), ERR_UNSUPPORTED_CONFIG);
	ck_assert_uint_eq(num(JOB_PROP_OnDemand), 0);
}
END_TEST

/* What may only be set before the first Resume, or before the first file; or before everything is there. */
static const struct { struct eng_change c; enum err resumed, filed, done; } times[] = {
	{ NUM(DynamicContent, 1), ERR_AFTER_RESUME, ERR_OK, ERR_OK },
	{ NUM(MaximumDownloadSize, 5), ERR_AFTER_RESUME, ERR_OK, ERR_OK },
	{ TEXT(HttpMethod, "POST"), ERR_AFTER_RESUME, ERR_OK, ERR_OK },
	{ NUM(HighPerformance, 1), ERR_OK, ERR_AFTER_ADD_FILE, ERR_OK },
	{ NUM(FileACLFlags, 1), ERR_OK, ERR_OK, ERR_INVALID_STATE },
	{ NUM(Priority, 1), ERR_OK, ERR_OK, ERR_OK }, { TEXT(DisplayName, "n"), ERR_OK, ERR_OK, ERR_OK },
	{ NUM(OnDemand, 1), ERR_OK, ERR_OK, ERR_OK }, { NUM(SecurityFlags, 1), ERR_OK, ERR_OK, ERR_OK },
	{ TEXT(CustomHeaders, "A: b\r\n"), ERR_OK, ERR_OK, ERR_OK }, { NUM(CostFlags, 1), ERR_OK, ERR_OK, ERR_OK },
	{ NUM(MaximumDownloadTime, 60), ERR_OK, ERR_OK, ERR_OK }, { NUM(StoredCredentials, 2), ERR_OK, ERR_OK, ERR_OK },
	{ TEXT(ClientCertificateSubject, "me"), ERR_OK, ERR_OK, ERR_OK }, { NUM(NotifyFlags, 1), ERR_OK, ERR_OK, ERR_OK },
};

START_TEST(some_settings_have_their_time)
{
	struct eng_change foreground = NUM(Priority, 0);
	const struct eng_change *c = &times[_i].c;

	ck_assert(set(&foreground, 1) == ERR_OK);
	job->rec.resumed = true;
	ck_assert_int_eq(set(c, 1), times[_i].resumed);
	teardown();
	setup();
	ck_assert_ptr_nonnull(job_add_file(&eng, job));
	ck_assert_int_eq(set(c, 1), times[_i].filed);
	teardown();
	setup();
	job->rec.state = JOB_TRANSFERRED;
	ck_assert_int_eq(set(c, 1), times[_i].done);
}
END_TEST

START_TEST(a_maximum_of_nothing_is_no_maximum_and_refused)
{
	ck_assert_int_eq(set_num(JOB_PROP_MaximumDownloadSize, 5), ERR_OK);
	ck_assert_int_eq(set_num(JOB_PROP_MaximumDownloadSize, 0), ERR_MAX_SIZE_VALUE);
	ck_assert_uint_eq(num(JOB_PROP_MaximumDownloadSize), 5);
}
END_TEST

static const struct { const char *lines; enum err want; const char *kept; } headers[] = {
	{ "A: b\r\n", ERR_OK, "A: b\r\n" }, { "", ERR_OK, "" }, { "A:\r\n", ERR_OK, "A:\r\n" },
	{ "Authorization: Bearer x\r\nX-Y: z\r\n", ERR_OK, "Authorization: Bearer x\r\nX-Y: z\r\n" },
	{ "A: b\nC: d\n", ERR_OK, "A: b\r\nC: d\r\n" },		/* what an XML parser makes of CR LF */
	{ "A: b", ERR_OK, "A: b\r\n" },
	{ "A: \xc3\xa4\r\n", ERR_OK, "A: \xc3\xa4\r\n" },
	{ "A b\r\n", ERR_INVALID_ARG, "" }, { ": b\r\n", ERR_INVALID_ARG, "" }, { "A : b\r\n", ERR_INVALID_ARG, "" },
	{ " A: b\r\n", ERR_INVALID_ARG, "" },			/* a folded line of the one before */
	{ "A: b\r\n\r\nGET / HTTP/1.1\r\n", ERR_INVALID_ARG, "" },	/* the end of the head */
	{ "A: b\r\n\r\n", ERR_INVALID_ARG, "" }, { "\r\n", ERR_INVALID_ARG, "" },
	{ "A: b\rHost: evil\r\n", ERR_INVALID_ARG, "" }, { "A: b\x01\r\n", ERR_INVALID_ARG, "" },
	{ "Host: evil\r\n", ERR_INVALID_ARG, "" }, { "A: b\nhOST: evil\n", ERR_INVALID_ARG, "" },
	{ "Content-Length: 0\r\n", ERR_INVALID_ARG, "" }, { "transfer-encoding: chunked\r\n", ERR_INVALID_ARG, "" },
	{ "Range: bytes=0-1\r\n", ERR_INVALID_ARG, "" }, { "If-Range: x\r\n", ERR_INVALID_ARG, "" },
	{ "Connection: close\r\n", ERR_INVALID_ARG, "" }, { "If-None-Match: x\r\n", ERR_INVALID_ARG, "" },
	{ "Accept-Encoding: gzip\r\n", ERR_INVALID_ARG, "" }, { "Expect: 100-continue\r\n", ERR_INVALID_ARG, "" },
	{ "Hostess: fine\r\n", ERR_OK, "Hostess: fine\r\n" },
};

START_TEST(headers_are_whole_lines_and_none_of_those_that_are_drays)
{
	ck_assert_msg(set_text(JOB_PROP_CustomHeaders, headers[_i].lines) == headers[_i].want, "row %d: %s", _i, ei.text);
	ck_assert_str_eq(text(JOB_PROP_CustomHeaders), headers[_i].kept);
}
END_TEST

START_TEST(headers_that_are_write_only_stay_so_and_are_not_lost)
{
	struct eng_change hide = NUM(CustomHeadersWriteOnly, 1);
	struct eng_change whole[] = { TEXT(CustomHeaders, ""), NUM(CustomHeadersWriteOnly, 1), NUM(Priority, 1) };

	ck_assert_int_eq(set_text(JOB_PROP_CustomHeaders, "Key: secret\r\n"), ERR_OK);
	ck_assert_int_eq(set(&hide, 1), ERR_OK);
	ck_assert_str_eq(text(JOB_PROP_CustomHeaders), "");
	ck_assert_str_eq(job->opt->headers, "Key: secret\r\n");
	ck_assert_int_eq(set_num(JOB_PROP_CustomHeadersWriteOnly, 0), ERR_READ_ONLY);
	ck_assert_int_eq(set(whole, 3), ERR_OK);		/* a whole job put back */
	ck_assert_str_eq(job->opt->headers, "Key: secret\r\n");
	ck_assert_int_eq(set_text(JOB_PROP_CustomHeaders, ""), ERR_OK);
	ck_assert_str_eq(job->opt->headers, "");
}
END_TEST

START_TEST(a_whole_job_that_is_put_back_changes_nothing_and_is_not_refused)
{
	static const enum job_prop all[] = {
#define KEY_(name)
#define RO_(name)
#define RW_(name) JOB_PROP_##name,
#define PROP(name, type, access, cls, lo, hi, dflt, outside, when, place, help) access##_(name)
#include "schemas/job_props.def"
#undef PROP
	};
	struct eng_change first[] = { TEXT(HttpMethod, "POST"), NUM(HighPerformance, 1), TEXT(CustomHeaders, "A: b\r\n"),
	    NUM(CustomHeadersWriteOnly, 1), TEXT(NotifyCommand, "/bin/x") };
	struct eng_change whole[COUNT(all)];
	const struct job_opt *was;
	struct job_view view;

	for (int with = 0; with < 2; with++) {
		if (with)
			ck_assert_int_eq(set(first, COUNT(first)), ERR_OK);
		ck_assert_ptr_nonnull(job_add_file(&eng, job));
		job->rec.resumed = true;
		job->rec.state = JOB_TRANSFERRED;
		job->opt_dirty = false;
		view = (struct job_view){ .rec = job->rec, .opt = was = job_opt_ref(job->opt) };
		for (size_t i = 0; i < COUNT(all); i++) {
			whole[i].prop = all[i];
			ck_assert(eng_prop_value(&view, all[i], &whole[i].num, &whole[i].text));
		}
		ck_assert_msg(set(whole, COUNT(all)) == ERR_OK, "%s", ei.text);
		ck_assert(job->opt == was);
		ck_assert(!job->opt_dirty);
		job_opt_unref(was);
		teardown();
		setup();
	}
}
END_TEST

START_TEST(one_bad_change_of_several_refuses_all)
{
	struct eng_change c[] = { TEXT(DisplayName, "new"), NUM(MaximumDownloadSize, 9), NUM(MinimumRetryDelay, 60),
	    TEXT(CustomHeaders, "Host: x\r\n") };

	ck_assert_int_eq(set(c, 4), ERR_INVALID_ARG);
	ck_assert_str_eq(text(JOB_PROP_DisplayName), "");
	ck_assert_uint_eq(num(JOB_PROP_MinimumRetryDelay), 600);
	ck_assert(job->opt == job_opt_shared());
	ck_assert_int_eq(set(c, 3), ERR_OK);
	ck_assert_str_eq(text(JOB_PROP_DisplayName), "new");
	ck_assert_uint_eq(num(JOB_PROP_MaximumDownloadSize), 9);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine_props");
	TCase *t = tcase_create("props");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, single_changes_are_taken_or_refused_as_documented, 0, COUNT(single));
	tcase_add_loop_test(t, texts_keep_to_their_lengths, 0, COUNT(lengths));
	tcase_add_test(t, lists_of_proxies_have_32000_characters_at_most);
	tcase_add_test(t, proxies_are_listed_for_usage_2_and_only_then);
	tcase_add_test(t, a_list_of_proxies_holds_no_secrets);
	tcase_add_test(t, parameters_begin_with_the_program);
	tcase_add_test(t, a_method_of_ones_own_makes_the_job_foreground_for_good);
	tcase_add_test(t, dynamic_content_has_no_ranges);
	tcase_add_test(t, on_demand_stays_once_files_are_here_in_pieces);
	tcase_add_test(t, pieces_on_demand_need_a_temporary_file);
	tcase_add_loop_test(t, some_settings_have_their_time, 0, COUNT(times));
	tcase_add_test(t, a_maximum_of_nothing_is_no_maximum_and_refused);
	tcase_add_loop_test(t, headers_are_whole_lines_and_none_of_those_that_are_drays, 0, COUNT(headers));
	tcase_add_test(t, headers_that_are_write_only_stay_so_and_are_not_lost);
	tcase_add_test(t, a_whole_job_that_is_put_back_changes_nothing_and_is_not_refused);
	tcase_add_test(t, one_bad_change_of_several_refuses_all);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
