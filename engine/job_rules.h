/* SPDX-License-Identifier: MIT
 * engine/job_rules.h: which settings of a job go together. Pure: a job as it was and as somebody wants it
 * to be; whether it may be so. Ranges of single values are rows of schemas/job_props.def.
 *
 * Source: BITS SetProperty, IBackgroundCopyJobHttpOptions, SetProxySettings, SetNotifyCmdLine.
 */
#ifndef JOB_RULES_H
#define JOB_RULES_H

#include "include/engine.h"

struct job_draft {
	const struct job_rec *was_rec;
	const struct job_opt *was;
	struct job_rec rec;			/* as it would be */
	struct job_opt opt;
	bool set[JOB_PROP__COUNT];		/* named by the caller, and different from before */
	bool named[JOB_PROP__COUNT];		/* named by the caller */
	bool ranged;				/* a file was added with ranges */
	bool begun;				/* a file is here in part */
};

/* What one change means for others: a method of one's own makes the job foreground. */
void job_rules_follow(struct job_draft *d);
enum err job_rules_check(const struct job_draft *d, struct errinfo *ei);

/* Why the job as it is cannot be moved at all (Resume refuses then). */
enum err job_rules_may_run(const struct job_rec *rec, const struct job_opt *opt, struct errinfo *ei);
/* May a file with these ranges (NULL: whole) join? */
enum err job_rules_may_range(const struct job_opt *opt, const char *ranges, struct errinfo *ei);

/* Each line with a CR LF behind it: an XML parser makes a single LF of it on the way here. NULL: no memory. */
char *custom_headers_normal(const char *lines);
/* Header lines a caller may have sent with each request; normal ones. */
enum err custom_headers_check(const char *lines, struct errinfo *ei);
/* A token of RFC 9110. */
bool http_token_ok(const char *text, size_t len);

#endif
