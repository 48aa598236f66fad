/* SPDX-License-Identifier: MIT
 * tests/unit/test_engine_token.c: the URI of a certificate on a token, without its PIN.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/auto.h"
#include "engine/token_uri.h"

static const struct { const char *uri, *left, *pin; } good[] = {
	{ "pkcs11:token=t;object=o", "pkcs11:token=t;object=o", "" },
	{ "pkcs11:token=t?pin-value=1234", "pkcs11:token=t", "1234" },
	{ "PKCS11:token=t;Pin-Value=a%26%3Fb;object=o", "pkcs11:token=t;object=o", "a&?b" },
	{ "pkcs11:pin-value=1;token=t", "pkcs11:token=t", "1" },
	{ "pkcs11:?pin-value=12", "pkcs11:", "12" },
	{ "pkcs11:", "pkcs11:", "" },
};

START_TEST(the_pin_comes_out_and_the_rest_stays)
{
	char uri[300], pin[TOKEN_PIN_ROOM];
	struct errinfo ei = { 0 };

	strcpy(uri, good[_i].uri);
	ck_assert(token_uri_is(uri));
	ck_assert_int_eq(token_uri_cut(uri, pin, &ei), ERR_OK);
	ck_assert_str_eq(uri, good[_i].left);
	ck_assert_str_eq(pin, good[_i].pin);
}
END_TEST

static const char *const bad[] = {
	"pkcs11:token=t?pin-source=file:/etc/passwd", "pkcs11:token=t;pin-source=/x",
	"pkcs11:module-path=/tmp/x.so",
	"pkcs11:token=t?module-name=x", "pkcs11:token=t?anything=1", "pkcs11:token=t?pin-value=",
	"pkcs11:token=t?pin-value=1&pin-value=2", "pkcs11:token=t?pin-value=%", "pkcs11:token=t?pin-value=%4",
	"pkcs11:token=t?pin-value=%zz", "pkcs11:token=t?pin-value=%00", "pkcs11:token=t?pin-value=%0a",
};

START_TEST(what_reads_files_or_loads_libraries_is_refused)
{
	char uri[300], pin[TOKEN_PIN_ROOM];
	struct errinfo ei = { 0 };

	strcpy(uri, bad[_i]);
	ck_assert_int_eq(token_uri_cut(uri, pin, &ei), ERR_INVALID_ARG);
}
END_TEST

START_TEST(a_pin_without_end_is_refused)
{
	char uri[3000] = "pkcs11:token=t?pin-value=", pin[TOKEN_PIN_ROOM];
	struct errinfo ei = { 0 };
	size_t at = strlen(uri);

	memset(uri + at, '7', TOKEN_PIN_ROOM - 2);
	ck_assert_int_eq(token_uri_cut(uri, pin, &ei), ERR_OK);
	ck_assert_uint_eq(strlen(pin), TOKEN_PIN_ROOM - 2);
	strcpy(uri, "pkcs11:token=t?pin-value=");
	memset(uri + at, '7', sizeof(uri) - at - 1);
	uri[sizeof(uri) - 1] = '\0';
	ck_assert_int_eq(token_uri_cut(uri, pin, &ei), ERR_INVALID_ARG);
}
END_TEST

START_TEST(names_of_folders_are_no_tokens)
{
	ck_assert(!token_uri_is("MY"));
	ck_assert(!token_uri_is(""));
	ck_assert(!token_uri_is("pkcs11"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("engine_token");
	TCase *tc = tcase_create("token");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, the_pin_comes_out_and_the_rest_stays, 0, COUNT(good));
	tcase_add_loop_test(tc, what_reads_files_or_loads_libraries_is_refused, 0, COUNT(bad));
	tcase_add_test(tc, a_pin_without_end_is_refused);
	tcase_add_test(tc, names_of_folders_are_no_tokens);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
