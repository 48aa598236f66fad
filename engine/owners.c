/* SPDX-License-Identifier: MIT
 * engine/owners.c: see owners.h.
 */
#include "engine/owners.h"

#include <string.h>

#include "engine/base/str.h"

struct owner {
	uint32_t uid;
	unsigned njobs;			/* never 0 while it is here */
	const char *name;		/* of the last job that was counted */
	UT_hash_handle hh;
};

static struct owner *find(struct engine *eng, uint32_t uid)
{
	struct owner *owner;

	HASH_FIND(hh, eng->owners, &uid, sizeof(uid), owner);
	return owner;
}

unsigned owners_jobs(struct engine *eng, uint32_t uid)
{
	struct owner *owner = find(eng, uid);

	return owner ? owner->njobs : 0;
}

void owners_forget(struct engine *eng, struct job *job)
{
	struct owner *owner = job->owner;

	job->owner = NULL;
	if (!owner || --owner->njobs)
		return;
	HASH_DELETE(hh, eng->owners, owner);
	str_unref(owner->name);
	free(owner);
}

/* One text for all jobs of an owner; the name may be another one since somebody was renamed. */
static void share_name(struct owner *owner, struct job *job)
{
	if (strcmp(owner->name, job->rec.owner)) {
		str_unref(owner->name);
		owner->name = str_ref(job->rec.owner);
	} else {
		str_unref(job->rec.owner);
		job->rec.owner = str_ref(owner->name);
	}
}

bool owners_count(struct engine *eng, struct job *job)
{
	struct owner *owner;

	if (job->owner && job->owner->uid == job->rec.uid)
		return true;
	owners_forget(eng, job);
	owner = find(eng, job->rec.uid);
	if (!owner) {
		owner = calloc(1, sizeof(*owner));
		if (!owner)
			return false;
		owner->uid = job->rec.uid;
		owner->name = str_empty;
		HASH_ADD(hh, eng->owners, uid, sizeof(owner->uid), owner);
	}
	owner->njobs++;
	job->owner = owner;
	share_name(owner, job);
	return true;
}
