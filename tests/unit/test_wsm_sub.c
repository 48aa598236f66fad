/* SPDX-License-Identifier: MIT
 * tests/unit/test_wsm_sub.c: subscriptions through wsm_handle(), in memory: what is refused, Pull, bookmarks,
 * who may see which. The events are lamps that are switched on, dimmed and taken away.
 */
#include "tests/unit/test_wsm_sub_util.h"

/* ---- what is refused ---- */

static const struct refusal {
	const char *body;		/* NULL: the row is about the class below */
	const char *subcode, *detail, *code;
} refusals[] = {
	{ "<e:Nothing/>", "e:InvalidMessage", "", "2150858789" },
	{ "", "e:InvalidMessage", "", "2150858789" },
	{ SUBSCRIBE("urn:x", "", ""), "e:DeliveryModeRequestedUnavailable", "", "2150858782" },
	{ "<e:Subscribe/>", "w:UnsupportedFeature", "AddressingMode", "2150858912" },	/* no Mode is Push */
	{ SUBSCRIBE(PUSH, "", ""), "w:UnsupportedFeature", "AddressingMode", "2150858912" },
	{ SUBSCRIBE(PUSH, "<e:NotifyTo/>", ""), "w:UnsupportedFeature", "AddressingMode", "2150858913" },
	{ SUBSCRIBE(PUSH, TO(""), ""), "w:UnsupportedFeature", "AddressingMode", "2150858914" },
	{ SUBSCRIBE(PUSH, TO(ANON), ""), "w:UnsupportedFeature", "AddressingMode", "2150858914" },
	{ SUBSCRIBE(PUSH, TO("ftp://h/"), ""), "w:UnsupportedFeature", "AddressingMode", "2150858914" },
	{ SUBSCRIBE(PUSH, TO("http://h/ a"), ""), "w:UnsupportedFeature", "AddressingMode", "2150858914" },
	{ SUBSCRIBE(ACK, TO("http://h/&#10;X: y"), ""), "w:UnsupportedFeature", "AddressingMode", "2150858914" },
	{ SUBSCRIBE(PUSH, TO("http://h/"), "<e:EndTo/>"), "w:UnsupportedFeature", "AddressingMode",
	    "2150858902" },
	{ SUBSCRIBE(PUSH, TO("http://h/"), "<e:EndTo><a:Address>mailto:x</a:Address></e:EndTo>"),
	    "w:UnsupportedFeature", "AddressingMode", "2150858902" },
	{ SUBSCRIBE(PUSH, "<e:NotifyTo><a:Address>http://h/</a:Address><a:ReferenceParameters><a:Action>x"
	    "</a:Action></a:ReferenceParameters></e:NotifyTo>", ""), "e:InvalidMessage", "", "2150858789" },
	{ SUBSCRIBE(PUSH, POLICY("<P:All xmlns:P='urn:p'/>"), ""), "w:EventDeliverToUnusable",
	    "CannotComplyWithPolicy", "2150858901" },
	{ SUBSCRIBE(PUSH, POLICY("<a:A/><a:B/>"), ""), "w:EventDeliverToUnusable", "PolicyTooComplex",
	    "2150858901" },
	{ SUBSCRIBE(PUSH, POLICY("<wsp:Policy xmlns:wsp='urn:p'/>"), ""), "w:EventDeliverToUnusable",
	    "PolicyTooComplex", "2150858901" },
	{ SUBSCRIBE(PUSH, TO("http://h/"), ""), "w:EventDeliverToUnusable", "", "2150858901" },	/* no sinks */
	{ SUBSCRIBE(PUSH, TO("http://h/") "<w:MaxElements>3</w:MaxElements>", ""), "w:UnsupportedFeature",
	    "FormatMismatch", "2150858900" },
	{ SUBSCRIBE(PULL, "<w:MaxTime>PT3S</w:MaxTime>", ""), "w:UnsupportedFeature", "FormatMismatch",
	    "2150858900" },
	{ SUBSCRIBE(BATCH, TO("http://h/") "<w:MaxElements>0</w:MaxElements>", ""), "e:InvalidMessage", "",
	    "2150858789" },
	{ SUBSCRIBE(BATCH, TO("http://h/") "<w:MaxTime>PT0S</w:MaxTime>", ""), "e:InvalidMessage", "",
	    "2150858789" },
	{ SUBSCRIBE(PUSH, TO("http://h/") "<w:Auth Profile='urn:x'/>", ""), "w:UnsupportedFeature",
	    "AuthorizationMode", "2150858852" },
	{ SUBSCRIBE(PUSH, TO("http://h/") "<w:ContentEncoding>latin1</w:ContentEncoding>", ""),
	    "w:EncodingLimit", "CharacterSet", "2150859255" },
	{ SUBSCRIBE(PULL, "<w:Heartbeats>PT0S</w:Heartbeats>", ""), "w:UnsupportedFeature", "Heartbeats",
	    "2150858916" },
	{ SUBSCRIBE(PULL, "<w:Heartbeats>soon</w:Heartbeats>", ""), "w:UnsupportedFeature", "Heartbeats",
	    "2150858916" },
	{ SUBSCRIBE(PULL, "<w:ConnectionRetry Total='0'>PT60S</w:ConnectionRetry>", ""), "w:InternalError", "",
	    "2147942487" },
	{ SUBSCRIBE(PULL, "<w:ConnectionRetry Total='5'>PT0S</w:ConnectionRetry>", ""), "w:InternalError", "",
	    "2147942487" },
	{ SUBSCRIBE(PULL, "<w:ConnectionRetry>PT5S</w:ConnectionRetry>", ""), "w:InternalError", "",
	    "2147942487" },
	{ SUBSCRIBE(PULL, "<w:MaxEnvelopeSize>8191</w:MaxEnvelopeSize>", ""), "w:EncodingLimit",
	    "MinimumEnvelopeLimit", "2150858878" },
	{ SUBSCRIBE(PULL, "<w:MaxEnvelopeSize Policy='Cut'>9000</w:MaxEnvelopeSize>", ""),
	    "w:UnsupportedFeature", "MaxEnvelopePolicy", "2150858863" },
	{ SUBSCRIBE(PULL, "", "<e:Expires>PT0S</e:Expires>"), "e:InvalidExpirationTime", "", "2150858783" },
	{ SUBSCRIBE(PULL, "", "<e:Expires>-PT5S</e:Expires>"), "e:InvalidExpirationTime", "", "2150858783" },
	{ SUBSCRIBE(PULL, "", "<e:Expires>2009-01-01T00:00:00Z</e:Expires>"), "e:InvalidExpirationTime", "",
	    "2150858783" },
	{ SUBSCRIBE(PULL, "", "<e:Expires>never</e:Expires>"), "e:InvalidExpirationTime", "", "2150858783" },
	{ SUBSCRIBE(PULL, "", "<e:Filter Dialect='urn:x'>y</e:Filter>"), "e:FilteringRequestedUnavailable", "",
	    "2150858786" },
	{ SUBSCRIBE(PULL, "", WQL("select * from")), "w:CannotProcessFilter", "", "2150859042" },
	{ SUBSCRIBE(PULL, "", WQL("select * from __InstanceCreationEvent where TargetInstance isa 'Nix'")),
	    "w:CannotProcessFilter", "", "2150859042" },
	{ SUBSCRIBE(PULL, "", WQL("select * from Lamp") "<e:Filter Dialect='" WQL_URI "'>select * from Lamp"
	    "</e:Filter>"), "e:InvalidMessage", "", "2150858789" },
	{ SUBSCRIBE(PULL, "", "<w:Bookmark>x</w:Bookmark>"), "w:InvalidBookmark", "InvalidFormat",
	    "2150858808" },
	{ SUBSCRIBE(PULL, "", "<w:Bookmark/>"), "w:InvalidBookmark", "InvalidFormat", "2150858808" },
	{ SUBSCRIBE(PULL, "", "<w:Bookmark>dray:1:18446744073709551615</w:Bookmark>"), "w:InvalidBookmark",
	    "InvalidFormat", "2150858808" },
	{ SUBSCRIBE(PULL, "", "<w:Bookmark>dray:1:0x5</w:Bookmark>"), "w:InvalidBookmark", "InvalidFormat",
	    "2150858808" },
	{ SUBSCRIBE(PULL, "", "<w:Bookmark><a:b>dray:1:5</a:b></w:Bookmark>"), "w:InvalidBookmark",
	    "InvalidFormat", "2150858808" },
};

START_TEST(what_cannot_be_done_is_refused_with_its_own_fault)
{
	const struct refusal *r = &refusals[_i];

	sub_refused(&util_user, ACT_SUBSCRIBE, LAMP, "", r->body, r->subcode, r->detail, r->code);
	ck_assert_uint_eq(watches, 0);
}
END_TEST

START_TEST(a_star_needs_a_query_and_a_query_a_class_with_events)
{
	sub_refused(&util_user, ACT_SUBSCRIBE, STAR, "", SUBSCRIBE(PULL, "", ""), "e:InvalidMessage",
	    "FilteringRequired", "2150858789");
	sub_refused(&util_user, ACT_SUBSCRIBE, PRINTER, "", SUBSCRIBE(PULL, "", ""), "a:ActionNotSupported", "",
	    "2150858771");
	sub_refused(&util_user, ACT_SUBSCRIBE, STAR, "", SUBSCRIBE(PULL, "", WQL("select * from "
	    "__InstanceOperationEvent where TargetInstance isa 'Printer'")), "a:ActionNotSupported", "",
	    "2150858771");
	sub_refused(&util_user, ACT_SUBSCRIBE, TRAY, "", SUBSCRIBE(PULL, "", ""), "w:AccessDenied", "", "5");
	sub_refused(&util_user, ACT_SUBSCRIBE, STAR, "", SUBSCRIBE(PULL, "", WQL("select * from Tray")),
	    "w:AccessDenied", "", "5");
}
END_TEST

START_TEST(a_refused_mode_or_dialect_names_those_that_would_do)
{
	struct util_answer a;

	sub_send(&util_user, ACT_SUBSCRIBE, LAMP, "", SUBSCRIBE("urn:x", "", ""), &a);
	ck_assert_uint_eq(util_count(&a, "//s:Detail/e:SupportedDeliveryMode"), 4);
	ck_assert_str_eq(util_x(&a, "//a:Action"), "http://schemas.xmlsoap.org/ws/2004/08/eventing/fault");
	util_forget(&a);
	sub_send(&util_user, ACT_SUBSCRIBE, LAMP, "", SUBSCRIBE(PULL, "", "<e:Filter Dialect='urn:x'/>"), &a);
	ck_assert_uint_eq(util_count(&a, "//s:Detail/e:SupportedDialect"), 4);
	util_forget(&a);
}
END_TEST

/* ---- Pull ---- */

START_TEST(what_happens_after_subscribe_is_pulled_once_each_and_in_order)
{
	struct util_answer a;

	happen(PROV_CREATED, "old", 1);
	subscribe(LAMP, SUBSCRIBE(PULL, "", ""), &a);
	ck_assert_str_eq(util_x(&a, "//e:SubscriptionManager/a:Address"), "http://any:5985/wsman");
	ck_assert_str_eq(util_x(&a, "//e:SubscriptionManager/a:ReferenceParameters/w:ResourceURI"), LAMP);
	ck_assert_str_eq(util_x(&a, "//e:SubscribeResponse/e:Expires"), "PT3600.000S");
	util_forget(&a);
	happen(PROV_CREATED, "hall", 1);
	happen(PROV_MODIFIED, "hall", 2);
	happen(PROV_DELETED, "hall", 2);
	pull(MANY, &a);
	ck_assert_uint_eq(util_count(&a, "//n:Items/*"), 3);
	ck_assert_str_eq(util_x(&a, "local-name(//n:Items/*[1])"), "__InstanceCreationEvent");
	ck_assert_str_eq(util_x(&a, "local-name(//n:Items/*[2])"), "__InstanceModificationEvent");
	ck_assert_str_eq(util_x(&a, "local-name(//n:Items/*[3])"), "__InstanceDeletionEvent");
	ck_assert_str_eq(util_x(&a, "namespace-uri(//n:Items/*[1])"),
	    "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/print/__InstanceCreationEvent");
	ck_assert_str_eq(util_x(&a, "//n:Items/*[1]/*[local-name()='TargetInstance']/l:Name"), "hall");
	ck_assert_str_eq(util_x(&a, "//n:Items/*[2]/*[local-name()='PreviousInstance']/l:Level"), "1");
	ck_assert_str_eq(util_x(&a, "//n:Items/*[2]/*[local-name()='TargetInstance']/l:Level"), "2");
	ck_assert_str_eq(util_x(&a, "//n:Items/*[2]/*[local-name()='TargetInstance']/@xsi:type"),
	    "p1:Lamp_Type");
	ck_assert_uint_eq(util_count(&a, "//w:Bookmark|//n:EndOfSequence"), 0);
	util_forget(&a);
	pull_times_out();
	happen(PROV_CREATED, "cellar", 1);
	pull(MANY, &a);
	ck_assert_uint_eq(util_count(&a, "//n:Items/*"), 1);
	util_forget(&a);
}
END_TEST

START_TEST(a_pull_waits_and_is_answered_when_something_happens)
{
	struct util_answer a, second;
	struct prov_call *held;

	subscribe(LAMP, SUBSCRIBE(PULL, "", ""), &a);
	util_forget(&a);
	pull_start(MANY "<n:MaxTime>PT5S</n:MaxTime>", &a);
	ck_assert_uint_eq(a.count, 0);
	ck_assert_uint_gt(waiting->wait_ms, 4000);
	ck_assert_uint_lt(waiting->wait_ms, 5000);
	held = waiting;
	pull_start(MANY, &second);			/* one at a time */
	util_assert_fault(&second, "s:Sender", "w:Concurrency", "", "2150858891");
	ck_assert_ptr_eq(waiting, held);
	util_forget(&second);
	happen(PROV_CREATED, "hall", 1);
	ck_assert_uint_eq(a.count, 1);
	ck_assert_int_eq(a.status, 200);
	ck_assert_uint_eq(util_count(&a, "//n:Items/*"), 1);
	util_forget(&a);
}
END_TEST

START_TEST(an_answer_that_was_lost_is_given_again)
{
	struct util_answer a;
	char before[100];

	subscribe(LAMP, SUBSCRIBE(PULL, "", ""), &a);
	util_forget(&a);
	happen(PROV_CREATED, "one", 1);
	happen(PROV_CREATED, "two", 1);
	snprintf(before, sizeof(before), "%s", context);
	pull("", &a);				/* without MaxElements: one */
	ck_assert_str_eq(name_of(&a, 1), "one");
	ck_assert_str_ne(before, context);
	util_forget(&a);
	snprintf(context, sizeof(context), "%s", before);
	pull("", &a);
	ck_assert_str_eq(name_of(&a, 1), "one");
	util_forget(&a);
	pull("", &a);
	ck_assert_str_eq(name_of(&a, 1), "two");
	util_forget(&a);
	snprintf(context, sizeof(context), "%s", before);	/* received twice over: it is gone */
	pull_refused(&util_user, "n:InvalidEnumerationContext", "", "2150858779");
}
END_TEST

START_TEST(a_context_outlives_a_pull_that_found_nothing)
{
	struct util_answer a;

	subscribe(LAMP, SUBSCRIBE(PULL, "", ""), &a);
	util_forget(&a);
	pull_times_out();
	pull_times_out();
	happen(PROV_CREATED, "hall", 1);
	pull(MANY, &a);
	ck_assert_str_eq(name_of(&a, 1), "hall");
	util_forget(&a);
}
END_TEST

START_TEST(a_heartbeat_is_an_answer_without_items)
{
	struct util_answer a;

	subscribe(LAMP, SUBSCRIBE(PULL, "<w:Heartbeats>PT0.1S</w:Heartbeats>", "<w:SendBookmarks/>"), &a);
	util_forget(&a);
	pull_start(MANY, &a);
	ck_assert_uint_le(waiting->wait_ms, 1000);	/* once a second is the fastest */
	while (now_ms() < subscribed_ms + 1000)
		usleep(20000);
	nothing_happens();
	ck_assert_msg(a.status == 200, "%s", a.text);
	ck_assert_uint_eq(util_count(&a, "//n:PullResponse/n:Items"), 1);
	ck_assert_uint_eq(util_count(&a, "//n:Items/*"), 0);
	ck_assert_uint_eq(util_count(&a, "//s:Header/w:Bookmark"), 1);
	util_forget(&a);
}
END_TEST

START_TEST(a_query_chooses_by_kind_and_by_value)
{
	struct util_answer a;
	unsigned before;

	subscribe(STAR, SUBSCRIBE(PULL, "", WQL("select * from __InstanceModificationEvent within 5 where "
	    "TargetInstance isa 'Lamp' and TargetInstance.Level &gt; 5 and PreviousInstance.Level &lt; 5")), &a);
	util_forget(&a);
	happen(PROV_CREATED, "hall", 9);
	happen(PROV_MODIFIED, "hall", 3);
	happen(PROV_MODIFIED, "hall", 7);
	happen(PROV_MODIFIED, "hall", 8);
	pull(MANY, &a);
	ck_assert_uint_eq(util_count(&a, "//n:Items/*"), 1);
	ck_assert_str_eq(util_x(&a, "//*[local-name()='TargetInstance']/l:Level"), "7");
	util_forget(&a);
	happen(PROV_DELETED, "hall", 8);
	pull_times_out();
	ck_assert_uint_eq(last_after, 5);
	before = watches;
	pull_times_out();
	ck_assert_uint_eq(watches, before + 1);		/* what is not wanted is not looked at twice */
}
END_TEST

START_TEST(an_event_too_large_goes_with_less_of_it_or_by_the_policy)
{
	static const struct { const char *policy; unsigned items, dropped; } rows[] = {
		{ "Skip", 1, 0 }, { "Notify", 2, 1 } };
	struct util_answer a;
	char body[1000];

	lamp_text = big_text(9000);
	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(body, sizeof(body), "<e:Subscribe><e:Delivery Mode=\"" PULL "\"><w:MaxEnvelopeSize "
		    "Policy=\"%s\">8192</w:MaxEnvelopeSize></e:Delivery></e:Subscribe>", rows[i].policy);
		subscribe(LAMP, body, &a);
		util_forget(&a);
		happen(PROV_CREATED, "hall", 1);
		lamp_text = "short";
		happen(PROV_CREATED, "cellar", 1);
		pull(MANY, &a);
		ck_assert_uint_eq(util_count(&a, "//n:Items/*"), rows[i].items);
		ck_assert_uint_eq(util_count(&a, "//n:Items/w:DroppedEvents[@Action]"), rows[i].dropped);
		ck_assert_str_eq(util_x(&a, "//l:Name"), "cellar");
		util_forget(&a);
		lamp_text = big_text(9000);
	}
	subscribe(LAMP, SUBSCRIBE(PULL, "<w:MaxEnvelopeSize>8192</w:MaxEnvelopeSize>", ""), &a);
	util_forget(&a);
	happen(PROV_CREATED, "hall", 1);
	pull_refused(&util_user, "w:EncodingLimit", "MaxEnvelopeSizeExceeded", "2150858824");
}
END_TEST

START_TEST(what_the_source_lost_is_said)
{
	struct util_answer a;

	happen(PROV_CREATED, "old", 1);
	subscribe(LAMP, SUBSCRIBE(PULL, "", ""), &a);
	util_forget(&a);
	happen(PROV_CREATED, "one", 1);
	happen(PROV_CREATED, "two", 1);
	first_known = 3;
	pull(MANY, &a);
	ck_assert_uint_eq(util_count(&a, "//n:Items/w:DroppedEvents"), 1);
	ck_assert_str_eq(util_x(&a, "//l:Name"), "two");
	util_forget(&a);
}
END_TEST

START_TEST(what_the_source_lost_is_said_once_to_who_wants_one_at_a_time)
{
	struct util_answer a;

	happen(PROV_CREATED, "old", 1);
	subscribe(LAMP, SUBSCRIBE(PULL, "", ""), &a);
	util_forget(&a);
	happen(PROV_CREATED, "one", 1);
	happen(PROV_CREATED, "two", 1);
	happen(PROV_CREATED, "three", 1);
	first_known = 3;
	pull("", &a);
	ck_assert_uint_eq(util_count(&a, "//n:Items/w:DroppedEvents"), 1);
	util_forget(&a);
	pull("", &a);
	ck_assert_uint_eq(util_count(&a, "//n:Items/w:DroppedEvents"), 0);
	ck_assert_str_eq(util_x(&a, "//l:Name"), "two");
	util_forget(&a);
}
END_TEST

/* ---- bookmarks ---- */

START_TEST(a_bookmark_goes_on_where_it_was_made)
{
	struct util_answer a;
	char mark[100], body[1000];

	subscribe(LAMP, SUBSCRIBE(PULL, "", "<w:SendBookmarks/>"), &a);
	util_forget(&a);
	happen(PROV_CREATED, "one", 1);
	happen(PROV_CREATED, "two", 1);
	happen(PROV_CREATED, "three", 1);
	pull("<n:MaxElements>2</n:MaxElements>", &a);
	snprintf(mark, sizeof(mark), "%s", util_x(&a, "//s:Header/w:Bookmark"));
	ck_assert_str_ne(mark, "");
	util_forget(&a);
	wsm_service_free(svc);			/* the agent was killed; numbers go on */
	start(NULL);
	snprintf(body, sizeof(body), SUBSCRIBE(PULL, "", "<w:Bookmark>%s</w:Bookmark>"), mark);
	subscribe(LAMP, body, &a);
	util_forget(&a);
	pull(MANY, &a);
	ck_assert_uint_eq(util_count(&a, "//n:Items/*"), 1);
	ck_assert_str_eq(name_of(&a, 1), "three");
	util_forget(&a);
	first_known = 3;
	sub_refused(&util_user, ACT_SUBSCRIBE, LAMP, "", SUBSCRIBE(PULL, "", "<w:Bookmark>dray:1:1</w:Bookmark>"),
	    "w:InvalidBookmark", "Expired", "2150858808");
	sub_refused(&util_user, ACT_SUBSCRIBE, LAMP, "", SUBSCRIBE(PULL, "", "<w:Bookmark>dray:1:99</w:Bookmark>"),
	    "w:InvalidBookmark", "Expired", "2150858808");
}
END_TEST

START_TEST(the_earliest_bookmark_gives_all_that_is_known)
{
	struct util_answer a;

	happen(PROV_CREATED, "one", 1);
	happen(PROV_CREATED, "two", 1);
	first_known = 2;
	subscribe(LAMP, SUBSCRIBE(PULL, "", "<w:Bookmark> http://schemas.dmtf.org/wbem/wsman/1/wsman/bookmark/"
	    "earliest </w:Bookmark>"), &a);
	util_forget(&a);
	pull(MANY, &a);
	ck_assert_uint_eq(util_count(&a, "//n:Items/*"), 1);
	ck_assert_str_eq(name_of(&a, 1), "two");
	util_forget(&a);
}
END_TEST

/* ---- life ---- */

START_TEST(a_subscription_is_named_in_every_way_clients_know)
{
	static const struct { const char *before, *behind; bool body; } ways[] = {
		{ "<e:Identifier>", "</e:Identifier>", false },
		{ "<w:SelectorSet><w:Selector Name='Identifier'>", "</w:Selector></w:SelectorSet>", false },
		{ "<e:GetStatus><e:Identifier> ", " </e:Identifier></e:GetStatus>", true },
	};
	struct util_answer a;
	char text[600];

	subscribe(LAMP, SUBSCRIBE(PULL, "", "<e:Expires>PT10M</e:Expires>"), &a);
	util_forget(&a);
	for (size_t i = 0; i < COUNT(ways); i++)
		for (int bare = 0; bare < 2; bare++) {
			snprintf(text, sizeof(text), "%s%s%s", ways[i].before, id + (bare ? 5 : 0), ways[i].behind);
			sub_send(&util_user, ACT_STATUS, LAMP, ways[i].body ? "" : text, ways[i].body ? text :
			    "<e:GetStatus/>", &a);
			ck_assert_msg(a.status == 200, "%s", a.text);
			ck_assert_msg(!strncmp(util_x(&a, "//e:GetStatusResponse/e:Expires"), "PT599.", 6) ||
			    !strcmp(util_x(&a, "//e:Expires"), "PT600.000S"), "%s", a.text);
			util_forget(&a);
		}
	sub_refused(&util_user, ACT_STATUS, LAMP, "", "<e:GetStatus/>", "e:InvalidMessage", "", "2150858789");
}
END_TEST

START_TEST(renew_gives_more_time_and_expiry_ends)
{
	struct util_answer a;

	subscribe(LAMP, SUBSCRIBE(PULL, "", "<e:Expires>PT0.2S</e:Expires>"), &a);
	util_forget(&a);
	manage(ACT_RENEW, "<e:Renew><e:Expires>P30D</e:Expires></e:Renew>", &a);
	ck_assert_str_eq(util_x(&a, "//e:RenewResponse/e:Expires"), "PT604800.000S");	/* a week is the most */
	util_forget(&a);
	manage_refused(&util_user, ACT_RENEW, "<e:Renew><e:Expires>PT0S</e:Expires></e:Renew>",
	    "e:InvalidExpirationTime", "2150858783");
	manage(ACT_RENEW, "<e:Renew><e:Expires>PT0.05S</e:Expires></e:Renew>", &a);
	util_forget(&a);
	usleep(60000);
	manage_refused(&util_user, ACT_RENEW, "<e:Renew/>", "e:UnableToRenew", "2150858788");
	manage_refused(&util_user, ACT_STATUS, "<e:GetStatus/>", "e:InvalidMessage", "2150858789");
	pull_refused(&util_user, "n:InvalidEnumerationContext", "", "2150858779");
}
END_TEST

START_TEST(unsubscribe_ends_it_and_so_does_release)
{
	struct util_answer a;
	char body[300];

	subscribe(LAMP, SUBSCRIBE(PULL, "", ""), &a);
	util_forget(&a);
	pull_start(MANY, &a);
	{
		struct util_answer b;

		manage(ACT_UNSUBSCRIBE, "<e:Unsubscribe/>", &b);
		ck_assert_uint_eq(util_count(&b, "/s:Envelope/s:Body/*"), 0);
		ck_assert_str_eq(util_x(&b, "//a:Action"), ACT_UNSUBSCRIBE "Response");
		util_forget(&b);
	}
	happen(PROV_CREATED, "hall", 1);
	util_assert_fault(&a, "s:Receiver", "n:InvalidEnumerationContext", "", "2150858779");
	util_forget(&a);
	manage_refused(&util_user, ACT_UNSUBSCRIBE, "<e:Unsubscribe/>", "e:InvalidMessage", "2150858789");
	pull_refused(&util_user, "n:InvalidEnumerationContext", "", "2150858779");
	subscribe(LAMP, SUBSCRIBE(PULL, "", ""), &a);
	util_forget(&a);
	snprintf(body, sizeof(body), "<n:Release><n:EnumerationContext>%s</n:EnumerationContext></n:Release>",
	    context);
	sub_send(&util_user, ACT_RELEASE, LAMP, "", body, &a);
	ck_assert_int_eq(a.status, 200);
	util_forget(&a);
	manage_refused(&util_user, ACT_STATUS, "<e:GetStatus/>", "e:InvalidMessage", "2150858789");
}
END_TEST

START_TEST(nobody_sees_another_ones_subscription)
{
	static const struct prov_caller same_uid = { .uid = 1000, .role = ROLE_USER, .name = "bob" };
	struct util_answer a;

	subscribe(LAMP, SUBSCRIBE(PULL, "", ""), &a);
	util_forget(&a);
	for (int i = 0; i < 2; i++) {
		const struct prov_caller *who = i ? &same_uid : &util_admin;

		manage_refused(who, ACT_STATUS, "<e:GetStatus/>", "e:InvalidMessage", "2150858789");
		manage_refused(who, ACT_RENEW, "<e:Renew/>", "e:UnableToRenew", "2150858788");
		manage_refused(who, ACT_UNSUBSCRIBE, "<e:Unsubscribe/>", "e:InvalidMessage", "2150858789");
		pull_refused(who, "n:InvalidEnumerationContext", "", "2150858779");
	}
	manage(ACT_UNSUBSCRIBE, "<e:Unsubscribe/>", &a);
	util_forget(&a);
}
END_TEST

START_TEST(one_caller_has_so_many_and_others_still_theirs)
{
	struct util_answer a;

	for (int i = 0; i < SUB_PER_CALLER; i++) {
		subscribe(LAMP, SUBSCRIBE(PULL, "", ""), &a);
		util_forget(&a);
	}
	sub_send(&util_user, ACT_SUBSCRIBE, LAMP, "", SUBSCRIBE(PULL, "", ""), &a);
	util_assert_fault(&a, "s:Sender", "w:QuotaLimit", "", "2150858815");
	util_forget(&a);
	sub_send(&util_admin, ACT_SUBSCRIBE, LAMP, "", SUBSCRIBE(PULL, "", ""), &a);
	ck_assert_int_eq(a.status, 200);
	util_forget(&a);
	manage(ACT_UNSUBSCRIBE, "<e:Unsubscribe/>", &a);
	util_forget(&a);
	subscribe(LAMP, SUBSCRIBE(PULL, "", ""), &a);
	util_forget(&a);
}
END_TEST

START_TEST(a_pull_that_was_given_up_loses_nothing)
{
	struct util_answer a;

	subscribe(LAMP, SUBSCRIBE(PULL, "", ""), &a);
	util_forget(&a);
	pull_start(MANY, &a);
	wsm_give_up(&a.req);
	util_assert_fault(&a, "s:Receiver", "w:TimedOut", "", "2150858793");
	util_forget(&a);
	happen(PROV_CREATED, "hall", 1);		/* answers the call nobody waits for */
	pull(MANY, &a);
	ck_assert_str_eq(name_of(&a, 1), "hall");
	util_forget(&a);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("wsm_sub");
	TCase *tc = tcase_create("sub");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, what_cannot_be_done_is_refused_with_its_own_fault, 0, (int)COUNT(refusals));
	tcase_add_test(tc, a_star_needs_a_query_and_a_query_a_class_with_events);
	tcase_add_test(tc, a_refused_mode_or_dialect_names_those_that_would_do);
	tcase_add_test(tc, what_happens_after_subscribe_is_pulled_once_each_and_in_order);
	tcase_add_test(tc, a_pull_waits_and_is_answered_when_something_happens);
	tcase_add_test(tc, an_answer_that_was_lost_is_given_again);
	tcase_add_test(tc, a_context_outlives_a_pull_that_found_nothing);
	tcase_add_test(tc, a_heartbeat_is_an_answer_without_items);
	tcase_add_test(tc, a_query_chooses_by_kind_and_by_value);
	tcase_add_test(tc, an_event_too_large_goes_with_less_of_it_or_by_the_policy);
	tcase_add_test(tc, what_the_source_lost_is_said);
	tcase_add_test(tc, what_the_source_lost_is_said_once_to_who_wants_one_at_a_time);
	tcase_add_test(tc, a_bookmark_goes_on_where_it_was_made);
	tcase_add_test(tc, the_earliest_bookmark_gives_all_that_is_known);
	tcase_add_test(tc, a_subscription_is_named_in_every_way_clients_know);
	tcase_add_test(tc, renew_gives_more_time_and_expiry_ends);
	tcase_add_test(tc, unsubscribe_ends_it_and_so_does_release);
	tcase_add_test(tc, nobody_sees_another_ones_subscription);
	tcase_add_test(tc, one_caller_has_so_many_and_others_still_theirs);
	tcase_add_test(tc, a_pull_that_was_given_up_loses_nothing);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
