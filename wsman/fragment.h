/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/fragment.h: a path of xpath.h in the tables of a class, and what stands there in an instance
 * (DSP0226 7.7). Pure; any thread.
 */
#ifndef WSMAN_FRAGMENT_H
#define WSMAN_FRAGMENT_H

#include "engine/base/buf.h"
#include "wsman/fault.h"
#include "wsman/uri.h"
#include "wsman/xpath.h"

struct fragment {
	struct fragment_step { size_t prop; unsigned index; } steps[XPATH_STEPS];	/* index 0: none given */
	size_t nsteps;			/* at least 1; all but the last are arrays of instances */
	bool text;			/* the value alone; every step is then one instance or value */
};

/* false: beyond Level 1, or no place in that class; fault filled. */
bool fragment_find(const char *path, const struct prov_class *cls, struct arena *arena, struct fragment *ret,
    struct fault *fault);
/* <w:XmlFragment> with what is there. Nothing is there: nil. */
void fragment_write(struct buf *out, enum uri family, const struct fragment *fragment,
    const struct prov_row *row);

#endif
