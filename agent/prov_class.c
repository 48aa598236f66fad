/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/prov_class.c: the tables of the classes, made of schemas/job_props.def, file_props.def
 * and methods.def. A row marked BOTH is in Microsoft's class and in ours, DRAY in ours only.
 */
#include "agent/prov.h"

#include <string.h>

#include "engine/base/auto.h"

#define CIM_FILES CIM_OBJECTS
#define IN_BITS_BOTH(...) __VA_ARGS__
#define IN_BITS_DRAY(...)

#define PROP(name, type, access, cls, lo, hi, dflt, outside, when, place, help) \
	IN_BITS_##cls({ #name, CIM_##type, PROV_##access, NULL, help },)
static struct prov_prop bits_job_props[] = {
#include "schemas/job_props.def"
};
#undef PROP
#define PROP(name, type, access, cls, lo, hi, dflt, outside, when, place, help) IN_BITS_##cls(JOB_PROP_##name,)
static const enum job_prop bits_job_index[] = {
#include "schemas/job_props.def"
};
#undef PROP
#define PROP(name, type, access, cls, lo, hi, dflt, outside, when, place, help) \
	{ #name, CIM_##type, PROV_##access, NULL, help },
static struct prov_prop dray_job_props[] = {
#include "schemas/job_props.def"
};
#undef PROP
#define FPROP(name, type, access, cls, help) IN_BITS_##cls({ #name, CIM_##type, PROV_##access, NULL, help },)
static const struct prov_prop bits_file_props[] = {
#include "schemas/file_props.def"
};
#undef FPROP
#define FPROP(name, type, access, cls, help) IN_BITS_##cls(FILE_PROP_##name,)
static const enum prov_file_prop bits_file_index[] = {
#include "schemas/file_props.def"
};
#undef FPROP
#define FPROP(name, type, access, cls, help) { #name, CIM_##type, PROV_##access, NULL, help },
static const struct prov_prop dray_file_props[] = {
#include "schemas/file_props.def"
};
#undef FPROP

/* Parameters of one method stand together in methods.def; link_methods() finds them. */
static const struct { enum prov_family family; const char *method; uint64_t dflt; } param_of[] = {
#define PARAM(class, method, name, type, dir, need, dflt, help) { FAMILY_##class, #method, dflt },
#include "schemas/methods.def"
};
static const struct prov_param params[] = {
#define DIR_IN false
#define DIR_OUT true
#define NEED_MUST true
#define NEED_MAY false
#define PARAM(class, method, name, type, dir, need, dflt, help) \
	{ #name, CIM_##type, DIR_##dir, NEED_##need, help },
#include "schemas/methods.def"
};
#define KIND_S true
#define KIND_I false
#define IS_BITS_BITS(...) __VA_ARGS__
#define IS_BITS_DRAY(...)
#define IS_DRAY_BITS(...)
#define IS_DRAY_DRAY(...) __VA_ARGS__
static struct prov_method bits_methods[] = {
#define METHOD(class, name, kind) IS_BITS_##class({ #name, KIND_##kind, NULL, 0 },)
#include "schemas/methods.def"
};
static struct prov_method dray_methods[] = {
#define METHOD(class, name, kind) IS_DRAY_##class({ #name, KIND_##kind, NULL, 0 },)
#include "schemas/methods.def"
};

static void link_methods(enum prov_family family, struct prov_method *methods, size_t n)
{
	for (size_t m = 0; m < n; m++)
		for (size_t p = 0; p < COUNT(params); p++) {
			if (param_of[p].family != family || strcmp(param_of[p].method, methods[m].name))
				continue;
			if (!methods[m].params)
				methods[m].params = &params[p];
			methods[m].nparams++;
		}
}

struct prov_class prov_file_class[2] = {
	[FAMILY_BITS] = { .ns = "root/microsoft/bits", .name = "BitsClientFile", .provider = "BITS Provider",
	    .props = bits_file_props, .nprops = COUNT(bits_file_props), .may_read = ROLE_ADMIN,
	    .may_write = ROLE_ADMIN, .may_invoke = ROLE_ADMIN },
	[FAMILY_DRAY] = { .ns = "root/dray", .name = "DRAY_File", .provider = "dray",
	    .props = dray_file_props, .nprops = COUNT(dray_file_props), .may_read = ROLE_VIEWER,
	    .may_write = ROLE_USER, .may_invoke = ROLE_USER,
	    .get = prov_file_get, .enumerate = prov_file_enumerate },
};

struct prov_class prov_job_class[2] = {
	[FAMILY_BITS] = { .ns = "root/microsoft/bits", .name = "BitsClientJob", .provider = "BITS Provider",
	    .props = bits_job_props, .nprops = COUNT(bits_job_props),
	    .methods = bits_methods, .nmethods = COUNT(bits_methods),
	    .may_read = ROLE_ADMIN, .may_write = ROLE_ADMIN, .may_invoke = ROLE_ADMIN,
	    .get = prov_job_get, .put = prov_job_put, .enumerate = prov_job_enumerate,
	    .invoke = prov_method_invoke, .watch = prov_job_watch, .remove = prov_job_remove },
	[FAMILY_DRAY] = { .ns = "root/dray", .name = "DRAY_Job", .provider = "dray",
	    .props = dray_job_props, .nprops = COUNT(dray_job_props),
	    .methods = dray_methods, .nmethods = COUNT(dray_methods),
	    .may_read = ROLE_VIEWER, .may_write = ROLE_USER, .may_invoke = ROLE_USER,
	    .get = prov_job_get, .put = prov_job_put, .enumerate = prov_job_enumerate,
	    .invoke = prov_method_invoke, .watch = prov_job_watch, .create = prov_job_create, .remove = prov_job_remove },
};

enum job_prop prov_job_prop(enum prov_family f, size_t index)
{
	return f == FAMILY_BITS ? bits_job_index[index] : (enum job_prop)index;
}

enum prov_file_prop prov_file_prop(enum prov_family f, size_t index)
{
	return f == FAMILY_BITS ? bits_file_index[index] : (enum prov_file_prop)index;
}

uint64_t prov_param_default(const struct prov_method *m, size_t param)
{
	return param_of[&m->params[param] - params].dflt;
}

const struct prov_class *const *prov_classes(struct prov_world *world, size_t *ret_n)
{
	static const struct prov_class *list[] = {
		&prov_job_class[FAMILY_BITS], &prov_file_class[FAMILY_BITS],
		&prov_job_class[FAMILY_DRAY], &prov_file_class[FAMILY_DRAY],
		&prov_error_class, &prov_attempt_class, &prov_policy_class,
	};

	for (size_t i = 0; i < COUNT(bits_job_props); i++)
		if (bits_job_props[i].type == CIM_OBJECTS)
			bits_job_props[i].embedded = &prov_file_class[FAMILY_BITS];
	for (size_t i = 0; i < COUNT(dray_job_props); i++)
		if (dray_job_props[i].type == CIM_OBJECTS)
			dray_job_props[i].embedded = &prov_file_class[FAMILY_DRAY];
	if (!bits_methods[0].params) {
		link_methods(FAMILY_BITS, bits_methods, COUNT(bits_methods));
		link_methods(FAMILY_DRAY, dray_methods, COUNT(dray_methods));
	}
	for (int f = 0; f < 2; f++)
		prov_job_class[f].ctx = prov_file_class[f].ctx = world;
	prov_error_class.ctx = prov_attempt_class.ctx = prov_policy_class.ctx = world;
	prov_policy_link();
	*ret_n = COUNT(list);
	return list;
}
