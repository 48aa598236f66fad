/* SPDX-License-Identifier: MIT
 * engine/worker/check.c: see check.h.
 */
#include "engine/worker/check.h"

#include "engine/base/fsx.h"

enum err check_place(const char *path, const char *roots, struct errinfo *ei)
{
	struct fsx_place place;
	enum err err = fsx_place_open(path, roots, &place, ei);

	if (err)
		return err;
	err = fsx_may_create(&place, path, ei);
	fsx_place_done(&place);
	return err;
}
