/* SPDX-License-Identifier: MIT
 * engine/creds_names.c: for what a job has credentials; never the credentials. Pure.
 */
#include <stdio.h>
#include <string.h>

#include "engine/base/auto.h"
#include "engine/worker/creds.h"
#include "include/engine.h"

struct names {
	char *out;
	size_t room, at;
	uint32_t target;		/* the one being collected */
	bool any;
};

static void add(struct names *n, const char *text)
{
	if (n->at < n->room)
		n->at += (size_t)snprintf(n->out + n->at, n->room - n->at, "%s", text);
}

static void on_slot(void *arg, const struct cred *cred)
{
	static const char *const schemes[] = { "unknown", "Basic", "Digest", "NTLM", "Negotiate", "Passport" };
	static const char *const targets[] = { "unknown", "server", "proxy", "token" };
	struct names *n = arg;

	if (cred->target != n->target)
		return;
	if (n->any) {
		add(n, ", ");
	} else {
		add(n, n->at ? "; " : "");
		add(n, targets[cred->target < COUNT(targets) ? cred->target : 0]);
		add(n, ": ");
	}
	n->any = true;
	add(n, cred->target == CRED_TOKEN ? "PIN" : schemes[cred->scheme < COUNT(schemes) ? cred->scheme : 0]);
}

const char *eng_credentials(const struct job_view *view, char *out, size_t room)
{
	struct names n = { .out = out, .room = room };

	out[0] = '\0';
	for (n.target = 1; n.target <= CRED_TOKEN; n.target++) {
		n.any = false;
		creds_each(view->opt->credentials, on_slot, &n);
	}
	return out;
}
