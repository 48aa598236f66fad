/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/resource.h: resource URI -> class.
 *
 * Three families of URIs name every class; the answer speaks the family of the request. Names
 * are compared without regard to case. Pure; any thread.
 */
#ifndef WSMAN_RESOURCE_H
#define WSMAN_RESOURCE_H

#include "engine/base/arena.h"
#include "include/provider.h"
#include "wsman/fault.h"
#include "wsman/msg.h"

#define RESOURCE_URI_MAX 2048

struct classes { const struct prov_class *const *list; size_t count; };

struct resource {
	const struct prov_class *cls;
	enum uri family;		/* URI_WMI, URI_DMTF, URI_SCX */
	const char *query;		/* "k=v+k=v" of the URI; NULL: none */
};

/* uri: trimmed text of the header; cimns: value of the __cimnamespace selector or NULL.
 * false: fault filled. */
bool resource_find(const struct classes *classes, const char *uri, const char *cimns, struct arena *arena,
    struct resource *ret, struct fault *fault);
/* The URI of a class in a family, as we write it: lower case namespace, declared case of the class. */
void resource_write(struct buf *out, enum uri family, const struct prov_class *cls);

#endif
