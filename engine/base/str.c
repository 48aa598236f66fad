/* SPDX-License-Identifier: MIT
 * engine/base/str.c: see str.h.
 */
#include "engine/base/str.h"

#include <stdlib.h>
#include <string.h>

struct str {
	unsigned refs;
	char text[];
};

const char str_empty[] = "";

static struct str *of(const char *s)
{
	return (struct str *)(s - offsetof(struct str, text));
}

const char *str_new(const char *text)
{
	size_t len = strlen(text);
	struct str *str;

	if (!len)
		return str_empty;
	str = malloc(sizeof(*str) + len + 1);
	if (!str)
		return NULL;
	str->refs = 1;
	memcpy(str->text, text, len + 1);
	return str->text;
}

const char *str_ref(const char *s)
{
	if (s != str_empty)
		__atomic_add_fetch(&of(s)->refs, 1, __ATOMIC_RELAXED);
	return s;
}

void str_unref(const char *s)
{
	if (!s || s == str_empty || __atomic_sub_fetch(&of(s)->refs, 1, __ATOMIC_ACQ_REL))
		return;
	free(of(s));
}
