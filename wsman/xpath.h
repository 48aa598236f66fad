/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/xpath.h: the part of XPath 1.0 that DSP0226 annex D calls Level 1, as far as instances have a
 * place for it: Name, Name[2], Name/text(), Files[1]/LocalName, with the class itself in front if the
 * client puts it there. Pure; any thread.
 */
#ifndef WSMAN_XPATH_H
#define WSMAN_XPATH_H

#include <stdbool.h>
#include <stddef.h>

#include "include/provider.h"

#define XPATH_STEPS 4
#define XPATH_TEXT_MAX 2048	/* bytes of a path or an expression */

struct xpath_path {
	struct xpath_step { const char *name; unsigned index; } steps[XPATH_STEPS];	/* index 0: none given */
	size_t nsteps;
	bool text;			/* ends with text() */
};

/* A path for fragment transfer. cls: to leave out a first step that is the class. false: beyond Level 1
 * (or out of memory). Names are in the arena. */
bool xpath_path_read(const char *text, const struct prov_class *cls, struct arena *arena,
    struct xpath_path *ret);

/* For filters: the path that begins at text, perhaps of no steps (the class alone). Returns where it ends,
 * which is at a bracket that holds no number, too; NULL: no path. */
const char *xpath_path_at(const char *text, const struct prov_class *cls, struct arena *arena,
    struct xpath_path *ret);
/* Behind white space; behind a name, whose local part is told (NULL: none there). */
const char *xpath_blank(const char *p);
const char *xpath_name(const char *p, const char **ret_name, size_t *ret_len);

#endif
