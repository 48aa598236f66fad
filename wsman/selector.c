/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/selector.c: see selector.h. Rules: DSP0226 5.4.2.2, MS-WSMV 2.2.4.
 */
#include "wsman/selector.h"

#include <string.h>

#include "engine/base/text.h"
#include "wsman/value.h"

static bool add(struct selectors *set, const char *name, const char *value, struct fault *fault)
{
	if (!name || !*name)
		return fault_set(fault, FAULT_SELECTOR_UNEXPECTED, "A selector has no name.");
	if (text_ieq(name, SELECTOR_NAMESPACE)) {
		if (set->cimns)
			return fault_set(fault, FAULT_SELECTOR_TWICE, NULL);
		set->cimns = value ? value : "";
		return true;
	}
	for (size_t i = 0; i < set->count; i++)
		if (text_ieq(set->list[i].name, name))
			return fault_set(
			    fault, FAULT_SELECTOR_TWICE, "The selector %.100s is given twice.", name);
	if (set->count == SELECTOR_COUNT || strlen(name) > SELECTOR_VALUE ||
	    (value && strlen(value) > SELECTOR_VALUE))
		return fault_set(fault, FAULT_SELECTOR_LIMIT, NULL);
	set->list[set->count++] = (struct selector){ name, value };
	return true;
}

bool selector_read(const struct msg *msg, struct arena *arena, struct selectors *ret, struct fault *fault)
{
	for (const struct node *n = msg->selectors; n; n = n->next) {
		const char *name, *value;

		if (!msg_is(n, NS_w, "Selector"))
			continue;
		name = msg_trim(arena, msg_attr_plain(n, "Name"));
		value = n->first ? NULL : msg_trim(arena, n->text);
		if (!n->first && !value)
			return fault_set(fault, FAULT_BUSY, "Out of memory.");
		if (!add(ret, name, value, fault))
			return false;
	}
	return true;
}

bool selector_read_query(const char *query, struct arena *arena, struct selectors *ret, struct fault *fault)
{
	char *copy = arena_strdup(arena, query), *save = NULL;

	if (!copy)
		return fault_set(fault, FAULT_BUSY, "Out of memory.");
	for (char *part = strtok_r(copy, "+&", &save); part; part = strtok_r(NULL, "+&", &save)) {
		char *value = strchr(part, '=');

		if (!value)
			return fault_set(
			    fault, FAULT_NO_RESOURCE, "The selectors in the resource URI are malformed.");
		*value++ = '\0';
		if (!add(ret, part, value, fault))
			return false;
	}
	return true;
}

/* The key of the class with that name: *ret_index counts keys only. */
static const struct prov_prop *find_key(const struct prov_class *cls, const char *name, size_t *ret_index)
{
	size_t key = 0;

	for (size_t i = 0; i < cls->nprops; i++) {
		if (cls->props[i].access != PROV_KEY)
			continue;
		if (text_ieq(cls->props[i].name, name)) {
			*ret_index = key;
			return &cls->props[i];
		}
		key++;
	}
	return NULL;
}

static bool read_one(const struct selector *sel, const struct prov_class *cls, struct prov_value *keys,
    struct arena *arena, struct fault *fault)
{
	size_t index;
	const struct prov_prop *prop = find_key(cls, sel->name, &index);

	if (!prop)
		return fault_set(fault, FAULT_SELECTOR_UNEXPECTED, "The selector %.100s names no key of %s.",
		    sel->name, cls->name);
	if (!sel->value || !value_read(prop->type, sel->value, arena, &keys[index]))
		return fault_set(fault, FAULT_SELECTOR_TYPE, "The value of the selector %s is not of type %s.",
		    prop->name, value_type_name(prop->type));
	return true;
}

bool selector_keys(const struct selectors *set, const struct prov_class *cls, struct arena *arena,
    const struct prov_value **ret_keys, struct fault *fault)
{
	struct prov_value *keys;
	size_t nkeys = 0, key = 0;

	for (size_t i = 0; i < cls->nprops; i++)
		nkeys += cls->props[i].access == PROV_KEY;
	keys = arena_zalloc(arena, (nkeys ? nkeys : 1) * sizeof(*keys));
	if (!keys)
		return fault_set(fault, FAULT_BUSY, "Out of memory.");
	for (size_t i = 0; i < set->count; i++)
		if (!read_one(&set->list[i], cls, keys, arena, fault))
			return false;
	for (size_t i = 0; i < cls->nprops; i++) {
		if (cls->props[i].access != PROV_KEY)
			continue;
		if (!keys[key++].set)
			return fault_set(fault, FAULT_SELECTOR_MISSING, "The key selector %s is missing.",
			    cls->props[i].name);
	}
	*ret_keys = nkeys ? keys : NULL;
	return true;
}
