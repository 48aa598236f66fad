/* SPDX-License-Identifier: MIT
 * engine/hold.c: jobs that could run but may not: there is no network, the bandwidth policy gives nothing at
 * this hour, the network costs too much. They are TRANSIENT_ERROR until the reason is gone, not until a timer
 * says so; their errors are not counted and do not run the no-progress clock. Engine thread only.
 *
 * Source: BITS "Users and Network Connections", BG_E_BLOCKED_BY_POLICY, BITS_JOB_TRANSFER_POLICY.
 */
#include "engine/core.h"

#include <string.h>

#include <utlist.h>

#include "engine/netwatch.h"
#include "engine/policy.h"
#include "engine/shelf.h"
#include "engine/base/log.h"

#define PROXY_OVERRIDE 2		/* BG_JOB_PROXY_USAGE: the job's own list */

static const struct { enum err err; uint32_t context; const char *text; } reasons[] = {
	[WAITS_NETWORK] = { ERR_NETWORK_DISCONNECTED, 6,
	    "This machine has no network. The job goes on by itself "
	    "when there is one." },
	[WAITS_POLICY] = { ERR_BLOCKED_BY_POLICY, 6,
	    "The bandwidth policy gives background transfers nothing at "
	    "this hour. The job goes on by itself when it does; a foreground job is not bound by it." },
	[WAITS_COST] = { ERR_BLOCKED_BY_COST, 6, "The network in use is metered, and the job may not cost "
	    "anything. It goes on by itself on another network." },
};

/* Loopback is there without a network; and what a proxy of the job's own can reach is for the proxy to say. */
static bool needs_network(const struct job *job)
{
	size_t file = job_next_file(job);

	return file < job->nfiles && job->opt->proxy_usage != PROXY_OVERRIDE &&
	    !netwatch_is_local(job->files[file]->rec.url);
}

/* Why it may not run now; WAITS_TIME: it may. */
static enum wait_for reason_for(struct engine *eng, const struct job *job)
{
	if (!needs_network(job))
		return policy_cap(eng, (unsigned)job->rec.priority) ? WAITS_TIME : WAITS_POLICY;
	if (eng->offline)
		return WAITS_NETWORK;
	if (!policy_cap(eng, (unsigned)job->rec.priority))
		return WAITS_POLICY;
	return policy_cost_allows(eng, job) ? WAITS_TIME : WAITS_COST;
}

static void hold(struct engine *eng, struct job *job, enum wait_for why)
{
	char id[GUID_TEXT];

	job->rec.error_code = err_hresult(reasons[why].err);
	job->rec.error_context = reasons[why].context;
	job->rec.error_file = (uint32_t)job_next_file(job);
	rec_text(&job->rec.error_text, reasons[why].text);
	log_info("job=%s err=0x%08x waits: %s", guid_text(&job->rec.id, id), job->rec.error_code,
	    reasons[why].text);
	if (job->rec.state != JOB_TRANSIENT_ERROR)
		job_move(eng, job, EV_TROUBLE, NULL);
	job->waits = why;
	job_dirty(eng, job);
}

/* What became of it since it was looked at last. */
static void look(struct engine *eng, struct job *job)
{
	enum wait_for why;

	if (job->closing || job->gone || (job->rec.state == JOB_TRANSIENT_ERROR && job->waits == WAITS_TIME))
		return;
	if (!job_is_active(job))
		return;
	why = reason_for(eng, job);
	if (why == WAITS_TIME && job->rec.state == JOB_TRANSIENT_ERROR)
		job_move(eng, job, EV_RETRY, NULL);
	else if (why != WAITS_TIME && (job->rec.state != JOB_TRANSIENT_ERROR || job->waits != why))
		hold(eng, job, why);
}

void hold_decide(struct engine *eng)
{
	struct job *job;
	bool all = policy_moved(eng) || eng->net_moved;

	eng->net_moved = false;
	if (all) {
		for (size_t i = 0; (job = shelf_job(eng->shelf, i)); i++)
			if (job_is_active(job))
				run_watch(eng, job);
	}
	DL_FOREACH2(eng->watched, job, watch_next)
		look(eng, job);
}

/* A network came: every job that waits, for whatever, may try again. */
void hold_network(struct engine *eng, bool up, bool other)
{
	struct job *job;

	if (eng->offline == !up && !(up && other))
		return;
	if (eng->offline == up)
		log_info("%s", up ? "there is a network" : "there is no network beside this machine any more");
	eng->offline = !up;
	eng->net_moved = true;
	for (size_t i = 0; up && (job = shelf_job(eng->shelf, i)); i++)
		if (job->rec.state == JOB_TRANSIENT_ERROR && !job->closing && !job->gone)
			job_move(eng, job, EV_RETRY, NULL);
	engine_kick(eng);
}

bool hold_takes(struct engine *eng, struct job *job, uint32_t code)
{
	static const uint32_t lost[] = { 0x80072ee2, 0x80072ee7, 0x80072efd, 0x80072efe };
	bool told = code == err_hresult(ERR_NETWORK_DISCONNECTED);

	for (size_t i = 0; i < COUNT(lost); i++)
		told |= code == lost[i];
	if (!told || !eng->offline || !needs_network(job))
		return false;
	hold(eng, job, WAITS_NETWORK);
	return true;
}

uint64_t hold_limit(struct engine *eng, const struct job *job)
{
	uint64_t cap = policy_cap(eng, (unsigned)job->rec.priority), own = job->opt->rate_limit;

	if (cap == UINT64_MAX)
		return own;
	return own && own < cap ? own : cap;
}

/* Running jobs hear of a new priority or limit. */
uint64_t hold_do(struct engine *eng)
{
	for (struct run *run = eng->runs; run; run = run->hh.next) {
		struct proto_msg msg = { .type = PROTO_LIMIT, .tag = run->tag, .limit = {
		    .priority = run->job->rec.priority, .limit = hold_limit(eng, run->job) } };

		if (run->stopping || (msg.limit.priority == run->sent_priority &&
		    msg.limit.limit == run->sent_limit))
			continue;
		run->sent_priority = msg.limit.priority;
		run->sent_limit = msg.limit.limit;
		link_send(run->link, &msg);
	}
	return policy_cap_changes_ms(eng);
}

/* Watching the network. */

void hold_look_at_network(struct engine *eng)
{
	struct place place = { .n = 0 };
	bool up = eng->host.connected ? eng->host.connected(eng->host.ctx) :
	    !eng->netwatch || netwatch_look(eng->netwatch, &place);

	engine_look(eng);
	hold_network(eng, up, policy_place(eng, &place) && place.routed);
	engine_kick(eng);
}

static void on_change(void *arg)
{
	hold_look_at_network(arg);
}

bool hold_open(struct engine *eng)
{
	if (!policy_open(eng))
		return false;
	if (eng->config.fixed)
		eng_set_fixed_policies(eng, eng->config.fixed);
	eng_set_profiles(eng, eng->config.profiles, eng->config.nprofiles);
	if (!eng->host.connected && eng->host.watch_network) {
		eng->netwatch = netwatch_new(eng->loop, on_change, eng);
		if (!eng->netwatch)
			log_warn("changes of the network cannot be watched; jobs try again by time only");
	}
	if (eng->host.connected || eng->netwatch)
		hold_look_at_network(eng);
	return true;
}

void hold_close(struct engine *eng)
{
	netwatch_free(eng->netwatch);
	eng->netwatch = NULL;
	policy_close(eng);
}

void eng_network_changed(struct engine *eng)
{
	policy_wake(eng, true);
}
