/* SPDX-License-Identifier: MIT
 * tests/unit/test_engine_hold.c: jobs that may not run: no network, a bandwidth policy of zero, a network that
 * costs. A whole engine whose clocks and network the test turns; the worker is the test's end of a socket pair.
 */
#include <check.h>

#include "engine/core.h"
#include "tests/peer/rig.h"
#include "tests/peer/box.h"

#define HOUR_MS 3600000ull
#define FAR "http://192.0.2.1/f"
#define NEAR "http://127.0.0.1:9/f"

enum { FOREGROUND, HIGH, NORMAL, LOW };

static char dir[256], state[300], path[300];
static struct engine *eng;
static struct rig worker;
static const struct eng_caller me = { .uid = 4711, .reads_all = true, .writes_all = true };
static uint64_t clock_ms, clock_ft, tag;
static unsigned starts, limits;
static struct proto_limit told;		/* the last START or LIMIT */
static bool connected, over;

static uint64_t turned_ms(void *ctx) { (void)ctx; return clock_ms; }
static uint64_t turned_ft(void *ctx) { (void)ctx; return clock_ft; }
static bool is_connected(void *ctx) { (void)ctx; return connected; }

static int start_worker(void *ctx, uint32_t uid)
{
	int fds[2];

	(void)ctx;
	(void)uid;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return -1;
	if (worker.fd > 0)
		close(worker.fd);
	worker.fd = fds[1];
	return fds[0];
}

static void open_engine(void)
{
	struct eng_config config = { .state_dir = state, .limits = { 60, 300, 200, 500 }, .slice_s = 300,
	    .patience_s = 1000000 };
	struct eng_host host = { .worker_start = start_worker, .now_ms = turned_ms, .now_ft = turned_ft,
	    .connected = is_connected };
	struct errinfo ei = { 0 };

	eng = engine_new(&config, &host, &ei);
	ck_assert_msg(eng != NULL, "%s", ei.text);
}

/* Monday 2023-11-20, 07:00 local time. */
static void setup(void)
{
	setenv("TZ", "Europe/Paris", 1);
	tzset();
	log_init("engine", LOG_LEVEL_ERROR);
	box_make(dir, sizeof(dir), "hold");
	snprintf(state, sizeof(state), "%s/state", dir);
	snprintf(path, sizeof(path), "%s/f", dir);
	ck_assert_int_eq(mkdir(state, 0700), 0);
	worker = (struct rig){ .arena = arena_new(64u << 20) };
	clock_ms = HOUR_MS;
	clock_ft = (FT_UNIX + 1700460000u) * FT_PER_S;
	connected = true;
	starts = limits = 0;
	open_engine();
}

static void teardown(void)
{
	eng_close(eng);
	if (worker.fd > 0)
		close(worker.fd);
	arena_free(worker.arena);
	box_remove(dir);
}

static void say(enum proto_type type, struct proto_msg m, uint64_t to)
{
	m.type = type;
	m.tag = to;
	rig_send(&worker, &m);
}

static void obey(const struct proto_msg *m)
{
	if (m->type == PROTO_CHECK)
		say(PROTO_CHECKED, (struct proto_msg){ .checked = { .text = "" } }, m->tag);
	if (m->type == PROTO_DISCARD)
		say(PROTO_DISCARDED, (struct proto_msg){ .discarded = { .text = "" } }, m->tag);
	if (m->type == PROTO_STOP)
		say(PROTO_STOPPED, (struct proto_msg){ .stopped = { .durable = 0 } }, m->tag);
	if (m->type == PROTO_START) {
		starts++;
		tag = m->tag;
		told.priority = m->start.priority;
		told.limit = m->start.limit;
		say(PROTO_ANSWERED, (struct proto_msg){ .answered = { .size = 1000, .etag = "e", .modified = "",
		    .dev = 1, .ino = 1, .headers = "", .url = "" } }, m->tag);
	}
	if (m->type == PROTO_LIMIT) {
		limits++;
		ck_assert_uint_eq(m->tag, tag);
		told = m->limit;
	}
}

static uint64_t settle(void)
{
	struct proto_msg m;
	uint64_t wake;
	bool more;

	do {
		wake = engine_step(eng);
		more = false;
		while (worker.fd > 0 && poll(&(struct pollfd){ worker.fd, POLLIN, 0 }, 1, 0) > 0 &&
		    rig_next(&worker, &m, 1000)) {
			more = true;
			obey(&m);
		}
	} while (more);
	return wake;
}

/* Wakes the engine only when it wants to be. */
static void pass(uint64_t ms)
{
	uint64_t end = clock_ms + ms, wake;

	while ((wake = settle()) <= end - clock_ms) {
		clock_ms += wake;
		clock_ft += wake * (FT_PER_S / 1000);
	}
	clock_ft += (end - clock_ms) * (FT_PER_S / 1000);
	clock_ms = end;
	settle();
}

static void network(bool up)
{
	connected = up;
	eng_network_changed(eng);
	settle();
}

static void on_done(struct eng_call *call, enum err err)
{
	(void)call;
	(void)err;
	over = true;
}

static enum err ask(struct eng_call *call)
{
	call->caller = call->caller.uid ? call->caller : me;
	call->owner_uid = 4711;
	call->owner = "me";
	call->done = on_done;
	over = false;
	eng_submit(eng, call);
	for (unsigned i = 0; i < 20 && !over; i++)
		settle();
	ck_assert(over);
	eng_view_unref(call->view);
	return call->err;
}

static enum err set(const struct guid *id, enum job_prop prop, uint64_t num)
{
	struct eng_change change = { prop, num, NULL };
	enum err err = ask(&(struct eng_call){ .verb = ENG_SET, .job = *id, .changes = &change, .nchanges = 1 });

	settle();
	return err;
}

static enum err policy(enum eng_policy which, uint64_t num, const char *text)
{
	struct eng_change change = { (enum job_prop)which, num, text };
	enum err err = ask(&(struct eng_call){ .verb = ENG_SET_POLICY, .changes = &change, .nchanges = 1 });

	settle();
	return err;
}

static struct guid make_job(const char *url, unsigned priority)
{
	struct eng_new_file file = { .url = url, .path = path };
	struct eng_change change = { JOB_PROP_Priority, priority, NULL };
	struct eng_call call = { .verb = ENG_CREATE, .files = &file, .nfiles = 1, .start = true, .changes = &change,
	    .nchanges = 1 };

	ck_assert_int_eq(ask(&call), ERR_OK);
	settle();
	return call.job;
}

static void sees(const struct guid *id, enum job_state want, enum err code)
{
	struct job_view *view = eng_find(eng, &me, id);

	ck_assert_ptr_nonnull(view);
	ck_assert_str_eq(job_state_text((enum job_state)view->rec.state), job_state_text(want));
	ck_assert_uint_eq(view->rec.error_code, code ? err_hresult(code) : 0);
	ck_assert(!code || *view->rec.error_text);
	ck_assert_uint_eq(view->rec.transient_errors, 0);
	eng_view_unref(view);
}

START_TEST(a_lost_network_stops_what_runs_and_its_return_starts_all_of_it_at_once)
{
	struct guid running = make_job(FAR, NORMAL), queued = make_job(FAR, NORMAL), near;

	sees(&running, JOB_TRANSFERRING, ERR_OK);
	network(false);
	sees(&running, JOB_TRANSIENT_ERROR, ERR_NETWORK_DISCONNECTED);
	sees(&queued, JOB_TRANSIENT_ERROR, ERR_NETWORK_DISCONNECTED);
	near = make_job(NEAR, NORMAL);
	sees(&near, JOB_TRANSFERRING, ERR_OK);
	pass(48 * HOUR_MS);
	sees(&running, JOB_TRANSIENT_ERROR, ERR_NETWORK_DISCONNECTED);
	starts = 0;
	ask(&(struct eng_call){ .verb = ENG_CANCEL, .job = near });
	network(true);
	sees(&running, JOB_TRANSFERRING, ERR_OK);
	ck_assert_uint_eq(starts, 1);
}
END_TEST

START_TEST(a_machine_without_network_serves_itself)
{
	struct guid near, far;

	connected = false;
	eng_close(eng);
	open_engine();
	near = make_job(NEAR, NORMAL);
	far = make_job(FAR, FOREGROUND);
	sees(&near, JOB_TRANSFERRING, ERR_OK);
	sees(&far, JOB_TRANSIENT_ERROR, ERR_NETWORK_DISCONNECTED);
}
END_TEST

/* Any transient error, not only this one: bits 1.3. */
START_TEST(a_network_that_comes_ends_every_wait)
{
	struct guid id = make_job(FAR, NORMAL);

	say(PROTO_FAILED, (struct proto_msg){ .failed = { .hresult = 0x801901f7, .context = 5, .transient = 1,
	    .text = "busy", .url = "" } }, tag);
	settle();
	network(false);
	ck_assert_uint_eq(starts, 1);
	network(true);
	ck_assert_uint_eq(starts, 2);
	(void)id;
}
END_TEST

START_TEST(a_failure_without_a_network_is_called_so_and_does_not_count)
{
	struct guid id = make_job(FAR, NORMAL);

	connected = false;		/* the kernel has not said so yet, or says so in the same turn */
	eng_network_changed(eng);
	say(PROTO_FAILED, (struct proto_msg){ .failed = { .hresult = 0x80072efd, .context = 5, .transient = 1,
	    .text = "unreachable", .url = "" } }, tag);
	settle();
	sees(&id, JOB_TRANSIENT_ERROR, ERR_NETWORK_DISCONNECTED);
}
END_TEST

START_TEST(a_policy_of_zero_holds_background_jobs_until_its_hours_end)
{
	struct guid low, fore;

	ck_assert_int_eq(policy(POLICY_BandwidthSchedule, 0, "mon-fri 08:00-17:00 low=blocked normal=1000"), ERR_OK);
	low = make_job(NEAR, LOW);
	sees(&low, JOB_TRANSFERRING, ERR_OK);
	ck_assert_uint_eq(told.limit, 0);
	pass(59 * 60000);
	sees(&low, JOB_TRANSFERRING, ERR_OK);
	pass(60000);
	sees(&low, JOB_TRANSIENT_ERROR, ERR_BLOCKED_BY_POLICY);
	fore = make_job(NEAR, FOREGROUND);
	sees(&fore, JOB_TRANSFERRING, ERR_OK);
	ck_assert_uint_eq(told.limit, 0);
	pass(9 * HOUR_MS - 60000);
	sees(&low, JOB_TRANSIENT_ERROR, ERR_BLOCKED_BY_POLICY);
	pass(60000);
	sees(&low, JOB_TRANSFERRING, ERR_OK);
}
END_TEST

START_TEST(running_jobs_hear_of_new_limits_and_priorities)
{
	struct guid id = make_job(NEAR, NORMAL);

	ck_assert_uint_eq(told.priority, NORMAL);
	ck_assert_int_eq(set(&id, JOB_PROP_RateLimit, 5000), ERR_OK);
	ck_assert_uint_eq(told.limit, 5000);
	ck_assert_int_eq(policy(POLICY_MaxInternetBandwidth, 0, "8"), ERR_OK);
	ck_assert_uint_eq(told.limit, 1000);
	ck_assert_int_eq(set(&id, JOB_PROP_Priority, FOREGROUND), ERR_OK);
	ck_assert_uint_eq(told.priority, FOREGROUND);
	ck_assert_uint_eq(told.limit, 5000);
	ck_assert_uint_eq(starts, 1);
	ck_assert_uint_eq(limits, 3);
}
END_TEST

START_TEST(a_clock_that_is_set_moves_the_schedule_only_after_an_hour)
{
	struct guid low;

	policy(POLICY_BandwidthSchedule, 0, "mon-fri 08:00-17:00 low=blocked");
	low = make_job(NEAR, LOW);
	clock_ft += 3 * 3600ull * FT_PER_S;	/* 10:00, says somebody */
	pass(30 * 60000);
	sees(&low, JOB_TRANSFERRING, ERR_OK);
	pass(31 * 60000);
	sees(&low, JOB_TRANSIENT_ERROR, ERR_BLOCKED_BY_POLICY);
}
END_TEST

START_TEST(what_the_configuration_fixes_decides_and_what_was_set_is_kept_for_later)
{
	struct eng_policy_value fixed[POLICY__COUNT] = { [POLICY_MaxJobsPerUser] = { .num = 7, .fixed = true } };
	struct eng_policy_value now[POLICY__COUNT];
	struct arena *arena = arena_new(65536);

	ck_assert_uint_eq(policy_number(eng, POLICY_MaxJobsPerUser), 60);
	ck_assert_int_eq(policy(POLICY_MaxJobsPerUser, 5, NULL), ERR_OK);
	ck_assert_uint_eq(policy_number(eng, POLICY_MaxJobsPerUser), 5);
	eng_set_fixed_policies(eng, fixed);
	settle();
	ck_assert_uint_eq(policy_number(eng, POLICY_MaxJobsPerUser), 7);
	ck_assert_int_eq(policy(POLICY_MaxJobsPerUser, 6, NULL), ERR_OVERRIDDEN);
	ck_assert_uint_eq(policy_number(eng, POLICY_MaxJobsPerUser), 7);
	ck_assert(eng_policies(eng, arena, now));
	ck_assert(now[POLICY_MaxJobsPerUser].fixed && !now[POLICY_MaxJobsPerMachine].fixed);
	ck_assert_uint_eq(now[POLICY_MaxJobsPerUser].num, 7);
	eng_close(eng);
	open_engine();
	ck_assert_uint_eq(policy_number(eng, POLICY_MaxJobsPerUser), 6);
	arena_free(arena);
}
END_TEST

START_TEST(policies_are_checked_and_for_administrators)
{
	struct eng_change bad[] = { { (enum job_prop)POLICY_MaxJobsPerUser, 5, NULL },
	    { (enum job_prop)POLICY_BandwidthSchedule, 0, "whenever" } };
	struct eng_call call = { .verb = ENG_SET_POLICY, .changes = bad, .nchanges = 2 };

	ck_assert_int_eq(ask(&call), ERR_INVALID_ARG);
	ck_assert_uint_eq(policy_number(eng, POLICY_MaxJobsPerUser), 60);
	call.nchanges = 1;
	call.caller = (struct eng_caller){ .uid = 4711, .reads_all = true };
	ck_assert_int_eq(ask(&call), ERR_ACCESS_DENIED);
	ck_assert_uint_eq(policy_number(eng, POLICY_MaxJobsPerUser), 60);
	ck_assert_int_eq(policy(POLICY_MaxJobsPerUser, 0, NULL), ERR_INVALID_ARG);
}
END_TEST

START_TEST(a_metered_network_holds_jobs_that_may_not_cost_anything)
{
	struct guid id = make_job(FAR, LOW);

	policy(POLICY_CostPolicy, 0, "low=UNRESTRICTED");
	sees(&id, JOB_TRANSFERRING, ERR_OK);
	policy(POLICY_Metered, 0, "yes");
	sees(&id, JOB_TRANSIENT_ERROR, ERR_BLOCKED_BY_COST);
	ck_assert_int_eq(set(&id, JOB_PROP_CostFlags, 0x800000ff), ERR_OK);
	sees(&id, JOB_TRANSFERRING, ERR_OK);
	ck_assert_int_eq(set(&id, JOB_PROP_CostFlags, 0x80000021), ERR_OK);
	sees(&id, JOB_TRANSIENT_ERROR, ERR_BLOCKED_BY_COST);
	policy(POLICY_Metered, 0, "no");
	sees(&id, JOB_TRANSFERRING, ERR_OK);
}
END_TEST

START_TEST(a_suspended_job_is_left_alone_and_a_resumed_one_is_held)
{
	struct guid id = make_job(FAR, NORMAL);

	ask(&(struct eng_call){ .verb = ENG_SUSPEND, .job = id });
	network(false);
	sees(&id, JOB_SUSPENDED, ERR_OK);
	ask(&(struct eng_call){ .verb = ENG_RESUME, .job = id });
	settle();
	sees(&id, JOB_TRANSIENT_ERROR, ERR_NETWORK_DISCONNECTED);
	ask(&(struct eng_call){ .verb = ENG_RESUME, .job = id });
	settle();
	sees(&id, JOB_TRANSIENT_ERROR, ERR_NETWORK_DISCONNECTED);
}
END_TEST

/* What a proxy of the job's own reaches is for the proxy to say; one that would have to be found is none. */
START_TEST(a_proxy_of_the_job_s_own_needs_no_network_here)
{
	struct guid id = make_job(FAR, NORMAL);
	struct eng_change proxy[] = { { JOB_PROP_ProxyUsage, 2, NULL }, { JOB_PROP_ProxyList, 0, "p:3128" } };
	struct eng_call call = { .verb = ENG_SET, .job = id, .changes = proxy, .nchanges = 2 }, again = call;

	ck_assert_int_eq(ask(&call), ERR_OK);
	network(false);
	sees(&id, JOB_TRANSFERRING, ERR_OK);
	proxy[0].num = 3;
	proxy[1].text = "";
	ck_assert_int_eq(ask(&again), ERR_OK);
	settle();
	sees(&id, JOB_TRANSIENT_ERROR, ERR_NETWORK_DISCONNECTED);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("engine_hold");
	TCase *t = tcase_create("hold");

	tcase_set_timeout(t, 30);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_lost_network_stops_what_runs_and_its_return_starts_all_of_it_at_once);
	tcase_add_test(t, a_machine_without_network_serves_itself);
	tcase_add_test(t, a_network_that_comes_ends_every_wait);
	tcase_add_test(t, a_failure_without_a_network_is_called_so_and_does_not_count);
	tcase_add_test(t, a_policy_of_zero_holds_background_jobs_until_its_hours_end);
	tcase_add_test(t, running_jobs_hear_of_new_limits_and_priorities);
	tcase_add_test(t, a_clock_that_is_set_moves_the_schedule_only_after_an_hour);
	tcase_add_test(t, what_the_configuration_fixes_decides_and_what_was_set_is_kept_for_later);
	tcase_add_test(t, policies_are_checked_and_for_administrators);
	tcase_add_test(t, a_metered_network_holds_jobs_that_may_not_cost_anything);
	tcase_add_test(t, a_suspended_job_is_left_alone_and_a_resumed_one_is_held);
	tcase_add_test(t, a_proxy_of_the_job_s_own_needs_no_network_here);
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
