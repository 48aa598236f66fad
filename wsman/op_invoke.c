/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/op_invoke.c: methods (DSP0227 9): action <class URI>/<Method>, parameters by name.
 */
#include "wsman/op.h"

#include <string.h>

#include "engine/base/text.h"
#include "wsman/value.h"

static bool same_class(struct op *op, const char *uri)
{
	struct classes classes = { op_config(op)->classes, op_config(op)->nclasses };
	struct fault unused = { 0 };
	struct resource res;

	/* A URI of a family without a namespace means the namespace of the resource. */
	return resource_find(&classes, uri, text_iprefix(uri, uri_text[URI_WMI]) ? NULL : op->res.cls->ns,
		   op->arena, &res, &unused)
	    ? res.cls == op->res.cls || fault_set(&op->fault, FAULT_ACTION_MISMATCH, NULL)
	    : fault_set(&op->fault, FAULT_NO_ACTION, "The action %.300s is not supported.", op->head.action);
}

static bool find_method(struct op *op)
{
	const char *slash = strrchr(op->head.action, '/'), *name = slash ? slash + 1 : op->head.action;
	const struct prov_class *cls = op->res.cls;

	if (slash) {
		const char *uri = arena_strndup(op->arena, op->head.action, (size_t)(slash - op->head.action));

		if (!uri)
			return fault_set(&op->fault, FAULT_BUSY, "Out of memory.");
		if (!same_class(op, uri))
			return false;
	}
	for (size_t i = 0; i < cls->nmethods; i++)
		if (text_ieq(cls->methods[i].name, name))
			op->call.method = &cls->methods[i];
	if (op->call.method && cls->invoke)
		return true;
	return fault_set(&op->fault, FAULT_NO_ACTION, "The class %s has no method %.200s.", cls->name, name);
}

static bool read_param(struct op *op, struct prov_value *in, const struct node *n)
{
	const struct prov_method *m = op->call.method;

	for (size_t i = 0; i < m->nparams; i++) {
		const struct prov_param *p = &m->params[i];

		if (!text_ieq(p->name, n->name))
			continue;
		if (p->out || msg_is_nil(n))
			return true;
		if (in[i].set && !value_is_array(p->type))
			return fault_set(
			    &op->fault, FAULT_PARAMETER_NAME, "The parameter %s is given twice.", p->name);
		if (!n->first && value_read(p->type, n->text, op->arena, &in[i]))
			return true;
		return fault_set(&op->fault, FAULT_PARAMETER_TYPE, "The parameter %s is not of type %s.",
		    p->name, value_type_name(p->type));
	}
	return fault_set(
	    &op->fault, FAULT_PARAMETER_NAME, "The method %s has no parameter %.100s.", m->name, n->name);
}

static bool read_params(struct op *op)
{
	const struct prov_method *m = op->call.method;
	struct prov_value *in = arena_zalloc(op->arena, 2 * (m->nparams + 1) * sizeof(*in));

	if (!in)
		return fault_set(&op->fault, FAULT_BUSY, "Out of memory.");
	for (const struct node *n = op->msg.body ? op->msg.body->first : NULL; n; n = n->next)
		if (!read_param(op, in, n))
			return false;
	for (size_t i = 0; i < m->nparams; i++)
		if (!m->params[i].out && m->params[i].must && !in[i].set)
			return fault_set(&op->fault, FAULT_PARAMETER, "The parameter %s of %s is missing.",
			    m->params[i].name, m->name);
	op->call.in = in;
	op->call.out = in + m->nparams + 1;	/* all NULL, should the provider have none */
	return true;
}

static void done(struct op *op)
{
	struct buf out;

	op->changed = true;
	buf_init(&out, op->head.max_reply);
	if (strchr(op->head.action, '/')) {
		reply_begin(&out, REPLY_TRANSFER, op->head.action, "Response", op->msg.message_id,
		    op->blocks);
	} else {	/* only the name was sent */
		struct buf uri;

		buf_init(&uri, 4 * RESOURCE_URI_MAX);
		resource_write(&uri, op->res.family, op->res.cls);
		buf_addf(&uri, "/%s", op->call.method->name);
		reply_begin(&out, REPLY_TRANSFER, buf_text(&uri), "Response", op->msg.message_id,
		    op->blocks);
		buf_done(&uri);
	}
	instance_write_output(
	    &out, op->res.family, op->res.cls, op->call.method, op->call.out, op->call.return_value);
	reply_end(&out);
	op_send(op, &out);
}

void op_invoke(struct op *op)
{
	if (!find_method(op) || !op_may(op, op->res.cls->may_invoke, "call methods of") ||
	    (!op->call.method->is_static &&
		!selector_keys(&op->selectors, op->res.cls, op->arena, &op->call.keys, &op->fault)) ||
	    !read_params(op))
		op_fail(op);
	else
		op_call(op, op->res.cls->invoke, "ExecMethod", done);
}
