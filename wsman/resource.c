/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/resource.c: see resource.h.
 */
#include "wsman/resource.h"

#include <ctype.h>
#include <string.h>

#include "engine/base/text.h"

static int hex(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : isxdigit((unsigned char)c) ? (c | 32) - 'a' + 10 : -1;
}

/* In place: %XX of printable ASCII -> the character. */
static void decode(char *text)
{
	char *to = text;

	for (const char *p = text; *p; p++) {
		int hi = p[0] == '%' ? hex(p[1]) : -1, lo = hi < 0 ? -1 : hex(p[2]);

		if (lo >= 0 && hi * 16 + lo > 0x20 && hi * 16 + lo < 0x7f) {
			*to++ = (char)(hi * 16 + lo);
			p += 2;
		} else {
			*to++ = *p;
		}
	}
	*to = '\0';
}

/* Namespaces are written with / or \, any case, sometimes with an end of their own. */
static bool same_ns(const char *a, const char *b, size_t blen)
{
	size_t alen = strlen(a);

	while (blen && (*b == '/' || *b == '\\'))
		b++, blen--;
	while (blen && (b[blen - 1] == '/' || b[blen - 1] == '\\'))
		blen--;
	if (alen != blen)
		return false;
	for (size_t i = 0; i < alen; i++) {
		char c = b[i] == '\\' ? '/' : b[i];

		if (tolower((unsigned char)a[i]) != tolower((unsigned char)c))
			return false;
	}
	return true;
}

/* ns NULL: the first namespace that has the class. */
static const struct prov_class *find_class(const struct classes *classes, const char *ns, size_t nslen,
    const char *name, bool *ret_ns_known)
{
	for (size_t i = 0; i < classes->count; i++) {
		const struct prov_class *cls = classes->list[i];

		if (ns && !same_ns(cls->ns, ns, nslen))
			continue;
		*ret_ns_known = true;
		if (text_ieq(cls->name, name) && cls->get)	/* embedded classes are no resources */
			return cls;
	}
	return NULL;
}

const struct prov_class *resource_class(const struct classes *classes, const char *ns, const char *name)
{
	bool known;

	return find_class(classes, ns, ns ? strlen(ns) : 0, name, &known);
}

/* Every class of a namespace; ns NULL: of all of them. */
static bool find_star(const struct classes *classes, const char *ns, size_t len, struct resource *ret,
    struct fault *fault)
{
	ret->kind = RES_STAR;
	for (size_t i = 0; ns && i < classes->count && !ret->ns; i++)
		if (same_ns(classes->list[i]->ns, ns, len))
			ret->ns = classes->list[i]->ns;
	return !ns || ret->ns || fault_set(fault, FAULT_NO_CLASS, "The namespace %.*s does not exist here.",
	    (int)(len > 200 ? 200 : len), ns);
}

static bool find_wmi(const struct classes *classes, const char *path, const char *cimns, struct resource *ret,
    struct fault *fault)
{
	const char *slash = strrchr(path, '/');
	bool known = false;

	if (!slash || slash == path)
		return fault_set(fault, FAULT_NO_RESOURCE, "The resource URI names no namespace and class.");
	ret->family = URI_WMI;
	if (!strcmp(slash + 1, "*"))
		return find_star(classes, path, (size_t)(slash - path), ret, fault) &&
		    (!cimns || same_ns(ret->ns, cimns, strlen(cimns)) ||
		    fault_set(fault, FAULT_NAMESPACE, NULL));
	ret->cls = find_class(classes, path, (size_t)(slash - path), slash + 1, &known);
	if (!ret->cls)
		return fault_set(fault, FAULT_NO_CLASS,
		    known ? "There is no class %.100s in the namespace %.*s."
			  : "There is no class %.100s: the namespace %.*s does not exist here.",
		    slash + 1, (int)(slash - path > 200 ? 200 : slash - path), path);
	ret->ns = ret->cls->ns;
	if (cimns && !same_ns(ret->cls->ns, cimns, strlen(cimns)))
		return fault_set(fault, FAULT_NAMESPACE, NULL);
	return true;
}

static bool find_flat(const struct classes *classes, enum uri family, const char *name, const char *cimns,
    struct resource *ret, struct fault *fault)
{
	bool known = false;

	ret->family = family;
	ret->cls = find_class(classes, cimns, cimns ? strlen(cimns) : 0, name, &known);
	if (ret->cls) {
		ret->ns = ret->cls->ns;
		return true;
	}
	return fault_set(fault, FAULT_NO_CLASS, known ? "There is no class %.200s in that namespace." :
	    "There is no class %.200s: the namespace does not exist here.", name);
}

/* What is no class. *found false: it is none of these. */
static bool find_other(const struct classes *classes, const char *uri, const char *cimns, struct resource *ret,
    struct fault *fault, bool *found)
{
	size_t config = strlen(uri_text[URI_CONFIG]);

	*found = true;
	ret->family = URI_DMTF;
	if (text_iprefix(uri, uri_text[URI_CONFIG]) && (!uri[config] || uri[config] == '/')) {
		ret->kind = RES_CONFIG;
		ret->path = uri + config;
		return true;
	}
	if (text_ieq(uri, uri_text[URI_DMTF_STAR]))
		return find_star(classes, cimns, cimns ? strlen(cimns) : 0, ret, fault);
	if (text_ieq(uri, uri_text[URI_META])) {
		bool ok = find_star(classes, cimns, cimns ? strlen(cimns) : 0, ret, fault);

		ret->kind = RES_META;
		return ok;
	}
	if (text_iprefix(uri, uri_text[URI_WS_CIM]))
		return fault_set(fault, FAULT_WS_CIM, NULL);
	*found = false;
	return false;
}

bool resource_find(const struct classes *classes, const char *uri, const char *cimns, struct arena *arena,
    struct resource *ret, struct fault *fault)
{
	static const enum uri flat[] = { URI_DMTF, URI_SCX };
	static const enum uri wmi[] = { URI_WMI, URI_WMI_ALIAS };
	size_t len = strlen(uri);
	char *copy, *query;
	bool found, ok;

	if (!len)
		return fault_set(fault, FAULT_NO_RESOURCE, NULL);
	if (len > RESOURCE_URI_MAX)
		return fault_set(fault, FAULT_URI_LIMIT, NULL);
	copy = arena_strdup(arena, uri);
	if (!copy)
		return fault_set(fault, FAULT_BUSY, "Out of memory.");
	query = strchr(copy, '?');
	if (query)
		*query++ = '\0';
	ret->query = query;
	decode(copy);
	for (len = strlen(copy); len && copy[len - 1] == '/'; len--)
		copy[len - 1] = '\0';
	ok = find_other(classes, copy, cimns, ret, fault, &found);
	if (found)
		return ok;
	for (int i = 0; i < 2; i++)
		if (text_iprefix(copy, uri_text[wmi[i]]))
			return find_wmi(classes, copy + strlen(uri_text[wmi[i]]), cimns, ret, fault);
	for (int i = 0; i < 2; i++)
		if (text_iprefix(copy, uri_text[flat[i]]))
			return find_flat(classes, flat[i], copy + strlen(uri_text[flat[i]]), cimns, ret, fault);
	return fault_set(fault, FAULT_NO_RESOURCE, "The resource %.300s is not offered by this service.", copy);
}

void resource_write(struct buf *out, enum uri family, const struct prov_class *cls)
{
	buf_adds(out, uri_text[family]);
	if (family == URI_WMI) {
		buf_adds(out, cls->ns);
		buf_adds(out, "/");
	}
	buf_adds(out, cls->name);
}
