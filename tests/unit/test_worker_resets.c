/* SPDX-License-Identifier: MIT
 * tests/unit/test_worker_resets.c: a connection that is reset at any byte of a file (security: 7, N-03). By itself
 * because it is thousands of transfers, eight at a time.
 */
#include "tests/peer/orders.h"

#define LANES 8u
#define LANE_BYTES (SMALL / LANES)

/* A transfer of the same file beside others: it breaks off at each byte of its part of the file. */
struct lane {
	char url[300], path[140], temp[20];
	struct proto_start order;
	struct proto_answered answered;
	uint64_t tag, durable;
	unsigned tries;
};

static struct lane lanes[LANES];

static void send_order(struct lane *l)
{
	struct proto_msg m = { .type = PROTO_START, .tag = l->tag = ++tag, .start = l->order };

	memset(&l->answered, 0, sizeof(l->answered));
	rig_send(&rig, &m);
}

static void begin(struct lane *l, unsigned from)
{
	char name[40];

	memset(l, 0, sizeof(*l));
	snprintf(name, sizeof(name), "/every_byte?%u", from);
	l->order = order_of(name);
	snprintf(l->url, sizeof(l->url), "%s", l->order.url);
	snprintf(l->path, sizeof(l->path), "%s%u", path, from);
	snprintf(l->temp, sizeof(l->temp), ".f%u.tmp", from);
	l->order.url = l->url;
	l->order.path = l->path;
	l->order.temp = l->temp;
	send_order(l);
}

/* What it has may be one byte more than at the last try, and never less. */
static void go_on(struct lane *l, unsigned from)
{
	assert_failed(0x80072EFE, true);
	ck_assert_uint_ge(in.failed.durable, l->durable);
	ck_assert_uint_le(in.failed.durable, l->durable < from ? from : l->durable + 1);
	ck_assert_uint_lt(l->tries++, 3 * LANE_BYTES);
	l->durable = in.failed.durable;
	answered = l->answered;
	l->order = again(l->order);
	send_order(l);
}

static void assert_whole(struct lane *l)
{
	snprintf(temp, sizeof(temp), "%s/out/%s", box, l->temp);
	assert_is(1, SMALL);
	ck_assert_uint_ge(l->tries, LANE_BYTES);
}

START_TEST(n03_reset_at_every_byte_of_4_KB_resumes)
{
	for (unsigned i = 0; i < LANES; i++)
		begin(&lanes[i], i * LANE_BYTES);
	for (unsigned left = LANES; left;) {
		unsigned i = 0;

		ck_assert(rig_next(&rig, &in, LONG));
		while (i < LANES && lanes[i].tag != in.tag)
			i++;
		ck_assert_uint_lt(i, LANES);
		if (in.type == PROTO_ANSWERED)
			lanes[i].answered = in.answered;
		else if (in.type == PROTO_FAILED)
			go_on(&lanes[i], i * LANE_BYTES);
		else if (in.type == PROTO_DONE && left--)
			assert_whole(&lanes[i]);
	}
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
