/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/value.c: see value.h.
 */
#include "wsman/value.h"

#include <string.h>

#include "engine/base/guid.h"
#include "engine/base/text.h"

static const struct {
	const char *name;
	uint64_t max;
} types[] = {
	[CIM_BOOL] = { "boolean", 1 },
	[CIM_U16] = { "uint16", UINT16_MAX },
	[CIM_U32] = { "uint32", UINT32_MAX },
	[CIM_U64] = { "uint64", UINT64_MAX },
	[CIM_TEXT] = { "string", 0 },
	[CIM_OBJECTS] = { "object", 0 },
};

bool value_read(enum cim_type type, const char *text, struct arena *arena, struct prov_value *ret)
{
	size_t len = strlen(text);
	struct prov_value v = { .set = true };
	char *copy;
	bool yes;

	text_trim(&text, &len);
	copy = arena_strndup(arena, text, len);
	if (!copy || type == CIM_OBJECTS)
		return false;
	if (type == CIM_TEXT) {
		v.text = copy;
	} else if (type == CIM_BOOL) {
		if (!text_bool(copy, &yes))
			return false;
		v.num = yes;
	} else if (!text_u64(copy, 0, types[type].max, &v.num)) {
		return false;
	}
	*ret = v;
	return true;
}

static void add_u64(struct buf *out, uint64_t v)
{
	char text[20], *at = text + sizeof(text);

	do {
		*--at = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	buf_add(out, at, (size_t)(text + sizeof(text) - at));
}

void value_write(struct buf *out, enum cim_type type, const struct prov_value *value)
{
	if (type == CIM_TEXT)
		buf_add_xml(out, value->text ? value->text : "");
	else if (type == CIM_BOOL)
		buf_adds(out, value->num ? "true" : "false");
	else
		add_u64(out, value->num);
}

bool value_same_key(enum cim_type type, const struct prov_value *a, const struct prov_value *b)
{
	struct guid ga, gb;

	if (type != CIM_TEXT)
		return a->num == b->num;
	if (text_ieq(a->text, b->text))
		return true;
	return a->text && b->text && guid_parse(a->text, &ga) && guid_parse(b->text, &gb) && guid_eq(&ga, &gb);
}

const char *value_type_name(enum cim_type type)
{
	return types[type].name;
}
