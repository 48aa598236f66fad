/* SPDX-License-Identifier: MIT
 * agent/cli/cli_json.c: see cli_json.h.
 */
#include "agent/cli/cli_json.h"

#include <jansson.h>

#include <stdio.h>

#include "agent/cli/cli.h"
#include "agent/cli/cli_say.h"

#define PRETTY JSON_INDENT(2)

static json_t *number(uint64_t n)
{
	return n > INT64_MAX ? json_null() : json_integer((json_int_t)n);
}

static json_t *value(const struct dray_prop *p)
{
	if (!p->text)
		return json_null();
	if (p->kind == DRAY_KIND_NUMBER)
		return number(p->number);
	return p->kind == DRAY_KIND_BOOL ? json_boolean(p->number) : json_string(p->text);
}

static json_t *object(const struct dray_prop *props, size_t n)
{
	json_t *o = json_object();

	for (size_t i = 0; o && i < n; i++)
		json_object_set_new(o, props[i].name, value(&props[i]));
	return o;
}

static json_t *job_object(const struct dray_job *job)
{
	json_t *o = object(job->props, job->nprops), *files = json_array();

	for (size_t i = 0; files && i < job->nfiles; i++)
		json_array_append_new(files, object(job->files[i].props, job->files[i].nprops));
	json_object_set_new(o, "Files", files);
	return o;
}

static int print(json_t *root, size_t form)
{
	int bad = !root || json_dumpf(root, stdout, form) || fputc('\n', stdout) == EOF;

	if (!root)
		say("the answer could not be written: out of memory");
	json_decref(root);
	fflush(stdout);			/* what became of it is told at the end */
	return bad ? EXIT_FAILED : EXIT_OK;
}

struct cli_json *cli_json_array(void)
{
	return (struct cli_json *)json_array();
}

void cli_json_add_job(struct cli_json *array, const struct dray_job *job)
{
	json_array_append_new((json_t *)array, job_object(job));
}

void cli_json_add_file(struct cli_json *array, const struct dray_file *file)
{
	json_array_append_new((json_t *)array, object(file->props, file->nprops));
}

void cli_json_add_record(struct cli_json *array, const struct dray_record *record)
{
	json_array_append_new((json_t *)array, object(record->props, record->nprops));
}

int cli_json_print_record(const struct dray_record *record)
{
	return print(object(record->props, record->nprops), PRETTY);
}

int cli_json_print_array(struct cli_json *array)
{
	return print((json_t *)array, PRETTY);
}

int cli_json_print_job(const struct dray_job *job)
{
	return print(job_object(job), PRETTY);
}

int cli_json_print_job_line(const struct dray_job *job)
{
	return print(job_object(job), JSON_COMPACT);
}

static json_t *pairs_object(const struct cli_json_pair *pairs)
{
	json_t *o = json_object();

	for (; pairs->name; pairs++)
		json_object_set_new(o, pairs->name,
		    pairs->text ? json_string(pairs->text) : number(pairs->number));
	return o;
}

int cli_json_print_pairs(const struct cli_json_pair *pairs)
{
	return print(pairs_object(pairs), PRETTY);
}

void cli_json_add_pairs(struct cli_json *array, const struct cli_json_pair *pairs)
{
	json_array_append_new((json_t *)array, pairs_object(pairs));
}
