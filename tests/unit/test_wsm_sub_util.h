/* SPDX-License-Identifier: MIT
 * tests/unit/test_wsm_sub_util.h: a class of lamps with events, and requests about subscriptions to them.
 *
 * Events are kept in memory; watches that find none are held in `waiters` until happen() or nothing_happens().
 */
#ifndef TEST_WSM_SUB_UTIL_H
#define TEST_WSM_SUB_UTIL_H

#include "tests/unit/test_wsm_util.h"

#include <pthread.h>
#include <unistd.h>

#include "engine/base/now.h"
#include "wsman/sub.h"

#define WMI_PRINT "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/print/"
#define LAMP WMI_PRINT "Lamp"
#define STAR WMI_PRINT "*"
#define EVENTING "http://schemas.xmlsoap.org/ws/2004/08/eventing"
#define ACT_SUBSCRIBE EVENTING "/Subscribe"
#define ACT_UNSUBSCRIBE EVENTING "/Unsubscribe"
#define ACT_RENEW EVENTING "/Renew"
#define ACT_STATUS EVENTING "/GetStatus"
#define PUSH EVENTING "/DeliveryModes/Push"
#define ACK "http://schemas.dmtf.org/wbem/wsman/1/wsman/PushWithAck"
#define BATCH "http://schemas.dmtf.org/wbem/wsman/1/wsman/Events"
#define PULL "http://schemas.dmtf.org/wbem/wsman/1/wsman/Pull"
#define WQL_URI "http://schemas.microsoft.com/wbem/wsman/1/WQL"
#define SUBSCRIBE(mode, delivery, more) "<e:Subscribe><e:Delivery Mode=\"" mode "\">" delivery \
	"</e:Delivery>" more "</e:Subscribe>"
#define TO(url) "<e:NotifyTo><a:Address>" url "</a:Address></e:NotifyTo>"
#define POLICY(xml) "<e:NotifyTo><a:Address>http://h/</a:Address><wsp:Policy xmlns:wsp=\"urn:wsp\">" xml \
	"</wsp:Policy></e:NotifyTo>"
#define WQL(text) "<w:Filter Dialect=\"" WQL_URI "\">" text "</w:Filter>"
#define MANY "<n:MaxElements>100</n:MaxElements>"

/* ---- the lamps ---- */

enum { L_LEVEL, L_NAME, L_NOTE, L__COUNT };
#define LAMP_EVENTS 256

static struct lamp_event {
	enum prov_event_kind kind;
	char name[32];
	const char *note;
	uint64_t level, before;
} lamp_events[LAMP_EVENTS];
static pthread_mutex_t lamp_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned lamp_count;		/* event i has the number i + 1 */
static uint64_t first_known;		/* the number of the oldest that is still kept */
static const char *lamp_text;		/* what is noted of the next lamps */
static unsigned watches;		/* how often events were asked for */
static uint64_t last_after;		/* behind which the last time */
static struct prov_call *waiters[16], *waiting;	/* the last of them */
static unsigned nwaiters;

static const struct prov_prop lamp_props[L__COUNT] = {
	[L_LEVEL] = { "Level", CIM_U32, PROV_RO, NULL, "" },
	[L_NAME] = { "Name", CIM_TEXT, PROV_KEY, NULL, "" },
	[L_NOTE] = { "Note", CIM_TEXT, PROV_RO, NULL, "" },
};

static void lamp_watch(const struct prov_class *cls, struct prov_call *call);

static const struct prov_class lamp_class = {
	.ns = "root/print", .name = "Lamp", .provider = "Light", .props = lamp_props, .nprops = L__COUNT,
	.may_read = ROLE_VIEWER, .may_write = ROLE_ADMIN, .may_invoke = ROLE_ADMIN, .get = util_get, .watch = lamp_watch,
};

static struct prov_value *lamp_values(struct prov_call *call, const struct lamp_event *e, uint64_t level)
{
	struct prov_value *v = arena_zalloc(call->arena, L__COUNT * sizeof(*v));

	ck_assert_ptr_nonnull(v);
	v[L_LEVEL] = (struct prov_value){ .set = true, .num = level };
	v[L_NAME] = (struct prov_value){ .set = true, .text = arena_strdup(call->arena, e->name) };
	v[L_NOTE] = (struct prov_value){ .set = true, .text = e->note };
	return v;
}

static void lamp_collect(struct prov_call *call)
{
	struct prov_event *events = arena_zalloc(call->arena, (call->max_rows + 1) * sizeof(*events));
	struct prov_row *rows = arena_zalloc(call->arena, (call->max_rows + 1) * sizeof(*rows));
	uint64_t at = call->after + 1;

	ck_assert(events && rows && call->max_rows);
	call->lost = call->after && (at < first_known || call->after > lamp_count);
	if (at < first_known || call->after > lamp_count)
		at = first_known;
	call->after = at - 1;
	for (; at <= lamp_count && call->nevents < call->max_rows; at++) {
		const struct lamp_event *e = &lamp_events[at - 1];
		struct prov_event *to = &events[call->nevents];

		*to = (struct prov_event){ .number = at, .kind = e->kind,
			.row = { &lamp_class, lamp_values(call, e, e->level), 0 } };
		if (e->kind == PROV_MODIFIED) {
			rows[call->nevents] = (struct prov_row){ &lamp_class, lamp_values(call, e, e->before), 0 };
			to->previous = &rows[call->nevents];
		}
		call->nevents++;
	}
	call->events = events;
	call->next = at - 1;
}

static void lamp_watch(const struct prov_class *cls, struct prov_call *call)
{
	(void)cls;
	pthread_mutex_lock(&lamp_lock);
	watches++;
	last_after = call->after;
	call->nevents = 0;
	if (call->after == UINT64_MAX)
		call->after = lamp_count;
	lamp_collect(call);
	if (!call->nevents && call->wait_ms) {
		ck_assert_uint_lt(nwaiters, COUNT(waiters));
		waiters[nwaiters++] = waiting = call;
		call = NULL;
	}
	pthread_mutex_unlock(&lamp_lock);
	if (call)
		prov_done(call, ERR_OK);
}

static void answer_waiting(void)
{
	struct prov_call *all[COUNT(waiters)];
	unsigned n = nwaiters;

	memcpy(all, waiters, sizeof(all));
	waiting = NULL;
	nwaiters = 0;
	for (unsigned i = 0; i < n; i++)
		lamp_collect(all[i]);
	pthread_mutex_unlock(&lamp_lock);
	for (unsigned i = 0; i < n; i++)
		prov_done(all[i], ERR_OK);
}

static void happen(enum prov_event_kind kind, const char *name, uint64_t level)
{
	struct lamp_event *e;

	pthread_mutex_lock(&lamp_lock);
	ck_assert_uint_lt(lamp_count, LAMP_EVENTS);
	e = &lamp_events[lamp_count++];
	*e = (struct lamp_event){ .kind = kind, .level = level, .note = lamp_text };
	snprintf(e->name, sizeof(e->name), "%s", name);
	for (unsigned i = 0; i + 1 < lamp_count; i++)
		if (!strcmp(lamp_events[i].name, name))
			e->before = lamp_events[i].level;
	answer_waiting();
}

static void UNUSED nothing_happens(void)
{
	pthread_mutex_lock(&lamp_lock);
	answer_waiting();
}

static const char UNUSED *big_text(size_t len)
{
	static char text[20000];

	ck_assert_uint_lt(len, sizeof(text));
	memset(text, 'x', len);
	text[len] = '\0';
	return text;
}

/* ---- the service ---- */

static const struct prov_class *const sub_classes[] = { &util_printer, &util_tray, &util_page, &lamp_class };
static struct wsm_service *svc;
static char context[100], id[100];	/* of the last subscription */
static uint64_t subscribed_ms;

static void start(const struct wsm_sinks *sinks)
{
	struct wsm_config config = util_config;

	config.classes = sub_classes;
	config.nclasses = 4;
	config.sinks = sinks;
	svc = wsm_service_new(&config);
	ck_assert_ptr_nonnull(svc);
}

static void UNUSED setup(void)
{
	lamp_count = watches = 0;
	first_known = 1;
	lamp_text = "lamp <&>";
	waiting = NULL;
	nwaiters = 0;
	start(NULL);
}

static void UNUSED teardown(void)
{
	wsm_service_stop(svc);
	nothing_happens();
	wsm_service_free(svc);
}

/* ---- requests ---- */

static void sub_send(const struct prov_caller *caller, const char *action, const char *resource,
    const char *headers, const char *body, struct util_answer *ret)
{
	const struct util_req req = { action, resource, NULL, headers, body };
	char *text = util_write(&req), *whole;

	/* the name space of eventing, declared where the others are */
	ck_assert_int_gt(asprintf(&whole, "<s:Envelope xmlns:e=\"" EVENTING "\"%s", text + strlen("<s:Envelope")), 0);
	util_send_bytes(svc, caller, whole, strlen(whole), ret);
	if (ret->xpath)
		xmlXPathRegisterNs(ret->xpath, (const xmlChar *)"l", (const xmlChar *)LAMP);
	free(whole);
	free(text);
}

static void sub_refused(const struct prov_caller *caller, const char *action, const char *resource,
    const char *headers, const char *body, const char *subcode, const char *detail, const char *code)
{
	const char *receiver = "n:InvalidEnumerationContext w:TimedOut w:InternalError e:UnableToRenew";
	struct util_answer a;

	sub_send(caller, action, resource, headers, body, &a);
	ck_assert_msg(a.count == 1 && a.status == 500, "not refused: %s: %s", body, a.text ? a.text : "(none)");
	util_assert_fault(&a, strstr(receiver, subcode) ? "s:Receiver" : "s:Sender", subcode, detail, code);
	util_forget(&a);
}

static void subscribe(const char *resource, const char *body, struct util_answer *ret)
{
	sub_send(&util_user, ACT_SUBSCRIBE, resource, "", body, ret);
	subscribed_ms = now_ms();
	ck_assert_msg(ret->status == 200, "%s", ret->text);
	ck_assert_str_eq(util_x(ret, "//a:Action"), ACT_SUBSCRIBE "Response");
	snprintf(id, sizeof(id), "%s", util_x(ret, "//e:SubscriptionManager//e:Identifier"));
	snprintf(context, sizeof(context), "%s", util_x(ret, "//e:SubscribeResponse/n:EnumerationContext"));
	ck_assert_uint_eq(strlen(id), 41);
}

static void pull_as(const struct prov_caller *caller, const char *more, struct util_answer *ret)
{
	char body[600];

	snprintf(body, sizeof(body), "<n:Pull><n:EnumerationContext>%s</n:EnumerationContext>%s</n:Pull>", context,
	    more);
	sub_send(caller, ACT_PULL, LAMP, "", body, ret);
}

static void UNUSED pull_start(const char *more, struct util_answer *ret)
{
	pull_as(&util_user, more, ret);
}

static void UNUSED pull(const char *more, struct util_answer *ret)
{
	pull_as(&util_user, more, ret);
	ck_assert_uint_eq(ret->count, 1);
	ck_assert_msg(ret->status == 200, "%s", ret->text);
	ck_assert_str_eq(util_x(ret, "//a:Action"), ACT_PULL "Response");
	snprintf(context, sizeof(context), "%s", util_x(ret, "//n:PullResponse/n:EnumerationContext"));
	ck_assert_uint_eq(strlen(context), 41);
}

/* Nothing happens meanwhile; the context goes on. */
static void UNUSED pull_times_out(void)
{
	struct util_answer a;

	pull_as(&util_user, MANY, &a);
	ck_assert_uint_eq(a.count, 0);
	nothing_happens();
	util_assert_fault(&a, "s:Receiver", "w:TimedOut", "", "2150858793");
	util_forget(&a);
}

static void UNUSED pull_refused(const struct prov_caller *caller, const char *subcode, const char *detail,
    const char *code)
{
	char body[600];

	snprintf(body, sizeof(body), "<n:Pull><n:EnumerationContext>%s</n:EnumerationContext>" MANY "</n:Pull>",
	    context);
	sub_refused(caller, ACT_PULL, LAMP, "", body, subcode, detail, code);
}

static void UNUSED manage(const char *action, const char *body, struct util_answer *ret)
{
	char headers[200];

	snprintf(headers, sizeof(headers), "<e:Identifier>%s</e:Identifier>", id);
	sub_send(&util_user, action, LAMP, headers, body, ret);
	ck_assert_msg(ret->status == 200, "%s", ret->text);
}

static void UNUSED manage_refused(const struct prov_caller *caller, const char *action, const char *body,
    const char *subcode, const char *code)
{
	char headers[200];

	snprintf(headers, sizeof(headers), "<e:Identifier>%s</e:Identifier>", id);
	sub_refused(caller, action, LAMP, headers, body, subcode, "", code);
}

/* The lamp of item i, from 1. */
static const char UNUSED *name_of(struct util_answer *a, unsigned i)
{
	char expr[100];

	snprintf(expr, sizeof(expr), "//n:Items/*[%u]/*[local-name()='TargetInstance']/l:Name", i);
	xmlXPathRegisterNs(a->xpath, (const xmlChar *)"l", (const xmlChar *)LAMP);
	return util_x(a, expr);
}

#endif
