/* SPDX-License-Identifier: MIT
 * agent/lib/lib_instance.c: see lib_instance.h.
 *
 * Every property is kept as it came; those with a member get it too. What type a property has
 * comes from the schema, so a property of a newer agent is text.
 */
#include "agent/lib/lib_instance.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/auto.h"
#include "engine/base/text.h"

#define MEMORY_MAX (32u << 20)		/* an answer of 4 MiB, unpacked */

enum type { U16, U32, U64, BOOL, TEXT, FILES };

struct type_row { const char *name; enum type type; };

static const struct type_row job_types[] = {
#define PROP(name, type, access, cls, lo, hi, dflt, outside, when, place, help) { #name, type },
#include "schemas/job_props.def"
#undef PROP
}, file_types[] = {
#define FPROP(name, type, access, cls, help) { #name, type },
#include "schemas/file_props.def"
#undef FPROP
}, record_types[] = {
#define NUM U32
#define EPROP(name, type, access, help) { #name, type },
#define APROP(name, type, access, help) { #name, type },
#include "schemas/trouble_props.def"
#undef EPROP
#undef APROP
#define POLICY(name, kind, lo, hi, dflt, help) { #name, kind },
#include "schemas/policies.def"
#undef POLICY
};

/* Where a property goes. The kind of the member is the kind of the property. */
struct member { const char *name; size_t offset; enum type as; };

#define M(name, as, type, member) { name, offsetof(struct type, member), as }
static const struct member job_members[] = {
	M("BytesTotal", U64, dray_job, bytes_total),
	M("BytesTransferred", U64, dray_job, bytes_transferred),
	M("CurrentFile", U32, dray_job, current_file),
	M("Description", TEXT, dray_job, description),
	M("DisplayName", TEXT, dray_job, name),
	M("ErrorCode", U32, dray_job, error_code),
	M("ErrorContext", U32, dray_job, error_context),
	M("ErrorDescription", TEXT, dray_job, error_text),
	M("ErrorFile", U32, dray_job, error_file),
	M("FilesTotal", U32, dray_job, files_total),
	M("FilesTransferred", U32, dray_job, files_transferred),
	M("JobCompletionTime", U64, dray_job, completed_ft),
	M("JobCreationTime", U64, dray_job, created_ft),
	M("JobId", TEXT, dray_job, id),
	M("JobLastModificationTime", U64, dray_job, modified_ft),
	M("MinimumRetryDelay", U32, dray_job, retry_delay_s),
	M("NoProgressTimeout", U32, dray_job, no_progress_s),
	M("Note", TEXT, dray_job, note),
	M("Owner", TEXT, dray_job, owner),
	M("Priority", U32, dray_job, priority),
	M("RetryIn", U32, dray_job, retry_in_s),
	M("State", U32, dray_job, state),
	M("TransferRate", U64, dray_job, rate_bytes_s),
	M("TransientErrorCount", U32, dray_job, transient_errors),
	M("Type", U32, dray_job, type),
}, file_members[] = {
	M("BytesTotal", U64, dray_file, bytes_total),
	M("BytesTransferred", U64, dray_file, bytes_transferred),
	M("Completed", BOOL, dray_file, completed),
	M("Index", U32, dray_file, index),
	M("LocalFile", TEXT, dray_file, path),
	M("RemoteUrl", TEXT, dray_file, url),
	M("Transferred", BOOL, dray_file, transferred),
};
#undef M

/* What is being read: one job or one file of it. */
struct reader {
	struct arena *arena;
	const struct type_row *types;
	size_t ntypes;
	const struct member *members;
	size_t nmembers;
	void *object;
	const char *why;
};

struct owned_job {
	struct dray_job job;
	struct arena *arena;		/* everything, this struct too */
};

static const struct { enum dray_kind kind; uint64_t most; } types[] = {
	[U16] = { DRAY_KIND_NUMBER, UINT16_MAX }, [U32] = { DRAY_KIND_NUMBER, UINT32_MAX },
	[U64] = { DRAY_KIND_NUMBER, UINT64_MAX }, [BOOL] = { DRAY_KIND_BOOL, 1 },
	[TEXT] = { DRAY_KIND_TEXT, 0 }, [FILES] = { DRAY_KIND_TEXT, 0 },
};

static enum type type_of(const struct reader *r, const char *name)
{
	for (size_t i = 0; i < r->ntypes; i++)
		if (!strcmp(r->types[i].name, name))
			return r->types[i].type;
	return TEXT;
}

static void put_member(struct reader *r, const struct dray_prop *p)
{
	for (size_t i = 0; i < r->nmembers; i++) {
		char *at = (char *)r->object + r->members[i].offset;

		if (strcmp(r->members[i].name, p->name))
			continue;
		if (r->members[i].as == TEXT)
			*(const char **)(void *)at = p->text;
		else if (r->members[i].as == U64)
			*(uint64_t *)(void *)at = p->number;
		else if (r->members[i].as == BOOL)
			*(bool *)(void *)at = p->number;
		else
			*(uint32_t *)(void *)at = (uint32_t)p->number;
	}
}

static bool read_value(struct reader *r, const struct lib_node *node, struct dray_prop *p)
{
	enum type type = type_of(r, p->name);
	AUTO_FREE char *text = lib_xml_text(node);
	bool yes;

	p->kind = types[type].kind;
	if (lib_xml_is_nil(node))
		return true;
	p->text = arena_strdup(r->arena, text);
	if (!p->text) {
		r->why = "out of memory";
		return false;
	}
	if (p->kind == DRAY_KIND_BOOL && text_bool(p->text, &yes))
		p->number = yes;
	else if (p->kind != DRAY_KIND_TEXT && !text_u64(p->text, 0, types[type].most, &p->number)) {
		r->why = "a number in the answer is none";
		return false;
	}
	put_member(r, p);
	return true;
}

/* All leaves below `node` but those called `skip`. */
static bool read_props(struct reader *r, const struct lib_node *node, const char *skip,
    const struct dray_prop **ret_props, size_t *ret_n)
{
	struct dray_prop *props;
	size_t n = 0;

	for (const struct lib_node *c = lib_xml_child(node, NULL); c; c = lib_xml_next(c, NULL))
		n++;
	props = arena_zalloc(r->arena, (n ? n : 1) * sizeof(*props));
	if (!props) {
		r->why = "out of memory";
		return false;
	}
	n = 0;
	for (const struct lib_node *c = lib_xml_child(node, NULL); c; c = lib_xml_next(c, NULL)) {
		if (skip && !strcmp(lib_xml_name(c), skip))
			continue;
		props[n].name = arena_strdup(r->arena, lib_xml_name(c));
		if (!props[n].name || !read_value(r, c, &props[n])) {
			r->why = r->why ? r->why : "out of memory";
			return false;
		}
		n++;
	}
	*ret_props = props;
	*ret_n = n;
	return true;
}

static bool read_file(struct reader *job, const struct lib_node *node, struct dray_file *f, uint32_t index)
{
	struct reader r = { job->arena, file_types, COUNT(file_types), file_members, COUNT(file_members), f,
		NULL };
	bool ok;

	f->size = sizeof(*f);
	f->index = index;
	f->url = f->path = "";
	f->bytes_total = DRAY_SIZE_UNKNOWN;
	ok = read_props(&r, node, NULL, &f->props, &f->nprops);
	job->why = r.why;
	return ok;
}

static bool read_files(struct reader *r, const struct lib_node *instance, struct dray_job *job)
{
	struct dray_file *files;
	size_t n = 0, i = 0;

	for (const struct lib_node *c = lib_xml_child(instance, "Files"); c; c = lib_xml_next(c, "Files"))
		n += lib_xml_has_children(c);
	files = arena_zalloc(r->arena, (n ? n : 1) * sizeof(*files));
	if (!files) {
		r->why = "out of memory";
		return false;
	}
	for (const struct lib_node *c = lib_xml_child(instance, "Files"); c; c = lib_xml_next(c, "Files")) {
		if (!lib_xml_has_children(c))
			continue;
		if (!read_file(r, c, &files[i], (uint32_t)i))
			return false;
		i++;
	}
	job->files = files;
	job->nfiles = n;
	return true;
}

struct dray_job *lib_instance_job(const struct lib_node *instance, const char **ret_why)
{
	struct arena *arena = arena_new(MEMORY_MAX);
	struct owned_job *o = arena ? arena_zalloc(arena, sizeof(*o)) : NULL;
	struct reader r = { arena, job_types, COUNT(job_types), job_members, COUNT(job_members), o, NULL };

	*ret_why = "out of memory";
	if (!o) {
		arena_free(arena);
		return NULL;
	}
	o->arena = arena;
	o->job.size = sizeof(o->job);
	o->job.id = o->job.name = o->job.description = o->job.owner = o->job.note = o->job.error_text = "";
	o->job.bytes_total = DRAY_SIZE_UNKNOWN;
	if (!read_props(&r, instance, "Files", &o->job.props, &o->job.nprops) ||
	    !read_files(&r, instance, &o->job)) {
		*ret_why = r.why;
		arena_free(arena);
		return NULL;
	}
	return &o->job;
}

struct owned_record {
	struct dray_record record;
	struct arena *arena;		/* everything, this struct too */
};

struct dray_record *lib_instance_record(const struct lib_node *instance, const char **ret_why)
{
	struct arena *arena = arena_new(MEMORY_MAX);
	struct owned_record *o = arena ? arena_zalloc(arena, sizeof(*o)) : NULL;
	struct reader r = { arena, record_types, COUNT(record_types), NULL, 0, o, NULL };

	*ret_why = "out of memory";
	if (!o) {
		arena_free(arena);
		return NULL;
	}
	o->arena = arena;
	o->record.size = sizeof(o->record);
	if (!read_props(&r, instance, NULL, &o->record.props, &o->record.nprops)) {
		*ret_why = r.why;
		arena_free(arena);
		return NULL;
	}
	return &o->record;
}

void dray_record_free(struct dray_record *record)
{
	if (record)
		arena_free(((struct owned_record *)(void *)record)->arena);
}

void dray_job_free(struct dray_job *job)
{
	if (job)
		arena_free(((struct owned_job *)(void *)job)->arena);
}
