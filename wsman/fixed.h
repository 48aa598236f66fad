/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/fixed.h: lists of things that are no instances of a provider, for enumerations: listeners of the
 * configuration, the classes themselves. Few items each, known without waiting.
 */
#ifndef WSMAN_FIXED_H
#define WSMAN_FIXED_H

#include "wsman/enum_ctx.h"
#include "wsman/wsman.h"

struct fixed_list {
	size_t (*count)(const struct wsm_config *config, const char *ns);
	/* Item i, in that mode, whole (Item, EndpointReference included). */
	void (*write)(const struct wsm_config *config, const char *ns, size_t i, enum enum_mode mode,
	    struct buf *out);
};

/* NULL: nothing there can be enumerated. path: resource.path. */
const struct fixed_list *config_list(const char *path);
extern const struct fixed_list meta_list;

#endif
