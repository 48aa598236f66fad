/* SPDX-License-Identifier: MIT
 * engine/worker/proto.h: the messages of schemas/worker.def as structs, one encoder and one
 * decoder each. Pure; any thread. Decoded texts are in `arena`, decoded bytes in the record.
 */
#ifndef WORKER_PROTO_H
#define WORKER_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"

#define PROTO_TEXT_MAX (256u << 10)	/* longest text of any field, bytes */
#define PROTO_BYTES_MAX (768u << 10)	/* longest BYTES of any field; texts beside it still fit in a record */
#define PROTO_REPLY_MAX (64u << 10)	/* of a PUSHED */
#define PROTO_PUSHES 8			/* PUSHes without an answer, of one worker */
#define PROTO_AHEAD 256			/* files of a run that were asked for and are not done */

enum proto_type {
#define MESSAGE(NAME, name) PROTO_##NAME,
#include "schemas/worker.def"
#undef MESSAGE
	PROTO__COUNT
};

struct proto_bytes { const char *at; size_t len; };

#define PROTO_U64_(name) uint64_t name;
#define PROTO_TEXT_(name) const char *name;
#define PROTO_BYTES_(name) struct proto_bytes name;
#define MESSAGE(NAME, name) struct proto_##name { FIELDS_##NAME(PROTO_U64_, PROTO_TEXT_, PROTO_BYTES_) char end_; };
#include "schemas/worker.def"
#undef MESSAGE
#undef PROTO_U64_
#undef PROTO_TEXT_
#undef PROTO_BYTES_

struct proto_msg {
	enum proto_type type;
	uint64_t tag;
	union {
#define MESSAGE(NAME, name) struct proto_##name name;
#include "schemas/worker.def"
#undef MESSAGE
	};
};

/* Appends the record (without the channel's prefix) to out. NULL texts are written as empty. */
void proto_write(struct buf *out, const struct proto_msg *msg);
/* false: short, long, unknown type, text too long or with a NUL inside. Texts are copied to arena, BYTES are not. */
bool proto_read(const char *bytes, size_t len, struct arena *arena, struct proto_msg *ret);

#endif
