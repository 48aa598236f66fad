/* SPDX-License-Identifier: MIT
 * engine/worker/check.c: see check.h.
 */
#include "engine/worker/check.h"

#include <errno.h>
#include <string.h>

#include "engine/base/fsx.h"

/* The file another owner began. */
static enum err check_begun(const struct fsx_place *place, const struct proto_check *o, struct errinfo *ei)
{
	int r = fsx_name_ok(o->temp) ? fsx_take(place->dir, o->temp, o->dev, o->ino, o->take) : -EINVAL;

	if (!r)
		return ERR_OK;
	if (r == -EPERM)
		return err_set(ei, ERR_FILE_ACCESS,
		    "What the job has of %.200s belongs to its owner until now, and "
		    "only root can take that over.", o->path);
	return err_set(ei, ERR_FILE_ACCESS,
	    "What the job has of %.200s cannot be used: %s.", o->path, strerror(-r));
}

enum err check_place(const struct proto_check *o, struct errinfo *ei)
{
	struct fsx_place place;
	enum err err = fsx_place_open(o->path, o->root, &place, ei);

	if (err)
		return err;
	err = fsx_may_create(&place, o->path, ei);
	if (!err && o->ino)
		err = check_begun(&place, o, ei);
	fsx_place_done(&place);
	return err;
}
