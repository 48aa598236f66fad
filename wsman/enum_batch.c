/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/enum_batch.c: what goes into one answer of an enumeration.
 *
 * A batch ends with the first of: MaxElements, MaxCharacters, what fits the envelope, the end of the list, and
 * time running out. Rows are asked for a few at a time, so a batch costs memory for those few only; what did
 * not fit is asked for again by the cursor of the last item sent. A filter that finds little in a long list
 * lets others have their turn between two questions, and keeps what it has passed over for good.
 */
#include "wsman/op_enum.h"

#include "engine/base/now.h"

#define ROWS_AT_ONCE 64
#define ITEM_LEAST 512 /* no item is much smaller; more rows than could fit are not asked for */
#define ROWS_MEMORY (32u << 20)
#define TAIL 512			/* bytes for the context and the closing tags */
#define MUCH 16384			/* bytes of items: more will come */
#define TURN_MS 20			/* a filter at work, before others have their turn */
#define LOOK_AT_CLOCK 16		/* rows */

/* ---- items ---- */

static void write_row(struct buf *out, const struct enum_spec *spec, const struct prov_row *row, bool whole)
{
	const size_t *props;
	size_t nprops = spec->filter ? filter_columns(spec->filter, &props) : 0;

	if (nprops)
		instance_write_columns(out, spec->family, row, props, nprops, whole);
	else
		instance_write(out, spec->family, row, whole);
}

static void write_item(struct buf *out, const struct enum_spec *spec, const struct prov_row *row, bool whole)
{
	if (spec->mode == ENUM_OBJECT_AND_EPR)
		buf_adds(out, "<w:Item>");
	if (spec->mode != ENUM_EPR)
		write_row(out, spec, row, whole);
	if (spec->mode != ENUM_OBJECT)
		instance_write_epr(out, spec->family, row);
	if (spec->mode == ENUM_OBJECT_AND_EPR)
		buf_adds(out, "</w:Item>");
}

static uint64_t characters(const char *text, size_t len)
{
	uint64_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

/* What was written since `before` is an item. false: it is too much, and nothing of it is left behind. */
static bool keep_item(struct enum_run *run, size_t before)
{
	struct buf *items = &run->items;
	uint64_t n = buf_bad(items) || run->max_chars == UINT64_MAX || !items->data ? 0 :
	    characters(items->data + before, items->len - before);

	if (!buf_bad(items) && items->len <= run->most && n <= run->max_chars - run->chars) {
		run->chars += n;
		run->count++;
		return true;
	}
	items->bad = false;
	items->len = before;
	if (items->data)
		items->data[before] = '\0';
	return false;
}

static bool try_row(struct enum_run *run, const struct prov_row *row, bool whole)
{
	size_t before = run->items.len;

	write_item(&run->items, &run->spec, row, whole);
	return keep_item(run, before);
}

/* An item that does not fit even alone goes without its embedded instances: or one large job would hide
 * all that follow it. */
static bool add_row(struct enum_run *run, const struct prov_row *row)
{
	return try_row(run, row, true) || (!run->count && try_row(run, row, false));
}

/* ---- lists that ask nobody ---- */

static void take_fixed(struct op *op)
{
	struct enum_run *run = op->run;
	const struct fixed_list *list = run->spec.fixed;
	size_t n = list->count(op_config(op), run->spec.ns);

	while (run->spec.after < n && run->count < run->max_elements && !run->full) {
		size_t before = run->items.len;

		list->write(op_config(op), run->spec.ns, (size_t)run->spec.after, run->spec.mode, &run->items);
		run->full = !keep_item(run, before);
		run->spec.after += !run->full;
	}
	run->at_end = run->spec.after >= n;
	enum_reply_batch(op);
}

/* ---- rows of a class ---- */

static _Thread_local struct op *driven;		/* whose rows are being asked for on this thread... */
static _Thread_local bool come;			/* ...and have come already */

/* Time is nearly up: what there is goes out. */
static bool is_late(const struct op *op)
{
	return (now_ms() - op->run->began_ms) * 4 >= op->head.timeout_ms * 3;
}

/* false: it does not fit. */
static bool take_row(struct enum_run *run, const struct prov_row *row)
{
	if (run->spec.filter && !filter_match(run->spec.filter, row)) {
		run->spec.after = row->cursor;
		if (!run->count)
			run->unsent = row->cursor;
		return true;
	}
	run->full = !add_row(run, row);
	if (!run->full)
		run->spec.after = row->cursor;
	return !run->full;
}

/* true: more of them are wanted. Else the answer is on its way, and the op perhaps gone. */
static bool take_rows(struct op *op)
{
	struct enum_run *run = op->run;
	const struct prov_call *call = &op->call;
	uint64_t until = now_ms() + TURN_MS;
	size_t i;

	if (!call->at_end && run->max_elements > call->nrows && (!run->spec.filter || run->items.len > MUCH))
		buf_reserve(&run->items, run->items.max);	/* growing costs more than writing */
	for (i = 0; i < call->nrows && run->count < run->max_elements; i++) {
		if (run->spec.filter && i % LOOK_AT_CLOCK == LOOK_AT_CLOCK - 1 && now_ms() >= until)
			break;
		if (!take_row(run, &call->rows[i]))
			break;
	}
	run->at_end = !run->full && i == call->nrows && (call->at_end || !call->nrows);
	if (!run->at_end && !run->full && run->count < run->max_elements && !is_late(op))
		return true;
	if (run->id && !run->count && !run->at_end && !run->full)
		op_refuse(op, FAULT_TIMED_OUT, "Nothing that matches was found in time; pull again to go on.");
	else
		enum_reply_batch(op);
	return false;
}

static void go_on(struct op *op);

static void on_rows(struct op *op)
{
	if (driven == op)		/* the provider answered at once: ask_rows() is still on the stack */
		come = true;
	else if (take_rows(op))
		go_on(op);
}

static void ask_rows(struct op *op)
{
	struct enum_run *run = op->run;
	struct prov_call *call = &op->call;
	uint64_t want = run->max_elements - run->count,
		 room = (run->most - run->items.len) / ITEM_LEAST + 1;

	if (call->arena == op->arena)
		call->arena = arena_new(ROWS_MEMORY);
	else
		arena_reset(call->arena);
	if (!call->arena) {
		call->arena = op->arena;
		op_refuse(op, FAULT_BUSY, "Out of memory.");
		return;
	}
	call->after = run->spec.after;
	want = run->spec.filter ? ROWS_AT_ONCE : want < room ? want : room;
	call->max_rows = want < ROWS_AT_ONCE ? (size_t)want : ROWS_AT_ONCE;
	call->rows = NULL;
	call->nrows = 0;
	call->at_end = false;
	op_call(op, run->spec.cls->enumerate, "ExecQuery", on_rows);
}

/* A provider that answers at once is asked in a loop, not by recursion: lists may be long. An op that failed
 * meanwhile is gone, and only `come` tells. */
static void go_on(struct op *op)
{
	struct op *outer = driven;
	bool outer_came = come, more;
	uint64_t until = now_ms() + TURN_MS;

	do {
		driven = op;
		come = false;
		op->call.turn = now_ms() >= until;
		ask_rows(op);
		more = come;
		driven = outer;
	} while (more && take_rows(op));
	come = outer_came;
}

/* How much the items may take, so that everything round them still fits. */
void enum_batch_start(struct op *op)
{
	struct enum_run *run = op->run;
	struct buf head;
	size_t used;

	op_begin(op, &head, REPLY_ENUM);
	used = head.len + TAIL;
	if (buf_bad(&head) || used >= op->head.max_reply) {
		buf_done(&head);
		op_refuse(op, FAULT_TOO_LARGE, NULL);
		return;
	}
	buf_done(&head);
	buf_init(&run->items, op->head.max_reply);
	run->most = op->head.max_reply - used;
	if (run->max_elements > ENUM_ITEMS_MAX)
		run->max_elements = ENUM_ITEMS_MAX;
	if (run->spec.fixed) {
		take_fixed(op);
	} else if (!run->spec.cls) {
		run->at_end = true;
		enum_reply_batch(op);
	} else {
		op->call.cls = run->spec.cls;
		go_on(op);
	}
}
