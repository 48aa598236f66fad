/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/op_enum.c: Enumerate, Pull, Release (WS-Enumeration with the optimizations of DSP0226 8).
 *
 * A batch ends with the first of: MaxElements, what fits the envelope, the end of the class. Rows
 * are asked for a few at a time, so a batch costs memory for those few only; what did not fit is
 * asked for again by the cursor of the last item sent.
 */
#include "wsman/op_enum.h"

#include "engine/base/now.h"

#define ROWS_AT_ONCE 64
#define ITEM_LEAST 512 /* no item is much smaller; more rows than could fit are not asked for */
#define ROWS_MEMORY (32u << 20)
#define ELEMENTS_MAX 32000		/* MaxBatchItems */
#define TAIL 512			/* bytes for the context and the closing tags */

static struct enum_run *run_new(struct op *op)
{
	struct enum_run *run = arena_zalloc(op->arena, sizeof(*run));

	if (!run) {
		fault_set(&op->fault, FAULT_BUSY, "Out of memory.");
		return NULL;
	}
	run->max_elements = 1;
	run->max_bytes = SIZE_MAX;
	op->run = run;
	return run;
}

/* Runs when the op dies, whatever became of it: a context in use goes back, at the last item sent. */
static void cleanup(struct op *op)
{
	struct enum_run *run = op->run;

	if (run->id)
		enum_ctx_give_back(op_contexts(op), run->id, run->spec.after, now_ms());
	buf_done(&run->items);
	if (op->call.arena != op->arena)
		arena_free(op->call.arena);
}

/* ---- the answer ---- */

static void write_item(struct buf *out, const struct enum_spec *spec, const struct prov_row *row, bool whole)
{
	if (spec->mode == ENUM_OBJECT_AND_EPR)
		buf_adds(out, "<w:Item>");
	if (spec->mode != ENUM_EPR)
		instance_write(out, spec->family, row, whole);
	if (spec->mode != ENUM_OBJECT)
		instance_write_epr(out, spec->family, row);
	if (spec->mode == ENUM_OBJECT_AND_EPR)
		buf_adds(out, "</w:Item>");
}

/* false: it did not fit; nothing of it is left behind. */
static bool try_item(struct enum_run *run, const struct prov_row *row, bool whole)
{
	size_t before = run->items.len;

	write_item(&run->items, &run->spec, row, whole);
	if (!buf_bad(&run->items))
		return true;
	run->items.bad = false;
	run->items.len = before;
	if (run->items.data)
		run->items.data[before] = '\0';
	return false;
}

/* An item that does not fit even alone goes without its embedded instances: or one large job would hide
 * all that follow it. */
static bool add_item(struct enum_run *run, const struct prov_row *row)
{
	return try_item(run, row, true) || (!run->count && try_item(run, row, false));
}

static void add_context(struct buf *out, const struct enum_run *run, const char *id)
{
	if (run->expires && id[0])
		buf_addf(out, "<n:Expires>PT%u.%03uS</n:Expires>", (unsigned)(run->spec.idle_ms / 1000),
		    (unsigned)(run->spec.idle_ms % 1000));
	buf_addf(out, "<n:EnumerationContext>%s</n:EnumerationContext>", id);
}

static void send_enumerate(struct op *op, const char *id, bool with_items)
{
	struct enum_run *run = op->run;
	struct buf out;

	op_begin(op, &out, REPLY_ENUM);
	buf_adds(&out, "<n:EnumerateResponse>");
	add_context(&out, run, id);
	if (with_items) {
		buf_adds(&out, "<w:Items>");
		buf_add(&out, run->items.data, run->items.len);
		buf_adds(&out, run->at_end ? "</w:Items><w:EndOfSequence/>" : "</w:Items>");
	}
	buf_adds(&out, "</n:EnumerateResponse>");
	reply_end(&out);
	op_send(op, &out);
}

static void open_context(struct op *op, bool with_items)
{
	char id[ENUM_ID] = "";
	enum enum_result result = enum_ctx_open(op_contexts(op), &op->caller, &op->run->spec, now_ms(), id);

	if (result == ENUM_OK)
		send_enumerate(op, id, with_items);
	else
		op_refuse(op, result == ENUM_QUOTA ? FAULT_CONTEXT_QUOTA : FAULT_BUSY, NULL);
}

static void send_pull(struct op *op)
{
	struct enum_run *run = op->run;
	struct buf out;

	op_begin(op, &out, REPLY_ENUM);
	buf_adds(&out, "<n:PullResponse>");
	if (!run->at_end)
		buf_addf(&out, "<n:EnumerationContext>%s</n:EnumerationContext>", run->id);
	buf_adds(&out, "<n:Items>");
	buf_add(&out, run->items.data, run->items.len);
	buf_adds(&out,
	    run->at_end ? "</n:Items><n:EndOfSequence/></n:PullResponse>" : "</n:Items></n:PullResponse>");
	reply_end(&out);
	if (run->at_end) {
		enum_ctx_close(op_contexts(op), NULL, run->id, now_ms());
		run->id = NULL;
	} else {		/* before the answer: the next Pull may come at once */
		enum_ctx_give_back(op_contexts(op), run->id, run->spec.after, now_ms());
		run->id = NULL;
	}
	op_send(op, &out);
}

static void send_batch(struct op *op)
{
	struct enum_run *run = op->run;

	if (run->full && !run->count)
		op_refuse(op, FAULT_TOO_LARGE, "An item does not fit the MaxEnvelopeSize of the request.");
	else if (run->id)
		send_pull(op);
	else if (run->at_end)
		send_enumerate(op, "", true);
	else
		open_context(op, true);
}

/* ---- the rows ---- */

static void ask_rows(struct op *op);

static void got_rows(struct op *op)
{
	struct enum_run *run = op->run;
	struct prov_call *call = &op->call;

	for (size_t i = 0; i < call->nrows && !run->full && run->count < run->max_elements; i++) {
		run->full = !add_item(run, &call->rows[i]);
		if (run->full)
			break;
		run->count++;
		run->spec.after = call->rows[i].cursor;
		run->at_end = call->at_end && i + 1 == call->nrows;
	}
	if (!call->nrows)
		run->at_end = true;
	if (run->at_end || run->full || run->count >= run->max_elements)
		send_batch(op);
	else
		ask_rows(op);
}

static void ask_rows(struct op *op)
{
	struct enum_run *run = op->run;
	struct prov_call *call = &op->call;
	uint64_t want = run->max_elements - run->count,
		 room = (run->items.max - run->items.len) / ITEM_LEAST + 1;

	if (call->arena != op->arena)
		arena_free(call->arena);
	call->arena = arena_new(ROWS_MEMORY);
	if (!call->arena) {
		op_refuse(op, FAULT_BUSY, "Out of memory.");
		return;
	}
	call->after = run->spec.after;
	want = want < room ? want : room;
	call->max_rows = want < ROWS_AT_ONCE ? (size_t)want : ROWS_AT_ONCE;
	call->rows = NULL;
	call->nrows = 0;
	call->at_end = false;
	op_call(op, run->spec.cls->enumerate, "ExecQuery", got_rows);
}

/* How much the items may take, so that everything round them still fits. */
static void start_batch(struct op *op)
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
	used = op->head.max_reply - used;
	buf_init(&run->items, run->max_bytes < used ? (size_t)run->max_bytes : used);
	if (run->max_elements > ELEMENTS_MAX)
		run->max_elements = ELEMENTS_MAX;
	op->call.cls = run->spec.cls;
	ask_rows(op);
}

void op_enumerate(struct op *op)
{
	const struct node *body = op->msg.body;
	struct enum_run *run = run_new(op);

	if (run) {
		op->cleanup = cleanup;
		op->call.arena = op->arena;
		run->spec.cls = op->res.cls;
		run->spec.family = op->res.family;
	}
	if (!run || !enum_read_enumerate(op, body))
		op_fail(op);
	else if (!run->spec.cls || !run->spec.cls->enumerate)
		op_refuse(op, FAULT_NO_ACTION, "This class cannot be enumerated.");
	else if (enum_read_optimized(body))
		start_batch(op);
	else
		open_context(op, false);
}

void op_pull(struct op *op)
{
	struct enum_run *run = run_new(op);
	const char *id = run ? enum_read_context(op, "Pull") : NULL;
	enum enum_result result;

	if (run) {
		op->cleanup = cleanup;
		op->call.arena = op->arena;
	}
	if (!id || !enum_read_pull(op)) {
		op_fail(op);
		return;
	}
	result = enum_ctx_take(op_contexts(op), &op->caller, id, now_ms(), &run->spec);
	if (result != ENUM_OK) {
		op_refuse(op, result == ENUM_BUSY ? FAULT_BUSY : FAULT_NO_CONTEXT, result == ENUM_BUSY ?
		    "Another Pull of this enumeration is still running." : NULL);
		return;
	}
	run->id = id;
	op->res.cls = run->spec.cls;
	op->res.family = run->spec.family;
	if (!op_may(op, run->spec.cls->may_read, "read"))
		op_fail(op);
	else
		start_batch(op);
}

void op_release(struct op *op)
{
	const char *id = enum_read_context(op, "Release");
	struct buf out;

	if (!id) {
		op_fail(op);
	} else if (enum_ctx_close(op_contexts(op), &op->caller, id, now_ms()) != ENUM_OK) {
		op_refuse(op, FAULT_NO_CONTEXT, NULL);
	} else {
		op_begin(op, &out, REPLY_ENUM);
		reply_end(&out);
		op_send(op, &out);
	}
}

void op_enum_renew(struct op *op)
{
	op_refuse(op, FAULT_NO_ACTION, NULL);
}

void op_enum_status(struct op *op)
{
	op_refuse(op, FAULT_NO_ACTION, NULL);
}
