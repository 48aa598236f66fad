/* SPDX-License-Identifier: MIT
 * engine/token_uri.c: see token_uri.h.
 */
#include "engine/token_uri.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SCHEME "pkcs11:"
#define PIN "pin-value="

bool token_uri_is(const char *store)
{
	return !strncasecmp(store, SCHEME, strlen(SCHEME));
}

/* %XX to bytes. false: not of that form, a byte no PIN has, or too long. */
static bool decode(const char *text, size_t len, char out[TOKEN_PIN_ROOM])
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < TOKEN_PIN_ROOM - 1; i++) {
		unsigned byte = (unsigned char)text[i];

		if (byte == '%') {
			if (!isxdigit((unsigned char)text[i + 1]) || !isxdigit((unsigned char)text[i + 2]) ||
			    sscanf(text + i + 1, "%2x", &byte) != 1)
				return false;
			i += 2;
		}
		if (byte < ' ')
			return false;
		out[n++] = (char)byte;
	}
	out[n] = '\0';
	return n && n < TOKEN_PIN_ROOM - 1;
}

static enum err refuse_attribute(struct errinfo *ei)
{
	return err_set(ei, ERR_INVALID_ARG, "In a pkcs11: URI dray takes what names the token and the "
	    "object, and a pin-value; no pin-source, no module-name or module-path, and "
	    "nothing else behind the ?.");
}

/* The engine that reads the URI takes ; ? and & for the same. */
enum err token_uri_cut(char *uri, char pin[TOKEN_PIN_ROOM], struct errinfo *ei)
{
	char *at = uri + strlen(SCHEME), *to = at;
	bool asked = false;

	memcpy(uri, SCHEME, strlen(SCHEME));
	*pin = '\0';
	while (*at) {
		size_t len = strcspn(at, ";?&");
		char end = at[len];

		if (!strncasecmp(at, PIN, strlen(PIN))) {
			if (*pin || !decode(at + strlen(PIN), len - strlen(PIN), pin))
				return err_set(ei, ERR_INVALID_ARG, "The pin-value of the pkcs11: URI is "
				    "none: one, of 1 to %d characters, special ones as %%XX.",
				    TOKEN_PIN_ROOM - 2);
		} else if (asked || !strncasecmp(at, "pin-", 4) || !strncasecmp(at, "module-", 7)) {
			return refuse_attribute(ei);
		} else if (len) {
			if (to != uri + strlen(SCHEME))
				*to++ = ';';
			memmove(to, at, len);
			to += len;
		}
		asked |= end == '?' || end == '&';
		at += len + (end != '\0');
	}
	explicit_bzero(to, (size_t)(at - to));
	return ERR_OK;
}
