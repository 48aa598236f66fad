/* SPDX-License-Identifier: MIT
 * engine/token_uri.h: the pkcs11: URI of a client certificate on a token. Pure; any thread.
 *
 * Its PIN is a secret, so it does not stay in the URI: it is kept, sealed, where passwords are, and what is
 * left of the URI can be shown. What would make the worker read a file or load a library of the caller's choice
 * (pin-source, module-path) is refused. Source: RFC 7512.
 */
#ifndef TOKEN_URI_H
#define TOKEN_URI_H

#include <stdbool.h>

#include "engine/base/err.h"

#define TOKEN_PIN_ROOM 256

/* Any case of the scheme. */
bool token_uri_is(const char *store);
/* Takes the PIN out of the URI, in place. pin: decoded; "" if there is none. No message tells it. */
enum err token_uri_cut(char *uri, char pin[TOKEN_PIN_ROOM], struct errinfo *ei);

#endif
