/* SPDX-License-Identifier: MIT
 * engine/clocks.c: how long a job was busy, and how long it stood still. Both are kept in its row as time
 * used so far, so they go on after a restart and the wall clock has no say. Engine thread only.
 *
 * Time the agent does not run is not counted: nothing could be tried in it.
 * Source: BITS SetNoProgressTimeout, SetMaximumDownloadTime, JobInactivityTimeout.
 */
#include "engine/core.h"

#include "engine/base/now.h"

/* What job_props.def gives a job that says nothing: then the policy decides. */
#define MAX_DOWNLOAD_UNSET 7776000u
#define GRACE_MS 3600000u

void clocks_roll(struct engine *eng, struct job *job)
{
	if (job->busy_since_ms) {
		job->rec.busy_ms += eng->now_ms - job->busy_since_ms;
		job->busy_since_ms = eng->now_ms;
	}
	if (job->stall_since_ms) {
		job->rec.stalled_ms += eng->now_ms - job->stall_since_ms;
		job->stall_since_ms = eng->now_ms;
	}
}

void clocks_stall(struct engine *eng, struct job *job)
{
	if (job->stall_since_ms)
		return;
	job->stall_since_ms = eng->now_ms;
	if (!job->rec.stalled_ms)
		job->rec.stalled_ms = 1;	/* a row with 0 has no clock that runs */
}

void clocks_progress(struct job *job)
{
	job->stall_since_ms = job->rec.stalled_ms = 0;
}

uint64_t clocks_inactive_ms(struct engine *eng)
{
	return policy_number(eng, POLICY_JobInactivityTimeout) * 1000;
}

uint64_t clocks_no_progress_s(struct engine *eng, const struct job *job)
{
	uint64_t most = policy_number(eng, POLICY_JobInactivityTimeout);

	return job->rec.no_progress_timeout_s < most ? job->rec.no_progress_timeout_s : most;
}

uint64_t clocks_max_download_ms(struct engine *eng, const struct job *job)
{
	uint64_t s = job->opt->maximum_download_time_s;

	if (s == MAX_DOWNLOAD_UNSET)
		s = policy_number(eng, POLICY_MaxDownloadTime);
	return s ? s * 1000 : UINT64_MAX;
}

/* By the wall clock, which may have been set since: a start leaves every job an hour, so that a wrong clock
 * can be put right before it costs anything. */
uint64_t clocks_idle_ms(struct engine *eng, const struct job *job)
{
	uint64_t now = engine_ft(eng), most = clocks_inactive_ms(eng), idle;

	most = most > GRACE_MS ? most - GRACE_MS : 0;
	idle = now > job->rec.modified_ft ? (now - job->rec.modified_ft) / (FT_PER_S / 1000) : 0;
	return idle < most ? idle : most;
}
