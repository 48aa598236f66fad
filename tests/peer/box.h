/* SPDX-License-Identifier: MIT
 * tests/peer/box.h: a test's own folder: made beneath TMPDIR, removed with all that is in it.
 */
#ifndef PEER_BOX_H
#define PEER_BOX_H

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BOX_ROOM 64
#define BOX_TMPDIR_MAX 40	/* longer ones would not leave room for the names inside */

/* Everybody may enter it: workers of these tests are somebody else. room: at least BOX_ROOM. */
static inline void box_make(char *out, size_t room, const char *name)
{
	const char *tmp = getenv("TMPDIR");

	if (!tmp || strlen(tmp) > BOX_TMPDIR_MAX)
		tmp = "/tmp";
	ck_assert_int_lt(snprintf(out, room, "%.40s/dray-%.10s-XXXXXX", tmp, name), (int)room);
	ck_assert_ptr_nonnull(mkdtemp(out));
	ck_assert_int_eq(chmod(out, 0755), 0);
}

static inline int box_remove_one_(const char *name, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(name);
}

static inline void box_remove(const char *box)
{
	nftw(box, box_remove_one_, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
