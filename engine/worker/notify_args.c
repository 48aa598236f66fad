/* SPDX-License-Identifier: MIT
 * engine/worker/notify_args.c: see notify_args.h.
 */
#include "engine/worker/notify_args.h"

#include <stdbool.h>
#include <string.h>

#include "engine/base/arena.h"

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

/* One word from `from` to `to`, unquoted; where it ends, NULL: a quote stays open. */
static const char *word(const char *from, char *to)
{
	char quote = 0;

	for (; *from && (quote || !blank(*from)); from++) {
		if (!quote && (*from == '"' || *from == '\'')) {
			quote = *from;
		} else if (quote && *from == quote) {
			quote = 0;
		} else {
			if (quote == '"' && *from == '\\' && (from[1] == '"' || from[1] == '\\'))
				from++;
			*to++ = *from;
		}
	}
	*to = '\0';
	return quote ? NULL : from;
}

char **notify_args(struct arena *arena, const char *program, const char *parameters, const char **why)
{
	char **argv = arena_zalloc(arena, (NOTIFY_ARGS_MAX + 1) * sizeof(*argv));
	char *text = arena_zalloc(arena, 2 * strlen(parameters) + 2);	/* a NUL a word: never longer */
	size_t n = 0;

	*why = "need more memory than there is";
	if (!argv || !text)
		return NULL;
	for (;;) {
		while (blank(*parameters))
			parameters++;
		if (!*parameters)
			break;
		*why = "have more than 256 words";
		if (n == NOTIFY_ARGS_MAX)
			return NULL;
		argv[n++] = text;
		parameters = word(parameters, text);
		*why = "have a quote that is never closed";
		if (!parameters)
			return NULL;
		text += strlen(text) + 1;
	}
	if (!n)
		argv[n++] = arena_strdup(arena, program);
	argv[n] = NULL;
	*why = "need more memory than there is";
	return argv[0] ? argv : NULL;
}
