/* SPDX-License-Identifier: MIT
 * engine/worker/proto.c: see proto.h.
 */
#include "engine/worker/proto.h"

#include <string.h>

/* A reader that remembers failure: read everything, ask once. */
struct rd {
	const unsigned char *at, *end;
	struct arena *arena;
	bool bad;
};

static uint64_t rd_num(struct rd *r, size_t bytes)
{
	uint64_t v = 0;

	if (r->bad || (size_t)(r->end - r->at) < bytes) {
		r->bad = true;
		return 0;
	}
	for (size_t i = 0; i < bytes; i++)
		v |= (uint64_t)*r->at++ << 8 * i;
	return v;
}

static const char *rd_text(struct rd *r)
{
	size_t len = (size_t)rd_num(r, 4);
	const char *text;

	if (r->bad || len > PROTO_TEXT_MAX || (size_t)(r->end - r->at) < len || memchr(r->at, 0, len)) {
		r->bad = true;
		return "";
	}
	text = arena_strndup(r->arena, (const char *)r->at, len);
	r->at += len;
	r->bad |= !text;
	return text ? text : "";
}

static struct proto_bytes rd_bytes(struct rd *r)
{
	size_t len = (size_t)rd_num(r, 4);
	struct proto_bytes bytes = { "", 0 };

	if (r->bad || len > PROTO_BYTES_MAX || (size_t)(r->end - r->at) < len) {
		r->bad = true;
		return bytes;
	}
	bytes = (struct proto_bytes){ (const char *)r->at, len };
	r->at += len;
	return bytes;
}

static void wr_num(struct buf *out, uint64_t v, size_t bytes)
{
	unsigned char b[8];

	for (size_t i = 0; i < bytes; i++)
		b[i] = (unsigned char)(v >> 8 * i);
	buf_add(out, b, bytes);
}

static void wr_text(struct buf *out, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	wr_num(out, len, 4);
	buf_add(out, text ? text : "", len);
}

#define WRITE_U64(name) wr_num(out, m->name, 8);
#define WRITE_TEXT(name) wr_text(out, m->name);
#define WRITE_BYTES(name) wr_num(out, m->name.len, 4); buf_add(out, m->name.at, m->name.len);
#define READ_U64(name) m->name = rd_num(r, 8);
#define READ_TEXT(name) m->name = rd_text(r);
#define READ_BYTES(name) m->name = rd_bytes(r);
#define MESSAGE(NAME, name) \
	static void write_##name(struct buf *out, const struct proto_##name *m) \
	{ (void)out; (void)m; FIELDS_##NAME(WRITE_U64, WRITE_TEXT, WRITE_BYTES) } \
	static void read_##name(struct rd *r, struct proto_##name *m) \
	{ (void)r; (void)m; FIELDS_##NAME(READ_U64, READ_TEXT, READ_BYTES) }
#include "schemas/worker.def"
#undef MESSAGE

void proto_write(struct buf *out, const struct proto_msg *msg)
{
	wr_num(out, msg->type, 2);
	wr_num(out, msg->tag, 8);
	switch (msg->type) {
#define MESSAGE(NAME, name) case PROTO_##NAME: write_##name(out, &msg->name); break;
#include "schemas/worker.def"
#undef MESSAGE
	case PROTO__COUNT: break;
	}
}

bool proto_read(const char *bytes, size_t len, struct arena *arena, struct proto_msg *ret)
{
	struct rd r = { (const unsigned char *)bytes, (const unsigned char *)bytes + len, arena, false };
	struct proto_msg msg;
	uint64_t type;

	memset(&msg, 0, sizeof(msg));
	type = rd_num(&r, 2);
	msg.tag = rd_num(&r, 8);
	if (r.bad || type >= PROTO__COUNT)
		return false;
	msg.type = (enum proto_type)type;
	switch (msg.type) {
#define MESSAGE(NAME, name) case PROTO_##NAME: read_##name(&r, &msg.name); break;
#include "schemas/worker.def"
#undef MESSAGE
	case PROTO__COUNT: break;
	}
	if (r.bad || r.at != r.end)
		return false;
	*ret = msg;
	return true;
}
