/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_class.h: what a failure means: schemas/transfer.def, looked up and put into
 * words. Pure; knows no library and no socket.
 */
#ifndef XFER_CLASS_H
#define XFER_CLASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum xfer_cause {
#define REFUSAL(name, hresult, context, class, text, hint) XFER_##name,
#define CURL(name, hresult, context, class, detail, text, hint) XFER_CURL_##name,
#include "schemas/transfer.def"
#undef REFUSAL
#undef CURL
	XFER_CAUSE__COUNT
};

struct xfer_class {
	uint32_t hresult;
	unsigned context;		/* BG_ERROR_CONTEXT */
	bool transient;
	bool detail;			/* words of the library may be added */
	const char *text, *hint;
};

struct xfer_class xfer_class_of(enum xfer_cause cause);
/* A certificate that was not accepted; verify: OpenSSL's X509_V_ERR_ number. */
struct xfer_class xfer_class_trust(long verify);
/* text: the words for the status, "" if it has none. */
struct xfer_class xfer_class_http(unsigned status);
struct xfer_class xfer_class_errno(int error);

#define XFER_URL_ROOM 240
#define XFER_SAY_ROOM 700

/* The URL as it may be shown: no user, no password, no query (signed URLs carry secrets there), at most
 * XFER_URL_ROOM bytes. */
const char *xfer_class_url(const char *url, char out[XFER_URL_ROOM]);
/* Sentences for a person. status: of the server's answer, 0 if that is not the cause. Where the class
 * has no text, detail is the first sentence. */
const char *xfer_class_say(const struct xfer_class *c, unsigned status, const char *url, const char *detail,
    char out[XFER_SAY_ROOM]);

#endif
