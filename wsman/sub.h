/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/sub.h: subscriptions (WS-Eventing, DSP0226 10): what was asked for, and the table of all.
 *
 * A subscription lives in memory, belongs to the caller who made it (uid and name), and ends when it is
 * cancelled, expires, or the agent ends (docs/decisions/0030). It is counted: the table has it, and whoever
 * works with it. `spec` never changes after it was read; the rest of the struct is the table's, behind its
 * mutex, or the pusher's. Any thread.
 */
#ifndef WSMAN_SUB_H
#define WSMAN_SUB_H

#include <stdatomic.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "engine/base/arena.h"
#include "engine/base/guid.h"
#include "wsman/fault.h"
#include "wsman/filter.h"

#define SUB_PER_CALLER 32
#define SUB_TOTAL 1000
#define SUB_EXPIRES_MS 3600000ull		/* when none is asked for */
#define SUB_EXPIRES_MAX_MS 604800000ull		/* a week */
#define SUB_ID 42				/* "uuid:" GUID without braces, NUL */
#define SUB_BOOKMARK 32				/* bytes of a bookmark */

/* In the order of DELIVERY in schemas/names.def. */
enum sub_mode { SUB_PUSH, SUB_PUSH_WITH_ACK, SUB_EVENTS, SUB_PULL };
/* An event that does not fit MaxEnvelopeSize ends the subscription, is left out, or is counted as dropped. */
enum sub_policy { SUB_CANCEL, SUB_SKIP, SUB_NOTIFY };

struct sub_address {			/* url NULL: not given */
	const char *url;
	const char *blocks;		/* what belongs to it, as header blocks; "" for none */
};

struct sub_spec {			/* texts are of the subscription's arena */
	enum sub_mode mode;
	const struct prov_class *cls;
	enum uri family;
	struct filter *filter;		/* counted; NULL: all events of the class */
	struct sub_address notify, end;
	const char *manager;		/* <e:SubscriptionManager>: where it is managed */
	bool properties;		/* addresses came with ReferenceProperties, not Parameters */
	uint64_t heartbeat_ms;		/* 0: none */
	uint64_t retry_total, retry_ms;	/* of a delivery that failed */
	uint64_t max_elements, max_time_ms;	/* EVENTS: of one message; max_time 0: no waiting for more */
	size_t max_envelope;
	enum sub_policy policy;
	bool bookmarks;			/* are sent along */
	bool utf16;
};

struct sub {
	atomic_uint refs;
	struct arena *arena;
	struct sub_spec spec;
	struct prov_caller caller;
	struct guid id;			/* key of the table */
	UT_hash_handle hh;
	atomic_bool ended;		/* not in the table any more */
	/* the table's */
	uint64_t expires_ms;		/* on the clock of now_ms() */
	/* PULL: two contexts are good: the one of the last answer, whose Pull says that answer was received,
	 * and the one before, whose Pull asks for the same again. */
	struct guid context[2];
	uint64_t from[2];		/* events behind this number follow */
	bool busy;			/* a Pull is waiting */
	uint64_t told_ms;		/* when the last answer went out, for heartbeats */
	struct push *push;		/* sub_push.c; NULL: pulled */
};

enum sub_result { SUB_OK, SUB_NONE, SUB_BUSY, SUB_MANY, SUB_NO_MEMORY };

struct sub_table;

struct sub_table *sub_table_new(void);
void sub_table_free(struct sub_table *t);	/* after everybody who worked with a subscription */

struct sub *sub_new(const struct prov_caller *caller);	/* counted once; in no table. NULL: no memory */
struct sub *sub_ref(struct sub *sub);
void sub_unref(struct sub *sub);		/* NULL: nothing */
void sub_text(const struct guid *id, char ret[SUB_ID]);

/* Adds it, for expires_ms from now on; events behind `from` follow. It is counted once more. SUB_MANY. */
enum sub_result sub_table_add(struct sub_table *t, struct sub *sub, uint64_t from, uint64_t now_ms,
    uint64_t expires_ms);
/* Takes it out. false: somebody else did. */
bool sub_table_drop(struct sub_table *t, struct sub *sub);
/* Of that caller; counted for who asks. NULL: there is none, also when it is somebody else's or expired. */
struct sub *sub_table_find(struct sub_table *t, const struct prov_caller *caller, const char *id,
    uint64_t now_ms);
void sub_table_renew(struct sub_table *t, struct sub *sub, uint64_t now_ms, uint64_t expires_ms);
uint64_t sub_table_left(struct sub_table *t, struct sub *sub, uint64_t now_ms);	/* ms; 0: expired */

/* One Pull. *ret is counted for who asks, and busy until sub_pull_end(). SUB_NONE, SUB_BUSY. */
enum sub_result sub_pull_begin(struct sub_table *t, const struct prov_caller *caller, const char *context,
    uint64_t now_ms, struct sub **ret, uint64_t *ret_from);
/* An answer goes out: what is behind `next` follows the new context written to ret_context. `from` is where the
 * answer begins, if its context comes again. false: no randomness; nothing changed. */
bool sub_pull_answer(struct sub_table *t, struct sub *sub, uint64_t from, uint64_t next, uint64_t now_ms,
    char ret_context[SUB_ID]);
/* Nothing to tell: the same context goes on behind `from`. */
void sub_pull_end(struct sub_table *t, struct sub *sub, uint64_t from);

/* sub_write.c. Bookmarks are opaque to those who get them. */
void sub_write_bookmark(char out[SUB_BOOKMARK], uint64_t number);
bool sub_read_bookmark(const char *text, uint64_t *ret_number);
/* The event as XML. how: 0 whole, 1 without embedded instances, 2 without what was before, too. */
#define SUB_WAYS 3
void sub_write_event(struct buf *out, const struct sub_spec *spec, const struct prov_event *event, int how);
bool sub_wants(const struct sub_spec *spec, const struct prov_event *event);
void sub_write_dropped(struct buf *out);	/* some events were not sent */

#endif
