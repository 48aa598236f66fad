/* SPDX-License-Identifier: MIT
 * tests/unit/test_wsm_push.c: subscriptions that are pushed, to sinks that are a list: each POST waits there until
 * the test answers it.
 */
#include "tests/unit/test_wsm_sub_util.h"

#include <time.h>

#include "wsman/utf16.h"

#define SINK "http://sink/events?a=1&amp;b=2"
#define NOTIFY "<e:NotifyTo><a:Address>" SINK "</a:Address><a:ReferenceProperties xmlns:t=\"urn:t\"><t:Key t:x=\"&quot;" \
	"&lt;\">a&lt;b</t:Key><t:Out><t:In/></t:Out><e:Identifier>mine</e:Identifier></a:ReferenceProperties></e:NotifyTo>"
#define END "<e:EndTo><a:Address>http://sink/end</a:Address><a:ReferenceParameters><k xmlns=\"urn:k\">v</k>" \
	"</a:ReferenceParameters></e:EndTo>"
#define FAST "<w:ConnectionRetry Total=\"1\">PT0.001S</w:ConnectionRetry>"
#define WAIT_S 10

static pthread_mutex_t sink_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t sink_more = PTHREAD_COND_INITIALIZER;
static struct wsm_push *posts[64];
static unsigned nposts, taken;
static bool forbid;

static bool sink_may(void *ctx, const struct prov_caller *caller, const char *url, struct errinfo *ei)
{
	(void)ctx;
	(void)caller;
	if (!forbid)
		return true;
	err_set(ei, ERR_ACCESS_DENIED, "Events may not be sent to %s <here>.", url);
	return false;
}

static void sink_push(void *ctx, struct wsm_push *push)
{
	(void)ctx;
	pthread_mutex_lock(&sink_lock);
	ck_assert_uint_lt(nposts, COUNT(posts));
	posts[nposts++] = push;
	pthread_cond_broadcast(&sink_more);
	pthread_mutex_unlock(&sink_lock);
}

static const struct wsm_sinks sinks = { NULL, sink_may, sink_push };

/* The next POST, its body read. NULL: none came within so many milliseconds. */
static struct wsm_push *post_within(unsigned ms, struct util_answer *ret)
{
	struct timespec until;
	struct wsm_push *push = NULL;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&sink_lock);
	while (taken == nposts && !pthread_cond_timedwait(&sink_more, &sink_lock, &until))
		;
	if (taken < nposts)
		push = posts[taken++];
	pthread_mutex_unlock(&sink_lock);
	memset(ret, 0, sizeof(*ret));
	if (push) {
		util_parse(ret, push->body, push->len);
		xmlXPathRegisterNs(ret->xpath, (const xmlChar *)"l", (const xmlChar *)LAMP);
		xmlXPathRegisterNs(ret->xpath, (const xmlChar *)"t", (const xmlChar *)"urn:t");
		xmlXPathRegisterNs(ret->xpath, (const xmlChar *)"k", (const xmlChar *)"urn:k");
	}
	return push;
}

static struct wsm_push *post(struct util_answer *ret)
{
	struct wsm_push *push = post_within(WAIT_S * 1000, ret);

	ck_assert_msg(push != NULL, "nothing was sent");
	return push;
}

static void run_done(struct mail *mail)
{
	struct wsm_push *push = CONTAINER(mail, struct wsm_push, mail);

	push->done(push);
}

static void answer(struct wsm_push *push, int status, const char *reply)
{
	push->status = status;
	buf_init(&push->reply, 65536);
	buf_adds(&push->reply, reply);
	if (!status)
		err_set(&push->ei, ERR_UNREACHABLE, "nobody answers");
	push->mail.run = run_done;
	mailbox_post(push->home, &push->mail);
}

static void answer_utf16(struct wsm_push *push, const char *reply)
{
	buf_init(&push->reply, 65536);
	ck_assert(utf16_from_utf8(reply, &push->reply));
	push->status = 200;
	push->mail.run = run_done;
	mailbox_post(push->home, &push->mail);
}

/* In the letters it was asked in. */
static void acknowledge(struct wsm_push *push, struct util_answer *a)
{
	char reply[1000];

	snprintf(reply, sizeof(reply), "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope' xmlns:a='"
	    "http://schemas.xmlsoap.org/ws/2004/08/addressing'><s:Header><a:Action>http://schemas.dmtf.org/wbem/"
	    "wsman/1/wsman/Ack</a:Action><a:RelatesTo>%s</a:RelatesTo></s:Header><s:Body/></s:Envelope>",
	    util_x(a, "//a:MessageID"));
	if (strstr(push->content_type, "UTF-16"))
		answer_utf16(push, reply);
	else
		answer(push, 200, reply);
}

#define REFUSAL "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope' xmlns:wm='urn:any'><s:Header/>" \
	"<s:Body><s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>wm:DeliveryRefused</s:Value>" \
	"</s:Subcode></s:Code><s:Reason><s:Text xml:lang='en'>no</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>"

static void setup_sinks(void)
{
	setup();
	wsm_service_free(svc);
	nposts = taken = 0;
	forbid = false;
	start(&sinks);
}

static void subscribe_to(const char *body)
{
	struct util_answer a;

	subscribe(LAMP, body, &a);
	ck_assert_str_eq(context, "");
	util_forget(&a);
}

static const char *action_of(struct util_answer *a)
{
	const char *action = util_x(a, "/s:Envelope/s:Header/a:Action");

	return strrchr(action, '/') ? strrchr(action, '/') + 1 : action;
}

static void assert_gone(void)
{
	manage_refused(&util_user, ACT_STATUS, "<e:GetStatus/>", "e:InvalidMessage", "2150858789");
}

/* ---- */

START_TEST(an_address_that_is_not_allowed_is_refused_and_nothing_is_sent)
{
	struct util_answer a;

	forbid = true;
	sub_send(&util_user, ACT_SUBSCRIBE, LAMP, "", SUBSCRIBE(PUSH, NOTIFY, ""), &a);
	util_assert_fault(&a, "s:Sender", "w:EventDeliverToUnusable", "", "2150858901");
	ck_assert_str_eq(util_x(&a, "//s:Text"), "Events may not be sent to http://sink/events?a=1&b=2 <here>.");
	util_forget(&a);
	happen(PROV_CREATED, "hall", 1);
	ck_assert_uint_eq(watches, 0);
	ck_assert_uint_eq(nposts, 0);
}
END_TEST

START_TEST(each_event_is_a_message_with_what_the_address_carries)
{
	struct util_answer a;
	struct wsm_push *push;

	subscribe_to(SUBSCRIBE(PUSH, NOTIFY, "<w:SendBookmarks/>"));
	happen(PROV_CREATED, "hall", 1);
	happen(PROV_MODIFIED, "hall", 2);
	push = post(&a);
	ck_assert_str_eq(push->url, "http://sink/events?a=1&b=2");
	ck_assert_str_eq(push->caller->name, "ann");
	ck_assert_str_eq(push->content_type, "application/soap+xml;charset=UTF-8");
	ck_assert_str_eq(action_of(&a), "Event");
	ck_assert_str_eq(util_x(&a, "//s:Header/a:To"), "http://sink/events?a=1&b=2");
	ck_assert_str_eq(util_x(&a, "//s:Header/t:Key"), "a<b");
	ck_assert_str_eq(util_x(&a, "//s:Header/t:Key/@t:x"), "\"<");
	ck_assert_uint_eq(util_count(&a, "//s:Header/t:Out/t:In"), 1);
	ck_assert_str_eq(util_x(&a, "//s:Header/e:Identifier"), "mine");
	ck_assert_uint_eq(util_count(&a, "//s:Header/w:AckRequested"), 0);
	ck_assert_uint_eq(util_count(&a, "//s:Header/w:Bookmark"), 1);
	ck_assert_str_eq(util_x(&a, "local-name(//s:Body/*)"), "__InstanceCreationEvent");
	util_forget(&a);
	ck_assert_ptr_null(post_within(50, &a));	/* one at a time */
	answer(push, 202, "");
	push = post(&a);
	ck_assert_str_eq(util_x(&a, "local-name(//s:Body/*)"), "__InstanceModificationEvent");
	util_forget(&a);
	answer(push, 200, "<no/>");
}
END_TEST

START_TEST(what_is_not_acknowledged_comes_again_and_then_never_more)
{
	struct util_answer a;
	struct wsm_push *push;
	char first[100];

	subscribe_to(SUBSCRIBE(ACK, NOTIFY FAST, END));
	happen(PROV_CREATED, "hall", 1);
	push = post(&a);
	ck_assert_uint_eq(util_count(&a, "//s:Header/w:AckRequested"), 1);
	acknowledge(push, &a);
	util_forget(&a);
	happen(PROV_DELETED, "hall", 1);
	push = post(&a);
	ck_assert_str_eq(util_x(&a, "local-name(//s:Body/*)"), "__InstanceDeletionEvent");
	snprintf(first, sizeof(first), "%s", util_x(&a, "//a:MessageID"));
	util_forget(&a);
	answer(push, 200, "");			/* no acknowledgement */
	push = post(&a);
	ck_assert_str_eq(util_x(&a, "//a:MessageID"), first);
	util_forget(&a);
	answer(push, 0, "");
	push = post(&a);
	ck_assert_str_eq(push->url, "http://sink/end");
	ck_assert_str_eq(util_x(&a, "//s:Header/a:Action"), EVENTING "/SubscriptionEnd");
	ck_assert_str_eq(util_x(&a, "//s:Header/k:k"), "v");
	ck_assert_str_eq(util_x(&a, "//e:SubscriptionEnd/e:Status"), EVENTING "/DeliveryFailure");
	ck_assert_str_eq(util_x(&a, "//e:SubscriptionEnd/e:Reason"), "nobody answers");
	ck_assert_str_eq(util_x(&a, "//e:SubscriptionEnd/e:SubscriptionManager/a:ReferenceProperties/e:Identifier"),
	    id);
	util_forget(&a);
	answer(push, 200, "");
	assert_gone();
}
END_TEST

START_TEST(an_acknowledgement_of_something_else_is_none)
{
	struct util_answer a, wrong;
	struct wsm_push *push, *old;

	subscribe_to(SUBSCRIBE(ACK, NOTIFY FAST, ""));
	happen(PROV_CREATED, "one", 1);
	happen(PROV_CREATED, "two", 1);
	push = post(&a);
	acknowledge(push, &a);
	old = post(&wrong);
	util_forget(&wrong);
	acknowledge(old, &a);			/* of the message before */
	push = post(&wrong);			/* so this one comes again */
	ck_assert_str_eq(util_x(&wrong, "//l:Name"), "two");
	acknowledge(push, &wrong);
	util_forget(&a);
	util_forget(&wrong);
	happen(PROV_CREATED, "three", 1);	/* a failure that was made good does not count any more */
	push = post(&a);
	answer(push, 503, "");
	util_forget(&a);
	acknowledge(post(&a), &a);
	util_forget(&a);
	manage(ACT_STATUS, "<e:GetStatus/>", &a);
	util_forget(&a);
}
END_TEST

START_TEST(a_sink_that_refuses_is_left_alone)
{
	struct util_answer a;

	subscribe_to(SUBSCRIBE(PUSH, NOTIFY, END));
	happen(PROV_CREATED, "hall", 1);
	answer(post(&a), 500, REFUSAL);
	util_forget(&a);
	happen(PROV_CREATED, "cellar", 1);
	ck_assert_ptr_null(post_within(100, &a));	/* no event, no SubscriptionEnd */
	assert_gone();
}
END_TEST

START_TEST(a_batch_holds_many_and_goes_when_it_is_full_or_time_is_up)
{
	struct util_answer a;
	struct wsm_push *push;

	subscribe_to(SUBSCRIBE(BATCH, NOTIFY "<w:MaxElements>2</w:MaxElements><w:MaxTime>PT60S</w:MaxTime>", ""));
	happen(PROV_CREATED, "one", 1);
	ck_assert_ptr_null(post_within(50, &a));
	happen(PROV_CREATED, "two", 1);
	push = post(&a);
	ck_assert_str_eq(action_of(&a), "Events");
	ck_assert_uint_eq(util_count(&a, "//s:Body/w:Events/w:Event"), 2);
	ck_assert_str_eq(util_x(&a, "//w:Event[2]/@Action"), "http://schemas.dmtf.org/wbem/wsman/1/wsman/Event");
	ck_assert_str_eq(util_x(&a, "//w:Event[2]//l:Name"), "two");
	ck_assert_uint_eq(util_count(&a, "//s:Header/w:AckRequested"), 1);
	acknowledge(push, &a);
	util_forget(&a);
	manage(ACT_UNSUBSCRIBE, "<e:Unsubscribe/>", &a);
	util_forget(&a);
	nothing_happens();
	subscribe_to(SUBSCRIBE(BATCH, NOTIFY "<w:MaxElements>9</w:MaxElements><w:MaxTime>PT0.05S</w:MaxTime>", ""));
	happen(PROV_CREATED, "three", 1);
	for (push = NULL; !push;) {
		push = post_within(20, &a);
		nothing_happens();		/* the watch ends when it was asked to */
	}
	ck_assert_uint_eq(util_count(&a, "//w:Event"), 1);
	acknowledge(push, &a);
	util_forget(&a);
}
END_TEST

START_TEST(silence_is_broken_by_heartbeats)
{
	struct util_answer a;
	struct wsm_push *push = NULL;

	subscribe_to(SUBSCRIBE(PUSH, NOTIFY "<w:Heartbeats>PT1S</w:Heartbeats>", ""));
	while (!push && now_ms() < subscribed_ms + WAIT_S * 1000) {
		push = post_within(50, &a);
		if (now_ms() >= subscribed_ms + 1000)
			nothing_happens();
	}
	ck_assert_ptr_nonnull(push);
	ck_assert_uint_ge(now_ms(), subscribed_ms + 1000);
	ck_assert_str_eq(action_of(&a), "Heartbeat");
	ck_assert_uint_eq(util_count(&a, "//s:Body/*"), 0);
	util_forget(&a);
	answer(push, 200, "");
}
END_TEST

START_TEST(what_was_lost_or_too_large_is_said)
{
	struct util_answer a;
	struct wsm_push *push;

	happen(PROV_CREATED, "old", 1);
	subscribe_to(SUBSCRIBE(PUSH, NOTIFY "<w:MaxEnvelopeSize Policy='Notify'>8192</w:MaxEnvelopeSize>", ""));
	lamp_text = big_text(9000);
	happen(PROV_CREATED, "large", 1);
	push = post(&a);
	ck_assert_str_eq(action_of(&a), "DroppedEvents");
	ck_assert_str_eq(util_x(&a, "//s:Body/w:DroppedEvents"), "1");
	util_forget(&a);
	lamp_text = "small";
	happen(PROV_CREATED, "two", 1);
	happen(PROV_CREATED, "three", 1);
	first_known = 4;
	answer(push, 200, "");
	push = post(&a);
	ck_assert_str_eq(action_of(&a), "DroppedEvents");
	util_forget(&a);
	answer(push, 200, "");
	push = post(&a);
	ck_assert_str_eq(util_x(&a, "//l:Name"), "three");
	util_forget(&a);
	answer(push, 200, "");
}
END_TEST

START_TEST(an_event_too_large_ends_a_subscription_that_wants_it_so)
{
	struct util_answer a;
	struct wsm_push *push;

	subscribe_to(SUBSCRIBE(PUSH, NOTIFY "<w:MaxEnvelopeSize>8192</w:MaxEnvelopeSize>", END));
	lamp_text = big_text(9000);
	happen(PROV_CREATED, "large", 1);
	push = post(&a);
	ck_assert_str_eq(util_x(&a, "//e:SubscriptionEnd/e:Status"), EVENTING "/SourceCancelling");
	util_forget(&a);
	answer(push, 200, "");
	assert_gone();
}
END_TEST

START_TEST(a_sink_that_hangs_holds_up_nobody_else)
{
	struct wsm_push *hangs = NULL, *push;
	struct util_answer a;

	subscribe_to(SUBSCRIBE(PUSH, TO("http://hangs/"), ""));
	subscribe_to(SUBSCRIBE(PUSH, TO("http://well/"), ""));
	for (uint64_t i = 0; i < 3; i++)
		happen(PROV_CREATED, "hall", i);
	for (int i = 0; i < 4; i++) {		/* one there, three to the other */
		push = post(&a);
		if (!strcmp(push->url, "http://hangs/")) {
			ck_assert_ptr_null(hangs);
			hangs = push;
		} else {
			answer(push, 200, "");
		}
		util_forget(&a);
	}
	ck_assert_ptr_nonnull(hangs);
	answer(hangs, 0, "");
}
END_TEST

START_TEST(the_end_of_the_agent_is_told_and_waits_for_nobody_for_long)
{
	struct util_answer a;
	struct wsm_push *push;
	uint64_t began;

	subscribe_to(SUBSCRIBE(PUSH, NOTIFY, END));
	happen(PROV_CREATED, "hall", 1);
	push = post(&a);
	util_forget(&a);
	began = now_ms();
	wsm_service_stop(svc);			/* nobody answers */
	ck_assert_uint_ge(now_ms() - began, 1000);
	ck_assert_uint_lt(now_ms() - began, 5000);
	answer(push, 200, "");
	push = post(&a);
	ck_assert_str_eq(util_x(&a, "//e:SubscriptionEnd/e:Status"), EVENTING "/SourceShuttingDown");
	util_forget(&a);
	answer(push, 200, "");
}
END_TEST

START_TEST(who_cancels_or_lets_it_expire_is_told_nothing)
{
	struct util_answer a;

	subscribe_to(SUBSCRIBE(PUSH, NOTIFY, END));
	manage(ACT_UNSUBSCRIBE, "<e:Unsubscribe/>", &a);
	util_forget(&a);
	happen(PROV_CREATED, "hall", 1);
	ck_assert_ptr_null(post_within(50, &a));
	subscribe_to(SUBSCRIBE(PUSH, NOTIFY, END "<e:Expires>PT0.05S</e:Expires>"));
	usleep(100000);
	nothing_happens();
	happen(PROV_CREATED, "hall", 1);
	ck_assert_ptr_null(post_within(50, &a));
	assert_gone();
	subscribe_to(SUBSCRIBE(PUSH, NOTIFY, END));
	manage(ACT_UNSUBSCRIBE, "<e:Unsubscribe/>", &a);
	util_forget(&a);
	wsm_service_stop(svc);
	ck_assert_ptr_null(post_within(50, &a));
}
END_TEST

START_TEST(utf_16_is_sent_where_it_is_asked_for)
{
	struct util_answer a;
	struct wsm_push *push;

	lamp_text = "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x92\xa1";
	subscribe_to(SUBSCRIBE(ACK, NOTIFY FAST "<w:ContentEncoding>UTF-16</w:ContentEncoding>", ""));
	happen(PROV_CREATED, "hall", 1);
	push = post(&a);
	ck_assert_str_eq(push->content_type, "application/soap+xml;charset=UTF-16");
	ck_assert_int_eq(memcmp(push->body, "\xff\xfe<\0s\0", 6), 0);
	ck_assert_str_eq(util_x(&a, "//l:Note"), lamp_text);
	acknowledge(push, &a);			/* in UTF-16, too */
	util_forget(&a);
	happen(PROV_CREATED, "cellar", 1);
	push = post(&a);
	ck_assert_str_eq(util_x(&a, "//l:Name"), "cellar");
	acknowledge(push, &a);
	util_forget(&a);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("wsm_push");
	TCase *tc = tcase_create("push");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup_sinks, teardown);
	tcase_add_test(tc, an_address_that_is_not_allowed_is_refused_and_nothing_is_sent);
	tcase_add_test(tc, each_event_is_a_message_with_what_the_address_carries);
	tcase_add_test(tc, what_is_not_acknowledged_comes_again_and_then_never_more);
	tcase_add_test(tc, an_acknowledgement_of_something_else_is_none);
	tcase_add_test(tc, a_sink_that_refuses_is_left_alone);
	tcase_add_test(tc, a_batch_holds_many_and_goes_when_it_is_full_or_time_is_up);
	tcase_add_test(tc, silence_is_broken_by_heartbeats);
	tcase_add_test(tc, what_was_lost_or_too_large_is_said);
	tcase_add_test(tc, an_event_too_large_ends_a_subscription_that_wants_it_so);
	tcase_add_test(tc, a_sink_that_hangs_holds_up_nobody_else);
	tcase_add_test(tc, the_end_of_the_agent_is_told_and_waits_for_nobody_for_long);
	tcase_add_test(tc, who_cancels_or_lets_it_expire_is_told_nothing);
	tcase_add_test(tc, utf_16_is_sent_where_it_is_asked_for);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
