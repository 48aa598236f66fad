/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/conn_in.c: what a connection does with the bytes that came in, by its state. Nothing is read
 * from the socket here and nothing is sent.
 */
#include "wsman/conn.h"

#include <stdlib.h>
#include <string.h>

#include "wsman/op.h"

#define LINGER_BYTES (1u << 20)

static bool step_head(struct conn *c)
{
	size_t len = http_head_length(c->in.data, c->in.len, c->scanned), seen = len ? len : c->in.len;

	if (http_head_is_lost(c->in.data, seen, c->scanned)) {
		exchange_answer_and_close(c, 400);	/* TLS, a bare envelope, noise */
		return true;
	}
	if (seen > HTTP_HEAD_MAX) {
		exchange_answer_and_close(c, 431);
		return true;
	}
	if (!len) {
		c->scanned = c->in.len;
		return false;
	}
	c->scanned = 0;
	c->head_text = malloc(len);
	if (!c->head_text) {
		exchange_answer_and_close(c, 503);
		return true;
	}
	memcpy(c->head_text, c->in.data, len);
	buf_drop_front(&c->in, len);
	http_parse(c->head_text, len, &c->head);
	c->left = c->head.length;
	c->thrown = 0;
	memset(&c->chunks, 0, sizeof(c->chunks));
	exchange_begin(c);
	return true;
}

/* Takes the next bytes of the body from `in`, from *at on; they are kept in `body` if keep. */
static enum http_chunk take_piece(struct conn *c, bool keep, size_t *at)
{
	enum http_chunk result = HTTP_CHUNK_MORE;
	size_t have = c->in.len - *at, used = 0, len;
	const char *from = have ? c->in.data + *at : "", *data = from;

	if (c->head.chunked) {
		result = http_chunk_read(&c->chunks, from, have, &used, &data, &len);
	} else {
		len = used = have < c->left ? have : (size_t)c->left;
		c->left -= len;
		if (!c->left)
			result = HTTP_CHUNK_DONE;
	}
	if (keep && len)
		buf_add(&c->body, data, len);
	else
		c->thrown += len;
	*at += used;
	return result;
}

static enum http_chunk take_body(struct conn *c, bool keep)
{
	enum http_chunk result;
	size_t at = 0;

	do	/* a chunk may be one byte */
		result = take_piece(c, keep, &at);
	while (result == HTTP_CHUNK_MORE && at < c->in.len && !buf_bad(&c->body));
	buf_drop_front(&c->in, at);
	return result;
}

static bool step_body(struct conn *c)
{
	bool keep = c->state == CONN_BODY;
	enum http_chunk result = take_body(c, keep);

	if (result == HTTP_CHUNK_BAD)
		exchange_answer_and_close(c, 400);
	else if (keep && buf_bad(&c->body))
		exchange_answer_and_close(c, 413);
	else if (c->thrown > op_max_envelope(c->thread->svc))
		exchange_answer_and_close(c, c->status);
	else if (result == HTTP_CHUNK_MORE)
		return false;
	else if (keep)
		exchange_handle(c);
	else
		exchange_answer(c, c->status, NULL);
	return true;
}

static bool step_linger(struct conn *c)
{
	c->lingered += c->in.len;
	buf_reset(&c->in);
	if (c->lingered > LINGER_BYTES || c->eof)
		c->dead = true;
	return false;
}

bool conn_take(struct conn *c)
{
	switch (c->state) {
	case CONN_HEAD:
		return step_head(c);
	case CONN_BODY:
	case CONN_DISCARD:
		return step_body(c);
	case CONN_LINGER:
		return step_linger(c);
	case CONN_LOGIN:
	case CONN_HANDLE:
	case CONN_WRITE:
	default:
		return false;
	}
}
