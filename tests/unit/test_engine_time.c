/* SPDX-License-Identifier: MIT
 * tests/unit/test_engine_time.c: a whole engine with a real store whose clocks the test turns: two weeks
 * of retries, 90 days of silence and wrong wall clocks pass in milliseconds. No thread, no timer; the
 * worker is the test's end of a socket pair.
 */
#include <check.h>

#include "engine/backoff.h"
#include "engine/core.h"
#include "tests/peer/rig.h"
#include "tests/peer/box.h"

#define URL "http://127.0.0.1:9/f"
#define DAY_MS 86400000ull
#define YEAR_FT (365ull * 86400 * FT_PER_S)
#define CONNECT_FAILED 0x80072EFDu

static char dir[256], state[300], path[300];
static struct engine *eng;
static struct rig worker;
static const struct eng_new_file one_file = { .url = URL, .path = path };
static const struct eng_caller me = { .uid = 4711, .reads_all = true, .writes_all = true };

static uint64_t clock_ms, clock_ft;
static unsigned tries, discards;		/* STARTs and DISCARDs the worker has seen */
static uint64_t last_try_ms;
static uint64_t retry_after_s;
static bool fails;				/* every START is answered with a transient FAILED */
static uint64_t tag;				/* of the last START */
static bool arrives;				/* every START ends well at once */
static uint64_t notify_status;			/* how commands end; UINT64_MAX: they run on */
static uint64_t notify_tags[40];
static unsigned notifies;			/* NOTIFYs the worker has seen */
static char notify_text[300];			/* of the last */

static uint64_t turned_ms(void *ctx) { (void)ctx; return clock_ms; }
static uint64_t turned_ft(void *ctx) { (void)ctx; return clock_ft; }

static void pass(uint64_t ms)
{
	clock_ms += ms;
	clock_ft += ms * (FT_PER_S / 1000);
}

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
	    .notify_system = true };
	struct eng_host host = { .worker_start = start_worker, .now_ms = turned_ms, .now_ft = turned_ft };
	struct errinfo ei = { 0 };

	eng = engine_new(&config, &host, &ei);
	ck_assert_msg(eng != NULL, "%s", ei.text);
}

/* In memory where there is such a place: thousands of commits are not what is measured. */
static void setup(void)
{
	log_init("engine", LOG_LEVEL_ERROR);
	if (!access("/dev/shm", W_OK))
		setenv("TMPDIR", "/dev/shm", 1);
	box_make(dir, sizeof(dir), "time");
	snprintf(state, sizeof(state), "%s/state", dir);
	snprintf(path, sizeof(path), "%s/f", dir);
	ck_assert_int_eq(mkdir(state, 0700), 0);
	worker = (struct rig){ .arena = arena_new(64u << 20) };
	clock_ms = 7 * DAY_MS;
	clock_ft = (FT_UNIX + 1700000000u) * FT_PER_S;
	tries = discards = 0;
	retry_after_s = 0;
	fails = true;
	arrives = false;
	notify_status = 0;
	notifies = 0;
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

/* The worker. */

static void say(enum proto_type type, uint64_t to, struct proto_msg m)
{
	m.type = type;
	m.tag = to;
	rig_send(&worker, &m);
}

static void on_start(const struct proto_msg *m)
{
	tries++;
	last_try_ms = clock_ms;
	tag = m->tag;
	if (arrives) {
		say(PROTO_ANSWERED, m->tag, (struct proto_msg){ .answered = { .file = m->start.file, .size = 1,
		    .etag = "", .modified = "", .dev = 7, .ino = 8, .headers = "", .url = "" } });
		say(PROTO_DONE, m->tag, (struct proto_msg){ .done = { .file = m->start.file, .size = 1 } });
	} else if (fails)
		say(PROTO_FAILED, m->tag, (struct proto_msg){ .failed = { .file = m->start.file,
		    .durable = m->start.offset, .hresult = CONNECT_FAILED, .context = 5, .transient = 1,
		    .retry_after_s = retry_after_s, .text = "Nobody there.", .url = "" } });
}

static void on_notify(const struct proto_msg *m)
{
	notify_tags[notifies++ % COUNT(notify_tags)] = m->tag;
	snprintf(notify_text, sizeof(notify_text), "%s|%s|%s|%s|%08X", m->notify.program, m->notify.parameters,
	    m->notify.name, m->notify.state, (unsigned)m->notify.error);
	if (notify_status != UINT64_MAX)
		say(PROTO_NOTIFIED, m->tag, (struct proto_msg){ .notified = { .status = notify_status,
		    .text = notify_status ? "it ended with status 1" : "" } });
}

static void obey(const struct proto_msg *m)
{
	if (m->type == PROTO_CHECK)
		say(PROTO_CHECKED, m->tag, (struct proto_msg){ .checked = { .text = "" } });
	else if (m->type == PROTO_START)
		on_start(m);
	else if (m->type == PROTO_STOP)
		say(PROTO_STOPPED, m->tag, (struct proto_msg){ .stopped = { .durable = 0 } });
	else if (m->type == PROTO_DISCARD)
		say(PROTO_DISCARDED, m->tag, (struct proto_msg){ .discarded = { .text = "" } });
	else if (m->type == PROTO_NOTIFY)
		on_notify(m);
	discards += m->type == PROTO_DISCARD;
}

/* Engine and worker until neither has anything to do now. Gives the ms until the engine wakes by itself. */
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

static void pass_and_settle(uint64_t ms)
{
	uint64_t end = clock_ms + ms, wake;

	while ((wake = settle()) <= end - clock_ms)
		pass(wake);
	pass(end - clock_ms);
	settle();
}

static void pass_until_try(unsigned n, uint64_t ms)
{
	uint64_t end = clock_ms + ms, wake;

	while ((wake = settle()) <= end - clock_ms && tries < n)
		pass(wake);
	ck_assert_uint_eq(tries, n);
}

/* Calls. */

static bool over;

static void on_done(struct eng_call *call, enum err err)
{
	(void)call;
	(void)err;
	over = true;
}

static enum err ask_with(struct eng_call *call)
{
	call->caller = me;
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

static enum err ask(enum eng_verb verb, const struct guid *id)
{
	return ask_with(&(struct eng_call){ .verb = verb, .job = *id });
}

static void set(const struct guid *id, enum job_prop prop, uint64_t num)
{
	struct eng_change change = { prop, num, NULL };

	ck_assert_int_eq(ask_with(&(struct eng_call){ .verb = ENG_SET, .job = *id, .changes = &change,
	    .nchanges = 1 }), ERR_OK);
}

static struct guid make_job(void)
{
	struct eng_call call = { .verb = ENG_CREATE, .files = &one_file, .nfiles = 1 };

	ck_assert_int_eq(ask_with(&call), ERR_OK);
	return call.job;
}

static struct job_view *see(const struct guid *id)
{
	struct job_view *view = eng_find(eng, &me, id);

	ck_assert_ptr_nonnull(view);
	return view;
}

static enum job_state state_of(const struct guid *id)
{
	struct job_view *view = see(id);
	enum job_state s = (enum job_state)view->rec.state;

	eng_view_unref(view);
	return s;
}

#define sees(id, want) ck_assert_str_eq(job_state_text(state_of(id)), job_state_text(want))

static void restart(int years, uint64_t boot_ms)
{
	eng_close(eng);
	if (boot_ms)
		clock_ms = boot_ms;		/* the machine was started anew */
	clock_ft += (uint64_t)((int64_t)YEAR_FT * years);
	open_engine();
}

/* Fails until it is final; checks the distance of every two tries. Gives the ms that took. */
static uint64_t fail_to_the_end(const struct guid *id, uint64_t delay_ms, unsigned restart_at, int years,
    uint64_t boot_ms)
{
	uint64_t lived = 0, before = 0;
	unsigned seen = 0;
	bool first = true;

	while (state_of(id) != JOB_ERROR) {
		uint64_t wake = settle();

		if (tries != seen) {
			ck_assert_uint_eq(tries, seen + 1);
			if (!first)
				ck_assert_msg(last_try_ms - before >= delay_ms && last_try_ms - before <= delay_ms / 10 * 11,
				    "%llu ms between tries %u and %u", (unsigned long long)(last_try_ms - before),
				    seen, tries);
			first = false;
			before = last_try_ms;
			seen = tries;
		}
		ck_assert_uint_lt(tries, 3000);
		if (seen == restart_at) {
			restart(years, boot_ms);
			restart_at = 0;
			settle();		/* a start tries at once */
			ck_assert_uint_eq(tries, seen + 1);
			before = last_try_ms;
			seen = tries;
			continue;
		}
		if (state_of(id) == JOB_ERROR)
			break;
		ck_assert_uint_ne(wake, UINT64_MAX);
		lived += wake;
		pass(wake);
	}
	return lived;
}

START_TEST(two_weeks_of_retries_take_milliseconds)
{
	struct guid id = make_job();
	uint64_t began = now_ms(), lived;
	struct job_view *view;

	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	lived = fail_to_the_end(&id, 600000, 0, 0, 0);
	ck_assert_uint_eq(lived, 14 * DAY_MS - 1);
	ck_assert_uint_ge(tries, 14 * DAY_MS / 660000);
	ck_assert_uint_le(tries, 14 * DAY_MS / 600000 + 1);
	view = see(&id);
	ck_assert_uint_eq(view->rec.transient_errors, tries);
	ck_assert_uint_eq(view->rec.error_code, CONNECT_FAILED);
	ck_assert_uint_eq(view->tries->n, 16);
	ck_assert_uint_eq(view->tries->at[15].number, tries - 1);
	ck_assert_uint_eq(view->tries->at[0].number, tries - 16);
	ck_assert_uint_eq(view->tries->at[15].code, CONNECT_FAILED);
	ck_assert_str_eq(view->tries->at[15].text, "Nobody there.");
	eng_view_unref(view);
	printf("time: %u tries in 14 days of it, %llu ms of ours\n", tries, (unsigned long long)(now_ms() - began));
	fflush(stdout);
	pass_and_settle(30 * DAY_MS);
	sees(&id, JOB_ERROR);
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);	/* and the clock begins anew */
	sees(&id, JOB_TRANSIENT_ERROR);
}
END_TEST

static const struct { int years; uint64_t boot_ms; } restarts[] = {
	{ 0, 0 }, { 1, 0 }, { -1, 0 }, { 1, 5000 }, { -1, 5000 },
};

START_TEST(a_restart_in_the_middle_and_a_wrong_wall_clock_change_nothing)
{
	struct guid id = make_job();

	set(&id, JOB_PROP_MinimumRetryDelay, 3600);
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	ck_assert_uint_eq(fail_to_the_end(&id, 3600000, 100, restarts[_i].years, restarts[_i].boot_ms),
	    14 * DAY_MS - 1);
	ck_assert_uint_ge(tries, 14 * DAY_MS / 3960000);
}
END_TEST

START_TEST(a_wall_clock_that_jumps_while_the_agent_runs_has_no_say)
{
	struct guid id = make_job();

	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	for (int i = 0; i < 10; i++) {
		unsigned before = tries;

		clock_ft += (uint64_t)((int64_t)YEAR_FT * (i % 2 ? -1 : 1));
		settle();
		ck_assert_uint_eq(tries, before);
		pass_and_settle(660000);
		ck_assert_uint_eq(tries, before + 1);
	}
	sees(&id, JOB_TRANSIENT_ERROR);
}
END_TEST

START_TEST(a_byte_that_moves_begins_the_two_weeks_anew)
{
	struct guid id = make_job();
	unsigned before;

	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	pass_and_settle(13 * DAY_MS);
	sees(&id, JOB_TRANSIENT_ERROR);
	fails = false;
	for (before = tries; tries == before; )		/* no longer: a worker that says nothing is given up */
		pass_and_settle(60000);
	say(PROTO_ANSWERED, tag, (struct proto_msg){ .answered = { .size = 1000, .etag = "\"e\"", .modified = "",
	    .dev = 7, .ino = 8, .headers = "", .url = "" } });
	say(PROTO_PROGRESS, tag, (struct proto_msg){ .progress = { .received = 10 } });
	fails = true;
	say(PROTO_FAILED, tag, (struct proto_msg){ .failed = { .hresult = CONNECT_FAILED, .context = 5,
	    .transient = 1, .text = "Gone.", .url = "" } });
	pass_and_settle(13 * DAY_MS);
	sees(&id, JOB_TRANSIENT_ERROR);
	pass_and_settle(DAY_MS);
	sees(&id, JOB_ERROR);
}
END_TEST

START_TEST(the_delay_can_be_made_shorter_while_it_runs_never_longer_and_resume_skips_it)
{
	struct guid id = make_job();

	set(&id, JOB_PROP_MinimumRetryDelay, 3600);
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	ck_assert_uint_eq(tries, 1);
	pass_and_settle(100000);
	set(&id, JOB_PROP_MinimumRetryDelay, 90000);
	pass_until_try(2, 3960000 - 100000);
	set(&id, JOB_PROP_MinimumRetryDelay, 300);
	pass_and_settle(299999);
	ck_assert_uint_eq(tries, 2);
	pass_and_settle(30001);
	ck_assert_uint_eq(tries, 3);
	pass_and_settle(200000);
	set(&id, JOB_PROP_MinimumRetryDelay, 100);	/* that long ago already */
	settle();
	ck_assert_uint_eq(tries, 4);
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	ck_assert_uint_eq(tries, 5);
}
END_TEST

START_TEST(retry_after_counts_when_it_is_longer_and_for_a_day_at_most)
{
	struct guid id = make_job();

	retry_after_s = 7200;
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	pass_and_settle(7199999);
	ck_assert_uint_eq(tries, 1);
	retry_after_s = 1u << 30;
	pass_and_settle(720001);
	ck_assert_uint_eq(tries, 2);
	pass_and_settle(DAY_MS * 11 / 10);
	ck_assert_uint_eq(tries, 3);
}
END_TEST

START_TEST(the_history_ends_with_the_try_that_came_through_and_lasts_over_restarts)
{
	struct guid id = make_job();
	struct job_view *view;

	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	pass_until_try(3, 1400000);
	arrives = true;
	pass_and_settle(660000);
	sees(&id, JOB_TRANSFERRED);
	restart(0, 5000);
	view = see(&id);
	ck_assert_uint_eq(view->tries->n, 4);
	for (unsigned i = 0; i < 4; i++) {
		ck_assert_uint_eq(view->tries->at[i].number, i);
		ck_assert_uint_eq(view->tries->at[i].code, i < 3 ? CONNECT_FAILED : 0);
		ck_assert_uint_le(view->tries->at[i].began_ft, view->tries->at[i].ended_ft);
	}
	ck_assert_uint_eq(view->tries->at[3].bytes, 1);
	ck_assert_uint_eq(view->tries->at[2].bytes, 0);
	eng_view_unref(view);
}
END_TEST

START_TEST(a_timeout_of_0_makes_the_first_error_final)
{
	struct guid id = make_job();

	set(&id, JOB_PROP_NoProgressTimeout, 0);
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	sees(&id, JOB_ERROR);
	ck_assert_uint_eq(tries, 1);
}
END_TEST

/* Busy for so long, with a worker that says something now and then. */
static void busy_for(uint64_t ms)
{
	for (; ms; ms -= ms < 60000 ? ms : 60000) {
		say(PROTO_PROGRESS, tag, (struct proto_msg){ .progress = { .received = 1 } });
		pass_and_settle(ms < 60000 ? ms : 60000);
	}
}

static void fail_now(void)
{
	say(PROTO_FAILED, tag, (struct proto_msg){ .failed = { .hresult = CONNECT_FAILED, .context = 5,
	    .transient = 1, .text = "Gone.", .url = "" } });
	settle();
}

START_TEST(the_maximum_download_time_counts_busy_time_only_and_lasts_over_restarts)
{
	struct guid id = make_job();
	struct job_view *view;

	fails = false;
	set(&id, JOB_PROP_MaximumDownloadTime, 3600);
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	busy_for(1000000);
	fail_now();
	sees(&id, JOB_TRANSIENT_ERROR);
	pass_and_settle(660000);		/* waiting does not count, but some of it was a second try */
	ck_assert_uint_eq(tries, 2);
	view = see(&id);
	ck_assert_uint_eq(view->rec.busy_ms, 1000000);
	eng_view_unref(view);
	busy_for(1000000);
	restart(1, 5000);
	settle();
	view = see(&id);
	ck_assert_uint_ge(view->rec.busy_ms, 2000000);
	ck_assert_uint_le(view->rec.busy_ms, 2070000);
	eng_view_unref(view);
	busy_for(1500000);
	sees(&id, JOB_CONNECTING);
	busy_for(100000);
	sees(&id, JOB_ERROR);
	view = see(&id);
	ck_assert_uint_eq(view->rec.error_code, 0x80200054);
	ck_assert_uint_eq(view->rec.error_context, 2);
	eng_view_unref(view);
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	busy_for(3500000);
	sees(&id, JOB_CONNECTING);
	busy_for(100000);
	sees(&id, JOB_ERROR);
}
END_TEST

static bool is_there(const struct guid *id)
{
	struct job_view *view = eng_find(eng, &me, id);

	eng_view_unref(view);
	return view != NULL;
}

static void set_text(const struct guid *id, enum job_prop prop, const char *text)
{
	struct eng_change change = { prop, 0, text };

	ck_assert_int_eq(ask_with(&(struct eng_call){ .verb = ENG_SET, .job = *id, .changes = &change,
	    .nchanges = 1 }), ERR_OK);
}

static uint64_t due(const struct guid *id)
{
	struct job_view *view = see(id);
	uint64_t bits = view->rec.notify_due;

	eng_view_unref(view);
	return bits;
}

START_TEST(a_forgotten_job_is_cancelled_after_90_days_with_its_files)
{
	struct guid id = make_job(), kept = make_job();

	pass_and_settle(89 * DAY_MS);
	ck_assert(is_there(&id));
	set(&kept, JOB_PROP_Priority, 1);
	pass_and_settle(DAY_MS);
	ck_assert(!is_there(&id));
	ck_assert_uint_eq(discards, 1);
	ck_assert(is_there(&kept));
	pass_and_settle(89 * DAY_MS);
	ck_assert(!is_there(&kept));
}
END_TEST

START_TEST(a_forgotten_job_is_forgotten_over_restarts_too)
{
	struct guid id = make_job();

	pass_and_settle(60 * DAY_MS);
	restart(0, 5000);
	pass_and_settle(29 * DAY_MS);
	ck_assert(is_there(&id));
	pass_and_settle(DAY_MS + 1000);
	ck_assert(!is_there(&id));
}
END_TEST

START_TEST(a_job_whose_command_is_still_due_is_forgotten_all_the_same)
{
	struct guid id = make_job();

	arrives = true;
	notify_status = 1;
	set(&id, JOB_PROP_MinimumRetryDelay, 20 * DAY_MS / 1000);
	set_text(&id, JOB_PROP_NotifyCommand, "/usr/bin/tell");
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	sees(&id, JOB_TRANSFERRED);
	pass_and_settle(89 * DAY_MS);
	ck_assert(is_there(&id));
	ck_assert_uint_eq(notifies, 5);
	ck_assert_uint_ne(due(&id), 0);
	pass_and_settle(DAY_MS);
	ck_assert(!is_there(&id));
	ck_assert_uint_eq(notifies, 5);
}
END_TEST

START_TEST(a_job_whose_command_never_ends_is_forgotten_all_the_same)
{
	struct guid id = make_job();

	arrives = true;
	notify_status = UINT64_MAX;
	set_text(&id, JOB_PROP_NotifyCommand, "/usr/bin/tell");
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	pass_and_settle(90 * DAY_MS);
	ck_assert(!is_there(&id));
}
END_TEST

START_TEST(a_wall_clock_a_year_ahead_leaves_an_hour_and_one_behind_takes_nothing)
{
	struct guid id = make_job();

	restart(1, 0);
	pass_and_settle(3500000);
	ck_assert(is_there(&id));
	restart(-1, 0);
	pass_and_settle(89 * DAY_MS);
	ck_assert(is_there(&id));
}
END_TEST

START_TEST(a_forgotten_job_whose_files_cannot_be_removed_is_tried_again_in_an_hour)
{
	struct guid id = make_job();
	int lost = 0;

	while (is_there(&id) && lost < 6) {	/* two workers each time */
		uint64_t wake = engine_step(eng);

		ck_assert_uint_le(wake, 90 * DAY_MS);
		pass(wake);
		engine_step(eng);
		if (worker.fd > 0 && poll(&(struct pollfd){ worker.fd, POLLIN, 0 }, 1, 0) > 0) {
			close(worker.fd);	/* it dies over the DISCARD */
			worker.fd = -1;
			lost++;
			engine_step(eng);
			ck_assert(is_there(&id));
		}
	}
	ck_assert_int_eq(lost, 6);
	pass_and_settle(3600000);
	ck_assert(!is_there(&id));
}
END_TEST

START_TEST(a_command_is_run_once_for_a_transferred_job_whether_it_was_set_before_or_after)
{
	struct guid before = make_job(), after = make_job();

	arrives = true;
	set_text(&before, JOB_PROP_DisplayName, "mine");
	set_text(&before, JOB_PROP_NotifyCommand, "/usr/bin/tell");
	set_text(&before, JOB_PROP_NotifyParameters, "/usr/bin/tell 'it is here'");
	ck_assert_int_eq(ask(ENG_RESUME, &before), ERR_OK);
	sees(&before, JOB_TRANSFERRED);
	ck_assert_uint_eq(notifies, 1);
	ck_assert_str_eq(notify_text, "/usr/bin/tell|/usr/bin/tell 'it is here'|mine|TRANSFERRED|00000000");
	ck_assert_int_eq(ask(ENG_RESUME, &after), ERR_OK);
	ck_assert_uint_eq(due(&after), 1);
	restart(0, 5000);
	settle();
	ck_assert_uint_eq(notifies, 1);
	set_text(&after, JOB_PROP_NotifyCommand, "/usr/bin/tell");
	ck_assert_uint_eq(notifies, 2);
	ck_assert_uint_eq(due(&after), 0);
	pass_and_settle(DAY_MS);
	restart(0, 0);
	pass_and_settle(DAY_MS);
	ck_assert_uint_eq(notifies, 2);
}
END_TEST

START_TEST(errors_are_told_by_their_flag_and_not_when_it_is_cleared_or_all_are_disabled)
{
	static const struct { uint64_t flags; unsigned runs; } rows[] = { { 2, 1 }, { 3, 1 }, { 1, 0 }, { 7, 0 } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct guid id = make_job();

		notifies = 0;
		set_text(&id, JOB_PROP_NotifyCommand, "/usr/bin/tell");
		set(&id, JOB_PROP_NotifyFlags, rows[i].flags);
		set(&id, JOB_PROP_NoProgressTimeout, 0);
		ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
		sees(&id, JOB_ERROR);
		ck_assert_uint_eq(notifies, rows[i].runs);
	}
	ck_assert_int_eq((int)(strstr(notify_text, "|ERROR|80072EFD") != NULL), 1);
}
END_TEST

START_TEST(a_command_that_fails_is_run_again_after_the_delay_ten_times_in_all_and_over_restarts)
{
	struct guid id = make_job();

	arrives = true;
	notify_status = 1;
	set_text(&id, JOB_PROP_NotifyCommand, "/usr/bin/tell");
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	for (unsigned n = 1; n < 10; n++) {
		ck_assert_uint_eq(notifies, n);
		pass_and_settle(599000);
		ck_assert_uint_eq(notifies, n);
		if (n == 4) {
			restart(0, 5000);	/* which forgets the delay, not the number */
			settle();
		} else {
			pass_and_settle(1000);
		}
	}
	ck_assert_uint_eq(notifies, 10);
	ck_assert_uint_eq(due(&id), 0);
	pass_and_settle(DAY_MS);
	ck_assert_uint_eq(notifies, 10);
	sees(&id, JOB_TRANSFERRED);
}
END_TEST

START_TEST(four_commands_of_a_user_run_at_a_time_and_a_lost_worker_has_them_run_again)
{
	struct guid ids[10];

	arrives = true;
	notify_status = UINT64_MAX;
	for (unsigned i = 0; i < COUNT(ids); i++) {
		ids[i] = make_job();
		set_text(&ids[i], JOB_PROP_NotifyCommand, "/usr/bin/tell");
		ck_assert_int_eq(ask(ENG_RESUME, &ids[i]), ERR_OK);
	}
	ck_assert_uint_eq(notifies, 4);
	say(PROTO_NOTIFIED, notify_tags[0], (struct proto_msg){ .notified = { .text = "" } });
	settle();
	ck_assert_uint_eq(notifies, 5);
	pass_and_settle(500000);		/* a slow command is no dead worker */
	ck_assert_uint_eq(notifies, 5);
	notify_status = 0;
	close(worker.fd);
	worker.fd = -1;
	settle();
	ck_assert_uint_eq(notifies, 10);	/* the five that waited */
	pass_and_settle(600000);
	ck_assert_uint_eq(notifies, 14);	/* and the four that were lost */
	for (unsigned i = 0; i < COUNT(ids); i++)
		ck_assert_uint_eq(due(&ids[i]), 0);
}
END_TEST

START_TEST(an_error_during_the_command_for_another_one_is_told_too)
{
	struct guid id = make_job();

	notify_status = UINT64_MAX;
	set_text(&id, JOB_PROP_NotifyCommand, "/usr/bin/tell");
	set(&id, JOB_PROP_NoProgressTimeout, 0);
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	ck_assert_uint_eq(notifies, 1);
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	sees(&id, JOB_ERROR);
	ck_assert_uint_eq(notifies, 1);
	say(PROTO_NOTIFIED, notify_tags[0], (struct proto_msg){ .notified = { .text = "" } });
	settle();
	ck_assert_uint_eq(notifies, 2);
}
END_TEST

static enum err set_as(const struct guid *id, bool remote, const char *program, const char *parameters)
{
	struct eng_change c[] = { { JOB_PROP_NotifyParameters, 0, parameters }, { JOB_PROP_NotifyCommand, 0, program } };
	struct eng_caller caller = me;

	caller.remote = remote;
	return notify_may_set(eng, &caller, job_by_id(eng, id), c, program ? 2 : 1, &(struct errinfo){ 0 });
}

START_TEST(remote_callers_set_commands_in_the_configured_directories_only)
{
	static const char *const dirs[] = { "/etc/dray/notify.d/" };
	struct guid id = make_job();

	ck_assert_int_eq(set_as(&id, true, "/usr/bin/tell", ""), ERR_ACCESS_DENIED);
	eng->config.notify_dirs = dirs;
	eng->config.nnotify_dirs = 1;
	ck_assert_int_eq(set_as(&id, true, "/etc/dray/notify.d/x", "x y"), ERR_OK);
	ck_assert_int_eq(set_as(&id, true, "/etc/dray/notify.d/sub/x", ""), ERR_ACCESS_DENIED);
	ck_assert_int_eq(set_as(&id, true, "/etc/dray/notify.d/../x", ""), ERR_ACCESS_DENIED);
	ck_assert_int_eq(set_as(&id, true, "/etc/dray/notify.dx", ""), ERR_ACCESS_DENIED);
	ck_assert_int_eq(set_as(&id, true, "", ""), ERR_OK);
	ck_assert_int_eq(set_as(&id, false, "/usr/bin/tell", ""), ERR_OK);
	ck_assert_int_eq(set_as(&id, false, "tell", ""), ERR_INVALID_ARG);
	ck_assert_int_eq(set_as(&id, false, "/usr/bin/tell", "x 'y"), ERR_INVALID_ARG);
	set_text(&id, JOB_PROP_NotifyCommand, "/usr/bin/tell");
	ck_assert_int_eq(set_as(&id, true, NULL, "-rf /"), ERR_ACCESS_DENIED);	/* new words for his program */
}
END_TEST

START_TEST(commands_of_system_accounts_are_never_run)
{
	struct guid id = make_job();

	arrives = true;
	eng->config.notify_system = false;
	job_by_id(eng, &id)->rec.uid = 999;
	set_text(&id, JOB_PROP_NotifyCommand, "/usr/bin/tell");
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	sees(&id, JOB_TRANSFERRED);
	pass_and_settle(DAY_MS);
	ck_assert_uint_eq(notifies, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine_time");
	TCase *t = tcase_create("time");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, two_weeks_of_retries_take_milliseconds);
	tcase_add_loop_test(t, a_restart_in_the_middle_and_a_wrong_wall_clock_change_nothing, 0, COUNT(restarts));
	tcase_add_test(t, a_wall_clock_that_jumps_while_the_agent_runs_has_no_say);
	tcase_add_test(t, a_byte_that_moves_begins_the_two_weeks_anew);
	tcase_add_test(t, the_delay_can_be_made_shorter_while_it_runs_never_longer_and_resume_skips_it);
	tcase_add_test(t, retry_after_counts_when_it_is_longer_and_for_a_day_at_most);
	tcase_add_test(t, the_history_ends_with_the_try_that_came_through_and_lasts_over_restarts);
	tcase_add_test(t, a_timeout_of_0_makes_the_first_error_final);
	tcase_add_test(t, the_maximum_download_time_counts_busy_time_only_and_lasts_over_restarts);
	tcase_add_test(t, a_forgotten_job_is_cancelled_after_90_days_with_its_files);
	tcase_add_test(t, a_forgotten_job_is_forgotten_over_restarts_too);
	tcase_add_test(t, a_job_whose_command_is_still_due_is_forgotten_all_the_same);
	tcase_add_test(t, a_job_whose_command_never_ends_is_forgotten_all_the_same);
	tcase_add_test(t, a_wall_clock_a_year_ahead_leaves_an_hour_and_one_behind_takes_nothing);
	tcase_add_test(t, a_forgotten_job_whose_files_cannot_be_removed_is_tried_again_in_an_hour);
	tcase_add_test(t, a_command_is_run_once_for_a_transferred_job_whether_it_was_set_before_or_after);
	tcase_add_test(t, errors_are_told_by_their_flag_and_not_when_it_is_cleared_or_all_are_disabled);
	tcase_add_test(t, a_command_that_fails_is_run_again_after_the_delay_ten_times_in_all_and_over_restarts);
	tcase_add_test(t, four_commands_of_a_user_run_at_a_time_and_a_lost_worker_has_them_run_again);
	tcase_add_test(t, an_error_during_the_command_for_another_one_is_told_too);
	tcase_add_test(t, remote_callers_set_commands_in_the_configured_directories_only);
	tcase_add_test(t, commands_of_system_accounts_are_never_run);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
