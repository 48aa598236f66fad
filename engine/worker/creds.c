/* SPDX-License-Identifier: MIT
 * engine/worker/creds.c: see creds.h.
 */
#include "engine/worker/creds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/auto.h"

static void add_escaped(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("%\t\r\n", *text))
			buf_addf(out, "%%%02X", (unsigned char)*text);
		else
			buf_add(out, text, 1);
	}
}

/* In place; what is not %XX stays. */
static void unescape(char *text)
{
	char *to = text;
	unsigned byte;

	for (; *text; text++) {
		if (*text == '%' && sscanf(text + 1, "%2X", &byte) == 1) {
			*to++ = (char)byte;
			text += 2;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

/* Does the line that begins here belong to the slot? */
static bool is_slot(const char *line, uint32_t target, uint32_t scheme)
{
	char head[32];

	snprintf(head, sizeof(head), "%u\t%u\t", target, scheme);
	return !strncmp(line, head, strlen(head));
}

/* Every line but that of the slot; was it there? */
static bool keep_others(const char *creds, uint32_t target, uint32_t scheme, struct buf *out)
{
	bool had = false;

	while (*creds) {
		size_t len = strcspn(creds, "\n") + 1;

		if (is_slot(creds, target, scheme))
			had = true;
		else
			buf_add(out, creds, len);
		creds += len;
	}
	return had;
}

bool creds_set(const char *creds, const struct cred *cred, struct buf *out)
{
	keep_others(creds, cred->target, cred->scheme, out);
	buf_addf(out, "%u\t%u\t", cred->target, cred->scheme);
	if (cred->logon) {
		buf_adds(out, "-\n");
	} else {
		add_escaped(out, cred->user);
		buf_adds(out, "\t");
		add_escaped(out, cred->password);
		buf_adds(out, "\n");
	}
	return !buf_bad(out);
}

bool creds_remove(const char *creds, uint32_t target, uint32_t scheme, struct buf *out, bool *ret_had)
{
	*ret_had = keep_others(creds, target, scheme, out);
	return !buf_bad(out);
}

static bool read_line(char *line, struct cred *ret)
{
	char *user = strchr(line, '\t'), *password;

	user = user ? strchr(user + 1, '\t') : NULL;
	if (!user || sscanf(line, "%u\t%u\t", &ret->target, &ret->scheme) != 2)
		return false;
	user++;
	password = strchr(user, '\t');
	ret->logon = !password;
	if (ret->logon)
		return !strcmp(user, "-");
	*password++ = '\0';
	unescape(user);
	unescape(password);
	ret->user = user;
	ret->password = password;
	return true;
}

bool creds_each(const char *creds, void (*on)(void *arg, const struct cred *cred), void *arg)
{
	AUTO_FREE char *copy = strdup(creds);
	char *line = copy, *end;

	while (line && *line) {
		struct cred cred = { 0 };

		end = strchr(line, '\n');
		if (!end)
			return false;
		*end = '\0';
		if (!read_line(line, &cred))
			return false;
		on(arg, &cred);
		line = end + 1;
	}
	return copy != NULL;
}
