/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/filter_sel.c: filters that are elements: a SelectorSet (MS-WSMV 2.2.4.30), and questions for
 * associations (DSP0227 8.2), of which there are none here.
 */
#include "wsman/filter_own.h"

#include <string.h>

#include "engine/base/text.h"
#include "wsman/value.h"

/* Equal to that value; what is before it must be, too. */
static bool add_one(const struct filter_ask *ask, const struct node *n, struct filter *f,
    struct pred_cond *all, struct fault *fault)
{
	const char *name = msg_trim(f->arena, msg_attr_plain(n, "Name"));
	size_t prop = name ? filter_prop(ask->cls, name, strlen(name)) : ask->cls->nprops;
	struct pred_test t = { .op = PRED_EQ, .at = { .prop = prop } };
	struct pred_cond one;
	struct prov_value v;

	if (prop == ask->cls->nprops)
		return fault_set(fault, FAULT_FILTER_BAD, "The class %s has no property %.100s.", ask->cls->name,
		    name ? name : "(without a name)");
	t.at.type = ask->cls->props[prop].type;
	for (size_t i = 0; i < f->pred.ntests; i++)
		if (f->pred.tests[i].at.prop == prop)
			return fault_set(fault, FAULT_FILTER_BAD, "The selector %.100s is given twice.", name);
	if (n->first || value_is_array(t.at.type) || t.at.type == CIM_SECRET || strpbrk(n->text, "'\"") ||
	    !value_read(t.at.type, n->text, f->arena, &v))
		return fault_set(fault, FAULT_FILTER_BAD, "%s cannot be compared with that value.",
		    ask->cls->props[prop].name);
	t.num = v.num;
	t.text = v.text;
	t.key = ask->cls->props[prop].access == PROV_KEY;
	if (!pred_add(&f->pred, f->arena, &t, &one))
		return fault_set(fault, FAULT_FILTER_BAD, "There are too many selectors.");
	*all = f->pred.ntests == 1 ? one : pred_and(&f->pred, *all, one);
	return true;
}

bool filter_read_selectors(const struct filter_ask *ask, const char *text, struct filter *f,
    struct fault *fault)
{
	const struct node *set = msg_child(ask->element, "SelectorSet");
	struct pred_cond all = { 0 };

	(void)text;
	if (!ask->cls)
		return fault_set(fault, FAULT_FILTER_BAD, "Selectors choose among instances of one class; the "
		    "resource URI names none.");
	for (const struct node *n = set ? set->first : NULL; n; n = n->next)
		if (text_ieq(n->name, "Selector") && !add_one(ask, n, f, &all, fault))
			return false;
	if (!f->pred.ntests)
		return fault_set(fault, FAULT_FILTER_BAD, "The filter holds no SelectorSet with a Selector.");
	pred_end(&f->pred, all);
	return true;
}

bool filter_read_association(const struct filter_ask *ask, const char *text, struct filter *f,
    struct fault *fault)
{
	const struct node *asked = msg_child(ask->element, "AssociatedInstances");

	(void)text;
	if (ask->cls || ask->events)	/* DSP0227 R8.2-1 */
		return fault_set(fault, FAULT_FILTER_DIALECT, "Associations are asked of all classes of a "
		    "namespace, not of one.");
	if (!asked)
		asked = msg_child(ask->element, "AssociationInstances");
	if (!msg_child(asked, "Object"))
		return fault_set(fault, FAULT_FILTER_BAD, "The filter must hold AssociatedInstances or "
		    "AssociationInstances with an Object.");
	f->cls = NULL;
	return true;
}
