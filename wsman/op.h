/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/op.h: one request on its way through the service.
 *
 * An op is born in wsm_handle() and dies when it is answered and no provider works on it any
 * more; a provider that answers after the caller was told "timed out" finds its memory intact.
 * All of it runs on the thread of the request's home, or on any one thread at a time when it
 * has none. op_*.c hold one operation each.
 */
#ifndef WSMAN_OP_H
#define WSMAN_OP_H

#include "wsman/enum_ctx.h"
#include "wsman/fixed.h"
#include "wsman/fragment.h"
#include "wsman/header.h"
#include "wsman/instance.h"
#include "wsman/reply.h"
#include "wsman/resource.h"
#include "wsman/selector.h"
#include "wsman/wsman.h"

struct op {
	struct wsm_service *svc;	/* counted */
	struct wsm_request *req;	/* NULL: answered */
	struct arena *arena;
	struct prov_caller caller;
	bool anonymous;

	struct msg msg;
	struct head head;
	struct selectors selectors;
	struct resource res;
	struct fault fault;

	struct prov_call call;
	bool running;			/* a provider has the call */
	const struct fragment *fragment;	/* Get, Put: of the instance only this; NULL: all of it */
	bool utf16;			/* as it was asked it is answered */
	bool put;			/* errors map by the column for Put */
	const char *blocks;		/* header blocks of the answer, as XML; NULL: no more than always */
	bool changed;			/* something was changed; an answer that does not fit must say so */
	void (*then)(struct op *op);	/* the provider succeeded */
	void (*cleanup)(struct op *op);	/* before the op dies; NULL: nothing */
	struct enum_run *run;		/* op_enum.c */
	struct sub_run *sub;		/* op_sub.c, sub_pull.c */
};

void op_dispatch(struct op *op);		/* dispatch.c: to one of these */
void op_identify(struct op *op);
void op_get(struct op *op);
void op_put(struct op *op);
void op_create(struct op *op);
void op_delete(struct op *op);
void op_enumerate(struct op *op);	/* of any kind of resource */
void op_pull(struct op *op);		/* of a subscription, too */
void op_release(struct op *op);
void op_enum_renew(struct op *op);
void op_enum_status(struct op *op);
void op_invoke(struct op *op);
void op_config_get(struct op *op);
void op_config_refuse(struct op *op);	/* it cannot be changed */
void op_meta_get(struct op *op);
void op_subscribe(struct op *op);
void op_sub_renew(struct op *op);
void op_sub_status(struct op *op);
void op_unsubscribe(struct op *op);

/* Answers. Each is the last thing done with the op by its caller. */
void op_fail(struct op *op);					/* with op->fault */
void op_refuse(struct op *op, enum fault_id id, const char *text);	/* NULL: the table's text */
void op_send(struct op *op, struct buf *reply);			/* 200; takes reply; bad: TOO_LARGE */
void op_send_row(struct op *op);				/* the instance in op->call.row, or its fragment */
void op_send_fragment(struct op *op);
void op_begin(struct op *op, struct buf *out, enum reply_kind kind);	/* action of the request + "Response" */

size_t op_room(const struct op *op, size_t bytes);	/* what is written as UTF-8 to have that many on the wire */

/* Steps. false: op->fault is filled. */
bool op_find_resource(struct op *op);
bool op_read_instance(struct op *op, bool whole);	/* represent.c: body -> op->call.changes; whole: for Create */
bool op_read_fragment(struct op *op);		/* the header FragmentTransfer, if there is one: op->fragment */
bool op_read_fragment_body(struct op *op);	/* Put: op->call.changes */
bool op_may(struct op *op, enum prov_role role, const char *what);

/* Hands op->call to the provider; `then` runs when it succeeded. operation: for faults, static. */
void op_call(struct op *op, void (*fn)(const struct prov_class *cls, struct prov_call *call),
    const char *operation, void (*then)(struct op *op));

/* For the front. */
size_t op_max_envelope(const struct wsm_service *svc);
bool op_outstanding(const struct wsm_service *svc);	/* a provider still has a call */

struct enum_table *op_contexts(struct op *op);
const struct wsm_config *op_config(struct op *op);

#endif
