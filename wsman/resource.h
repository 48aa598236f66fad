/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/resource.h: resource URI -> class.
 *
 * Three families of URIs name every class; the answer speaks the family of the request. Names
 * are compared without regard to case. Some URIs name something else than a class. Pure; any thread.
 */
#ifndef WSMAN_RESOURCE_H
#define WSMAN_RESOURCE_H

#include "engine/base/arena.h"
#include "include/provider.h"
#include "wsman/fault.h"
#include "wsman/msg.h"

#define RESOURCE_URI_MAX 2048

struct classes { const struct prov_class *const *list; size_t count; };

/* CLASS: one class. STAR: every class of a namespace, a query chooses. CONFIG: the WinRM configuration of
 * this service. META: the classes themselves, as CIM-XML. */
enum resource_kind { RES_CLASS, RES_STAR, RES_CONFIG, RES_META, RES__COUNT };

struct resource {
	enum resource_kind kind;
	const struct prov_class *cls;	/* CLASS */
	const char *ns;			/* CLASS, STAR, META: lower case; NULL: not named */
	const char *path;		/* CONFIG: what follows .../config, "" or "/service/auth" */
	enum uri family;		/* URI_WMI, URI_DMTF, URI_SCX */
	const char *query;		/* "k=v+k=v" of the URI; NULL: none */
};

/* uri: trimmed text of the header; cimns: value of the __cimnamespace selector or NULL.
 * false: fault filled. */
bool resource_find(const struct classes *classes, const char *uri, const char *cimns, struct arena *arena,
    struct resource *ret, struct fault *fault);
/* The class of that name; ns NULL: of the first namespace that has it. NULL: none. */
const struct prov_class *resource_class(const struct classes *classes, const char *ns, const char *name);
/* The URI of a class in a family, as we write it: lower case namespace, declared case of the class. */
void resource_write(struct buf *out, enum uri family, const struct prov_class *cls);

#endif
