/* SPDX-License-Identifier: MIT
 * engine/job_props.c: the writable properties of a job: all changes of a call, or none.
 *
 * The changes are made on a draft; ranges and times (schemas/job_props.def) are checked one by one, then
 * what goes together (job_rules.c), then the draft becomes the job. Engine thread.
 */
#include "engine/core.h"

#include <string.h>

#include "engine/job_rules.h"
#include "engine/token_uri.h"
#include "engine/base/text.h"
#include "engine/worker/creds.h"

enum kind { KIND_U16, KIND_U32, KIND_U64, KIND_BOOL, KIND_TEXT, KIND_FILES };
enum access { ACCESS_KEY, ACCESS_RO, ACCESS_RW };
enum outside { OUTSIDE_REFUSE, OUTSIDE_UNDEFINED, OUTSIDE_CLAMP, OUTSIDE_LONG, OUTSIDE_PROXIES, OUTSIDE_BYPASS,
	OUTSIDE_SIZE, OUTSIDE_STORED };
enum when { WHEN_ALWAYS, WHEN_UNRESUMED, WHEN_FILELESS, WHEN_UNDONE };

struct place { const struct rec_table *table; size_t at; };

#define NONE { NULL, 0 }
#define REC(member) { &rec_job, offsetof(struct job_rec, member) }
#define OPT(member) { &rec_opt, offsetof(struct job_opt, member) }
static const struct row {
	const char *name;
	enum kind kind;
	enum access access;
	uint64_t lo, hi, dflt;
	enum outside outside;
	enum when when;
	struct place place;
} rows[JOB_PROP__COUNT] = {
#define PROP(name, type, access, cls, lo, hi, dflt, outside, when, place, help) \
	{ #name, KIND_##type, ACCESS_##access, lo, hi, dflt, OUTSIDE_##outside, WHEN_##when, place },
#include "schemas/job_props.def"
#undef PROP
};

static void put_number(const struct rec_col *col, void *at, uint64_t num)
{
	if (col->kind == REC_U64)
		*(uint64_t *)at = num;
	else if (col->kind == REC_U32)
		*(uint32_t *)at = (uint32_t)num;
	else if (col->kind == REC_U8)
		*(uint8_t *)at = (uint8_t)num;
	else
		*(bool *)at = num != 0;
}

static uint64_t get_number(const struct rec_col *col, const void *at)
{
	return col->kind == REC_U64 ? *(const uint64_t *)at : col->kind == REC_U32 ? *(const uint32_t *)at :
	    col->kind == REC_U8 ? *(const uint8_t *)at : *(const bool *)at;
}

static const struct rec_col *col_of(const struct row *row)
{
	const struct rec_col *col = row->place.table->cols;

	while (col->at != row->place.at)
		col++;
	return col;
}

/* Into the record (a job_rec or a job_opt). false: no memory. */
static bool put(const struct row *row, void *rec, uint64_t num, const char *text)
{
	char *at = (char *)rec + row->place.at;

	if (row->kind == KIND_TEXT)
		return rec_text((const char **)at, text);
	put_number(col_of(row), at, num);
	return true;
}

static const enum err outside_err[] = {
	[OUTSIDE_REFUSE] = ERR_INVALID_ARG, [OUTSIDE_UNDEFINED] = ERR_NOT_IMPL,
	[OUTSIDE_CLAMP] = ERR_INVALID_ARG,
	[OUTSIDE_LONG] = ERR_STRING_TOO_LONG, [OUTSIDE_PROXIES] = ERR_PROXY_LIST_TOO_LARGE,
	[OUTSIDE_BYPASS] = ERR_PROXY_BYPASS_TOO_LARGE, [OUTSIDE_SIZE] = ERR_MAX_SIZE_VALUE,
	[OUTSIDE_STORED] = ERR_STORED_CREDENTIALS,
};

static enum err check_text(const struct row *row, const char *text, struct errinfo *ei)
{
	if (!text || !text_utf8_ok(text))
		return err_set(ei, ERR_INVALID_ARG, "%s is not valid text.", row->name);
	if (text_utf16_len(text) < row->lo || text_utf16_len(text) > row->hi)
		return err_set(ei, outside_err[row->outside], "%s may have %llu to %llu characters.", row->name,
		    (unsigned long long)row->lo, (unsigned long long)row->hi);
	return ERR_OK;
}

static enum err check_number(const struct row *row, uint64_t num, struct errinfo *ei)
{
	if ((num >= row->lo || row->outside == OUTSIDE_CLAMP) && num <= row->hi)
		return ERR_OK;
	return err_set(ei, outside_err[row->outside], "%llu is not a value of %s; it may be %llu to %llu.",
	    (unsigned long long)num, row->name, (unsigned long long)row->lo, (unsigned long long)row->hi);
}

/* Whether the property may be changed at this time of the job's life. */
static enum err check_when(const struct row *row, const struct job_rec *rec, size_t nfiles, struct errinfo *ei)
{
	if (row->when == WHEN_UNRESUMED && rec->resumed)
		return err_set(ei, ERR_AFTER_RESUME, "%s can only be set before the first Resume.", row->name);
	if (row->when == WHEN_FILELESS && nfiles)
		return err_set(ei, ERR_AFTER_ADD_FILE,
		    "%s can only be set while the job has no file.", row->name);
	if (row->when == WHEN_UNDONE && rec->state == JOB_TRANSFERRED)
		return err_set(ei, ERR_INVALID_STATE, "%s can only be set while not everything is transferred.",
		    row->name);
	return ERR_OK;
}

/* A console that gets, edits and puts a whole job back names every property: what it leaves as it is changes
 * nothing and cannot be refused. */
static bool is_same(const struct row *row, const void *rec, const struct eng_change *c)
{
	const char *at = (const char *)rec + row->place.at;

	if (row->kind == KIND_TEXT)
		return c->text && !strcmp(*(const char *const *)at, c->text);
	return get_number(col_of(row), at) == c->num;
}

/* The text as it is kept. NULL: no memory; else for the caller to free. */
static char *normal_text(enum job_prop prop, const char *text)
{
	if (prop == JOB_PROP_CustomHeaders)
		return custom_headers_normal(text);
	return strdup(prop == JOB_PROP_HttpMethod && !strcmp(text, "GET") ? "" : text);
}

/* The PIN of a token is a secret like a password, so it goes there; what is left of the URI can be shown. A
 * store that is put back as it was read keeps its PIN. */
static enum err draft_pin(struct job_draft *d, char *store, struct errinfo *ei)
{
	struct cred cred = { CRED_TOKEN, CRED_PIN, false, "", NULL };
	char pin[TOKEN_PIN_ROOM] = "";
	enum err err = token_uri_is(store) ? token_uri_cut(store, pin, ei) : ERR_OK;
	struct buf out;
	bool had, ok;

	if (err || (!*pin && !strcmp(store, d->opt.cert_store)))
		return err;
	buf_init(&out, PROTO_TEXT_MAX - 1);
	cred.password = pin;
	ok = *pin ? creds_set(d->opt.credentials, &cred, &out) :
	    creds_remove(d->opt.credentials, CRED_TOKEN, CRED_PIN, &out, &had);
	if (!ok)
		err = err_set(ei, ERR_TOO_BIG, "The credentials of this job are more than dray can keep.");
	else if (!rec_text(&d->opt.credentials, buf_text(&out)))
		err = err_plain(ei, ERR_NO_MEMORY);
	d->set[JOB_PROP_ClientCertificateStore] = true;
	if (out.data)
		explicit_bzero(out.data, out.len);
	buf_done(&out);
	explicit_bzero(pin, sizeof(pin));
	return err;
}

static enum err draft_one(struct job_draft *d, const struct eng_change *c, size_t nfiles, struct errinfo *ei)
{
	const struct row *row = &rows[c->prop];
	void *rec = row->place.table == &rec_job ? (void *)&d->rec : &d->opt;
	AUTO_FREE char *text = NULL;
	struct eng_change as = *c;
	enum err err;

	if (row->access != ACCESS_RW)
		return err_set(ei, ERR_READ_ONLY, "The property %s cannot be written.", row->name);
	d->named[c->prop] = true;
	if (row->kind == KIND_TEXT) {
		err = check_text(row, c->text, ei);
		if (err)
			return err;
		as.text = text = normal_text(c->prop, c->text);
		if (!text)
			return err_plain(ei, ERR_NO_MEMORY);
		err = c->prop == JOB_PROP_ClientCertificateStore ? draft_pin(d, text, ei) : ERR_OK;
		if (err)
			return err;
	}
	if (is_same(row, rec, &as))
		return ERR_OK;
	err = row->kind == KIND_TEXT ? ERR_OK : check_number(row, c->num, ei);
	if (!err)
		err = check_when(row, d->was_rec, nfiles, ei);
	if (err)
		return err;
	d->set[c->prop] = true;
	return put(row, rec, as.num < row->lo ? row->lo : as.num, as.text) ? ERR_OK :
	    err_plain(ei, ERR_NO_MEMORY);
}

/* Headers that are hidden read as none, so a whole job put back would
 * drop them. Alone, no headers are meant. */
static bool is_hidden_echo(const struct job_opt *was, const struct eng_change *c, size_t n, size_t i)
{
	bool echo = false;

	for (size_t k = 0; k < n; k++)
		echo |= c[k].prop == JOB_PROP_CustomHeadersWriteOnly;
	return was->headers_write_only && echo && c[i].prop == JOB_PROP_CustomHeaders && c[i].text &&
	    !*c[i].text;
}

static void draft_done(struct job_draft *d)
{
	rec_done(&rec_job, &d->rec);
	rec_done(&rec_opt, &d->opt);
}

/* The job as the changes would make it. */
static enum err draft(struct job_draft *d, const struct job *job, const struct eng_change *changes, size_t n,
    struct errinfo *ei)
{
	enum err err = ERR_OK;

	*d = (struct job_draft){ .was_rec = &job->rec, .was = job->opt };
	rec_copy(&rec_job, &d->rec, &job->rec);
	rec_copy(&rec_opt, &d->opt, job->opt);
	for (size_t i = 0; i < job->nfiles; i++) {
		const struct file_rec *f = &job->files[i]->rec;
		d->ranged |= *f->ranges != '\0';
		d->begun |= f->durable || *f->filled || *f->ranges;
	}
	for (size_t i = 0; i < n && !err; i++)
		if (!is_hidden_echo(job->opt, changes, n, i))
			err = draft_one(d, &changes[i], job->nfiles, ei);
	job_rules_follow(d);
	return err ? err : job_rules_check(d, ei);
}

enum err job_props_check(const struct eng_change *changes, size_t n, struct errinfo *ei)
{
	struct job none = { .opt = job_opt_shared() };
	struct job_draft d;
	enum err err;

	rec_init(&rec_job, &none.rec);
	job_props_default(&none);
	err = draft(&d, &none, changes, n, ei);
	draft_done(&d);
	return err;
}

static bool is_option_set(const struct job_draft *d)
{
	bool set = false;

	for (size_t p = 0; p < JOB_PROP__COUNT; p++)
		set |= d->set[p] && rows[p].place.table == &rec_opt;
	return set;
}

/* The draft becomes the job. */
static enum err adopt(struct engine *eng, struct job *job, struct job_draft *d, struct errinfo *ei)
{
	struct job_opt *opt;

	if (is_option_set(d)) {
		opt = job_opt_edit(eng, job);
		if (!opt)
			return err_plain(ei, ERR_NO_MEMORY);
		d->opt.refs = opt->refs;
		d->opt.job = opt->job;
		rec_done(&rec_opt, opt);
		*opt = d->opt;
		rec_init(&rec_opt, &d->opt);
	}
	rec_done(&rec_job, &job->rec);
	job->rec = d->rec;
	rec_init(&rec_job, &d->rec);
	job_modified(eng, job);
	job_dirty(eng, job);
	return ERR_OK;
}

enum err job_props_set(struct engine *eng, struct job *job, const struct eng_change *changes, size_t n,
    struct errinfo *ei)
{
	struct job_draft d;
	enum err err = draft(&d, job, changes, n, ei);

	if (!err && n)
		err = adopt(eng, job, &d, ei);
	draft_done(&d);
	return err;
}

static void set_defaults(const struct rec_table *table, void *rec)
{
	for (size_t p = 0; p < JOB_PROP__COUNT; p++)
		if (rows[p].place.table == table && rows[p].kind != KIND_TEXT)
			put(&rows[p], rec, rows[p].dflt, NULL);
}

const char *job_prop_name(enum job_prop prop)
{
	return rows[prop].name;
}

void job_props_default(struct job *job)
{
	set_defaults(&rec_job, &job->rec);
}

void job_opt_default(struct job_opt *opt)
{
	set_defaults(&rec_opt, opt);
}

bool eng_prop_value(const struct job_view *view, enum job_prop prop, uint64_t *ret_num, const char **ret_text)
{
	const struct row *row = &rows[prop];
	const char *at = row->place.table == &rec_job ? (const char *)&view->rec : (const char *)view->opt;

	if (!row->place.table)
		return false;
	at += row->place.at;
	*ret_num = 0;
	*ret_text = NULL;
	if (row->kind == KIND_TEXT)
		*ret_text = prop == JOB_PROP_CustomHeaders && view->opt->headers_write_only ? "" :
		    prop == JOB_PROP_HttpMethod && !*view->opt->http_method ? "GET" :
		    *(const char *const *)at;
	else
		*ret_num = get_number(col_of(row), at);
	return true;
}
