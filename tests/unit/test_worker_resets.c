/* SPDX-License-Identifier: MIT
 * tests/unit/test_worker_resets.c: a connection that is reset at any byte of a file (security: 7, N-03). By itself
 * because it takes a while: thousands of transfers.
 */
#include "tests/peer/orders.h"

START_TEST(n03_reset_at_every_byte_of_4_KB_resumes)
{
	struct proto_start order = order_of("/every_byte");
	uint64_t before = 0;
	unsigned tries = 0;

	for (; run(order) == PROTO_FAILED; order = again(order)) {
		assert_failed(0x80072EFE, true);
		ck_assert_uint_ge(in.failed.durable, before);
		ck_assert_uint_le(in.failed.durable, before + 1);
		ck_assert_uint_lt(tries++, 3 * SMALL);
		before = in.failed.durable;
	}
	assert_is(1, SMALL);
	ck_assert_uint_ge(tries, SMALL);
}
END_TEST

START_TEST(n03_reset_of_the_first_answer_at_any_byte_resumes)
{
	for (unsigned k = 0; k <= SMALL; k += k < 16 || k > SMALL - 16 ? 1 : 31) {
		struct proto_start order;
		char name[40];

		snprintf(name, sizeof(name), "/reset?%u", k);
		for (order = order_of(name); run(order) == PROTO_FAILED; order = again(order)) {
			assert_failed(0x80072EFE, true);
			ck_assert_uint_le(in.failed.durable, k);
		}
		assert_is(1, SMALL);
		unlink(temp);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("worker_resets");
	TCase *t = tcase_create("resets");

	tcase_set_timeout(t, 110);
	tcase_add_unchecked_fixture(t, orders_start_peer, orders_stop_peer);
	tcase_add_checked_fixture(t, orders_set_up, orders_tear_down);
	tcase_add_test(t, n03_reset_at_every_byte_of_4_KB_resumes);
	tcase_add_test(t, n03_reset_of_the_first_answer_at_any_byte_resumes);
	suite_add_tcase(s, t);
	return orders_main(s);
}
