/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/enum_read.c: what the body of an Enumerate, Pull or Release asks for. Unknown children are
 * passed over: clients put all sorts of things there.
 */
#include "wsman/op_enum.h"

#include "engine/base/auto.h"
#include "engine/base/now.h"
#include "engine/base/text.h"
#include "wsman/expires.h"

static bool read_number(struct op *op, const struct node *body, const char *name, uint64_t *ret)
{
	const struct node *n = msg_child(body, name);
	const char *text = n ? msg_trim(op->arena, n->text) : NULL;

	if (!n)
		return true;
	if (text && text_u64(text, 1, UINT64_MAX, ret))
		return true;
	return fault_set(&op->fault, FAULT_BAD_BODY, "%s must be a positive number.", name);
}

static bool read_mode(struct op *op, const struct node *body)
{
	static const char *const modes[] = { [ENUM_OBJECT] = "EnumerateObject", [ENUM_EPR] = "EnumerateEPR",
		[ENUM_OBJECT_AND_EPR] = "EnumerateObjectAndEPR" };
	const struct node *n = msg_child(body, "EnumerationMode");
	const char *text = n ? msg_trim(op->arena, n->text) : modes[ENUM_OBJECT];

	for (size_t i = 0; i < COUNT(modes); i++)
		if (text_ieq(text, modes[i])) {
			op->run->spec.mode = (enum enum_mode)i;
			return true;
		}
	return fault_set(&op->fault, FAULT_ENUM_MODE, NULL);
}

/* There are no subclasses, so all modes mean the same. */
static bool read_polymorphism(struct op *op, const struct node *body)
{
	static const char *const modes[] = { "IncludeSubClassProperties", "ExcludeSubClassProperties", "None" };
	const struct node *n = msg_child(body, "PolymorphismMode");
	const char *text = n ? msg_trim(op->arena, n->text) : NULL;

	for (size_t i = 0; n && i < COUNT(modes); i++)
		if (text_ieq(text, modes[i]))
			return true;
	return !n || fault_set(&op->fault, FAULT_POLYMORPHISM, NULL);
}

bool enum_read_expires(struct op *op, const struct node *body, uint64_t *ret_idle_ms, bool *ret_given)
{
	const struct node *n = msg_child(body, "Expires");
	const char *text = n ? msg_trim(op->arena, n->text) : NULL;
	uint64_t ms;

	*ret_idle_ms = ENUM_IDLE_MS;
	*ret_given = n;
	if (!n)
		return true;
	if (!text || !expires_read(text, now_ft(), &ms))
		return fault_set(&op->fault, FAULT_EXPIRES_BAD,
		    "Expires must be a positive duration or a dateTime in the future.");
	if (ms < ENUM_IDLE_MS)
		*ret_idle_ms = ms;
	return true;
}

static unsigned count_filters(const struct node *body)
{
	unsigned count = 0;

	for (const struct node *n = body ? body->first : NULL; n; n = n->next)
		count += text_ieq(n->name, "Filter");
	return count;
}

static bool read_filter(struct op *op, const struct node *body)
{
	unsigned filters = count_filters(body);
	struct classes classes = { op_config(op)->classes, op_config(op)->nclasses };
	struct filter_ask ask = { .element = msg_child(body, "Filter"), .classes = &classes, .ns = op->res.ns,
		.cls = op->res.cls };

	if (filters && op->run->spec.fixed)
		return fault_set(&op->fault, FAULT_FILTER_NEVER, NULL);
	if (filters > 1)
		return fault_set(&op->fault, FAULT_FILTER_BAD, "There is more than one filter.");
	if (!filters && op->res.kind == RES_STAR)
		return fault_set(&op->fault, FAULT_FILTER_BAD, "Only a query can choose among the classes of a "
		    "namespace; none is given.");
	return !filters || filter_read(&ask, op->arena, &op->run->spec.filter, &op->fault);
}

bool enum_read_optimized(const struct node *body)
{
	const struct node *n = msg_child(body, "OptimizeEnumeration");
	bool yes = true;

	return n && (!text_bool(n->text, &yes) || yes);
}

bool enum_read_enumerate(struct op *op, const struct node *body)
{
	if (!body || !text_ieq(body->name, "Enumerate"))
		return fault_set(&op->fault, FAULT_BAD_BODY, "The body must be an Enumerate element.");
	if (msg_child(body, "EndTo"))
		return fault_set(&op->fault, FAULT_ADDRESSING_MODE, "EndTo is not supported.");
	if (op->selectors.count)
		return fault_set(
		    &op->fault, FAULT_SELECTOR_UNEXPECTED, "An enumeration takes no key selectors.");
	return read_filter(op, body) && read_mode(op, body) && read_polymorphism(op, body) &&
	    enum_read_expires(op, body, &op->run->spec.idle_ms, &op->run->expires) &&
	    read_number(op, body, "MaxElements", &op->run->max_elements);
}

const char *enum_read_context(struct op *op, const char *element)
{
	const struct node *n = text_ieq(op->msg.body ? op->msg.body->name : NULL, element) ?
	    msg_child(op->msg.body, "EnumerationContext") : NULL;
	const char *id = n ? msg_trim(op->arena, n->text) : NULL;

	if (!id)
		fault_set(&op->fault, FAULT_BAD_BODY,
		    "The body must be a %s element with an EnumerationContext.", element);
	return id;
}

static bool read_max_time(struct op *op)
{
	const struct node *n = msg_child(op->msg.body, "MaxTime");
	const char *text = n ? msg_trim(op->arena, n->text) : NULL;
	int64_t ms;

	if (!n)
		return true;
	if (!text || !text_duration_ms(text, &ms) || ms <= 0)
		return fault_set(&op->fault, FAULT_BAD_BODY, "MaxTime must be a positive duration.");
	if ((uint64_t)ms < op->head.timeout_ms)
		op->head.timeout_ms = (uint64_t)ms;
	return true;
}

bool enum_read_pull(struct op *op)
{
	return read_max_time(op) && read_number(op, op->msg.body, "MaxElements", &op->run->max_elements) &&
	    read_number(op, op->msg.body, "MaxCharacters", &op->run->max_chars);
}
