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
	[CIM_SECRET] = { "string", 0 },
	[CIM_OBJECTS] = { "object", 0 },
	[CIM_TEXTS] = { "array of string", 0 },
	[CIM_OCTETS] = { "array of uint8", UINT8_MAX },
};

#define OCTETS_MAX 64
#define HASH_DIGITS 40		/* consoles that cannot send arrays send a SHA-1 as one text */

bool value_is_array(enum cim_type type)
{
	return type == CIM_OBJECTS || type == CIM_TEXTS || type == CIM_OCTETS;
}

/* Room doubles, so a long list costs little. */
static bool add_text(struct prov_value *v, const char *text, struct arena *arena)
{
	if (!(v->nrows & (v->nrows - 1))) {
		const char **more = arena_zalloc(arena, (v->nrows ? 2 * v->nrows : 1) * sizeof(*more));

		if (!more)
			return false;
		if (v->nrows)
			memcpy(more, v->texts, v->nrows * sizeof(*more));
		v->texts = more;
	}
	v->texts[v->nrows++] = text;
	return true;
}

static bool is_hash(const char *text)
{
	return strlen(text) == HASH_DIGITS && strspn(text, "0123456789abcdefABCDEF") == HASH_DIGITS;
}

/* Digits alone: no sign, no 0x, nothing that two readers could take for different numbers. */
static bool read_number(const char *text, uint64_t max, uint64_t *ret)
{
	return *text && !text[strspn(text, "0123456789")] && text_u64(text, 0, max, ret);
}

static bool add_octets(struct prov_value *v, const char *text, struct arena *arena)
{
	uint64_t n;

	if (!v->nrows && is_hash(text)) {
		v->text = text;
		v->nrows = HASH_DIGITS / 2;
		return true;
	}
	if (v->nrows >= OCTETS_MAX || !read_number(text, UINT8_MAX, &n))
		return false;
	v->text = arena_printf(arena, "%s%02x", v->text ? v->text : "", (unsigned)n);
	v->nrows++;
	return v->text;
}

static bool add_element(enum cim_type type, const char *text, struct arena *arena, struct prov_value *ret)
{
	ret->set = true;
	return type == CIM_TEXTS ? add_text(ret, text, arena) :
	    type == CIM_OCTETS && add_octets(ret, text, arena);
}

/* White space at an end that has a line break in it is the layout of whoever wrote the message; blanks alone
 * are part of the value: names of files may begin and end with them. */
static void unwrap(const char **text, size_t *len)
{
	const char *inner = *text;
	size_t inner_len = *len, front, back;

	text_trim(&inner, &inner_len);
	front = (size_t)(inner - *text);
	back = *len - front - inner_len;
	if (memchr(*text + *len - back, '\n', back))
		*len -= back;
	if (memchr(*text, '\n', front)) {
		*text += front;
		*len -= front;
	}
}

bool value_read(enum cim_type type, const char *text, struct arena *arena, struct prov_value *ret)
{
	size_t len = strlen(text);
	struct prov_value v = { .set = true };
	char *copy;
	bool yes;

	if (type == CIM_TEXT || type == CIM_TEXTS)
		unwrap(&text, &len);
	else if (type != CIM_SECRET)
		text_trim(&text, &len);
	copy = arena_strndup(arena, text, len);
	if (!copy)
		return false;
	if (value_is_array(type))
		return add_element(type, copy, arena, ret);
	if (type == CIM_TEXT || type == CIM_SECRET) {
		v.text = copy;
	} else if (type == CIM_BOOL) {
		if (!text_bool(copy, &yes))
			return false;
		v.num = yes;
	} else if (!read_number(copy, types[type].max, &v.num)) {
		return false;
	}
	*ret = v;
	return true;
}

const char *value_number(uint64_t v, char room[VALUE_NUMBER], size_t *ret_len)
{
	char *at = room + VALUE_NUMBER;

	do {
		*--at = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	*ret_len = (size_t)(room + VALUE_NUMBER - at);
	return at;
}

static void add_u64(struct buf *out, uint64_t v)
{
	char room[VALUE_NUMBER];
	size_t len;
	const char *text = value_number(v, room, &len);

	buf_add(out, text, len);
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
