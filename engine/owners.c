/* SPDX-License-Identifier: MIT
 * engine/owners.c: see owners.h.
 */
#include "engine/owners.h"

struct owner {
	uint32_t uid;
	unsigned njobs;			/* never 0 while it is here */
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
	free(owner);
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
		HASH_ADD(hh, eng->owners, uid, sizeof(owner->uid), owner);
	}
	owner->njobs++;
	job->owner = owner;
	return true;
}
