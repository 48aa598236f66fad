/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/fragment.c: see fragment.h.
 */
#include "wsman/fragment.h"

#include <string.h>

#include "engine/base/text.h"
#include "wsman/instance.h"
#include "wsman/value.h"

/* XPath minds case; scripts do not. */
static bool find_prop(const struct prov_class *cls, const char *name, size_t *ret)
{
	for (size_t i = 0; i < cls->nprops; i++)
		if (!strcmp(cls->props[i].name, name)) {
			*ret = i;
			return true;
		}
	for (size_t i = 0; i < cls->nprops; i++)
		if (text_ieq(cls->props[i].name, name)) {
			*ret = i;
			return true;
		}
	return false;
}

static bool check_text(const struct fragment *f, const struct prov_prop *last, struct fault *fault)
{
	if (!f->text)
		return true;
	if (last->type == CIM_OBJECTS)
		return fault_set(
		    fault, FAULT_FRAGMENT_PATH, "%s has no text(), its members have.", last->name);
	for (size_t i = 0; i + 1 < f->nsteps; i++)
		if (!f->steps[i].index)
			return fault_set(fault, FAULT_FRAGMENT_PATH,
			    "text() of several instances is not one text; say which one, as in "
			    "Name[1]/%s/text().", last->name);
	return true;
}

bool fragment_find(const char *path, const struct prov_class *cls, struct arena *arena, struct fragment *ret,
    struct fault *fault)
{
	const struct prov_prop *prop = NULL;
	struct xpath_path p;

	if (!*path)
		return fault_set(fault, FAULT_FRAGMENT_BLANK, NULL);
	if (!xpath_path_read(path, cls, arena, &p))
		return fault_set(fault, FAULT_FRAGMENT_PATH,
		    "The path \"%.200s\" is beyond what is understood: Name, Name[2], Name/text(), "
		    "Name[1]/Member.", path);
	*ret = (struct fragment){ .nsteps = p.nsteps, .text = p.text };
	for (size_t i = 0; i < p.nsteps; i++) {
		cls = prop ? prop->embedded : cls;
		if (!cls || !find_prop(cls, p.steps[i].name, &ret->steps[i].prop))
			return fault_set(fault, FAULT_FRAGMENT_PATH, "%s has no member %.200s.",
			    cls ? cls->name : prop->name, p.steps[i].name);
		ret->steps[i].index = p.steps[i].index;
		prop = &cls->props[ret->steps[i].prop];
	}
	return check_text(ret, prop, fault);
}

/* What the path comes to from that step on. out NULL: only looks. Returns whether anything is there. */
static bool walk(struct buf *out, enum uri family, const struct fragment *f, size_t step,
    const struct prov_row *row)
{
	const struct fragment_step *s = &f->steps[step];
	const struct prov_prop *prop = &row->cls->props[s->prop];
	const struct prov_value *value = &row->values[s->prop];
	bool is_array = prop->type == CIM_OBJECTS, found = false;

	if (is_array ? !value->set || !value->nrows || s->index > value->nrows : s->index > 1)
		return false;
	if (step + 1 < f->nsteps) {
		for (size_t i = 0; i < value->nrows; i++)
			if (!s->index || s->index == i + 1)
				found |= walk(out, family, f, step + 1, &value->rows[i]);
		return found;
	}
	if (f->text && !value->set)
		return false;
	if (out && f->text)
		value_write(out, prop->type, value);
	else if (out)
		instance_write_member(out, family, prop, value, s->index);
	return true;
}

void fragment_write(struct buf *out, enum uri family, const struct fragment *fragment,
    const struct prov_row *row)
{
	instance_begin_fragment(out, !walk(NULL, family, fragment, 0, row));
	walk(out, family, fragment, 0, row);
	instance_end_fragment(out);
}
