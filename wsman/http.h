/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/http.h: the head of an HTTP/1.1 request, read strictly. Pure; any thread.
 *
 * What two readers could understand differently is refused: bare LF, folded lines, a space
 * before the colon, control bytes, more than one Content-Length, Content-Length together with
 * Transfer-Encoding. See docs/decisions/0003 for why this is ours.
 */
#ifndef WSMAN_HTTP_H
#define WSMAN_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEAD_MAX (96u * 1024)
#define HTTP_REQUEST_LINE_MAX 4096
#define HTTP_LINE_MAX 8192
#define HTTP_AUTHORIZATION_MAX (72u * 1024)
#define HTTP_LINES_MAX 64

struct http_head {
	int status;			/* 0: fine; else what to answer, then close */
	const char *method, *target;	/* target: path and query as sent */
	bool http10, keep_alive, chunked, expects_continue;
	uint64_t length;		/* of the body when not chunked */
	/* Headers that matter; NULL: not sent. */
	const char *authorization, *content_type, *content_encoding, *origin, *identify, *host;
};

/* Bytes of the head with its empty line, or 0: not all there. from: bytes known to hold no end. */
size_t http_head_length(const char *bytes, size_t len, size_t from);
/* No head begins like this: not with the letter of a method, or with a line that LF alone ends. */
bool http_head_is_lost(const char *bytes, size_t len, size_t from);
/* Reads a head of exactly len bytes in place (the bytes are changed and stay borrowed). */
void http_parse(char *bytes, size_t len, struct http_head *ret);

/* The path without query, one slash at the end taken away, compared with want. */
bool http_path_is(const char *target, const char *want);
/* Media type of a Content-Type, case ignored, parameters left out. */
bool http_type_is(const char *content_type, const char *want);
/* The charset parameter, "" if there is none; cut to fit. */
void http_charset(const char *content_type, char *out, size_t room);

/* The body of a chunked request. */
enum http_chunk { HTTP_CHUNK_MORE, HTTP_CHUNK_DONE, HTTP_CHUNK_BAD };

struct http_chunks {
	int state;
	uint64_t left;		/* of the chunk being read */
	unsigned line;		/* bytes of the line being read */
	unsigned extra;		/* bytes of extensions and trailers so far */
};

/* Reads from bytes; *ret_used of them are done with. data/ret_data: payload found among them, at
 * most one piece a call (call again while bytes are left and the result is MORE). */
enum http_chunk http_chunk_read(struct http_chunks *c, const char *bytes, size_t len, size_t *ret_used,
    const char **ret_data, size_t *ret_data_len);

#endif
