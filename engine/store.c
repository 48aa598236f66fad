/* SPDX-License-Identifier: MIT
 * engine/store.c: the only door to SQLite; see store.h. Columns come from schemas/store.def.
 */
#include "engine/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "engine/base/auto.h"
#include "engine/base/buf.h"
#include "engine/base/str.h"
#include "engine/seal.h"
#include "engine/store_dir.h"

static const struct { const char *name, *sql; } migrations[] = {
#include "migrations.h"
};

struct store {
	sqlite3 *db;
	sqlite3_stmt *begin, *commit, *rollback, *put[6], *delete_job, *delete_all;
	struct store_dir dir;
	struct seal *seal;
	char path[4200];		/* of jobs.db */
	bool failed;			/* something since begin went wrong */
	char why[200];
	bool sealed;			/* the row that is read has a secret the key does not open */
};

/* Events come last, and are not read with the rest: nobody needs all of them. */
static const struct rec_table *const tables[] = { &rec_job, &rec_opt, &rec_file, &rec_try, &rec_policy,
	&rec_event };
#define TABLES COUNT(tables)

/* What a person can do about it. */
static const char *remedy(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_CORRUPT: case SQLITE_NOTADB: case SQLITE_ERROR: case SQLITE_CONSTRAINT:
		return "it is damaged or not a store of dray; put a copy of it back, or move it away to begin "
		    "without jobs";
	case SQLITE_FULL:
		return "make room on its disk";
	case SQLITE_READONLY: case SQLITE_PERM: case SQLITE_CANTOPEN: case SQLITE_AUTH:
		return "let the agent's account write to it and to its directory";
	case SQLITE_BUSY: case SQLITE_LOCKED: case SQLITE_PROTOCOL:
		return "another program has it open; end that one";
	case SQLITE_IOERR:
		return "its disk fails; see the system's log";
	default:
		return "see the system's log";
	}
}

static bool is_damage(int rc)
{
	return (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB || (rc & 0xff) == SQLITE_ERROR;
}

static enum err fail(struct store *st, struct errinfo *ei, const char *doing)
{
	int rc = st->db ? sqlite3_extended_errcode(st->db) : SQLITE_NOMEM;

	return err_set(ei, is_damage(rc) ? ERR_DAMAGED : ERR_STORE,
	    "%.200s: %s failed: %.100s; %s", st->path, doing,
	    st->db ? sqlite3_errmsg(st->db) : "out of memory", remedy(rc));
}

static enum err run_sql(struct store *st, const char *sql, const char *doing, struct errinfo *ei)
{
	return sqlite3_exec(st->db, sql, NULL, NULL, NULL) == SQLITE_OK ? ERR_OK : fail(st, ei, doing);
}

/* The first number of the first row; -1: none. */
static int64_t ask_number(struct store *st, const char *sql)
{
	sqlite3_stmt *q = NULL;
	int64_t v = -1;

	if (sqlite3_prepare_v2(st->db, sql, -1, &q, NULL) == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW)
		v = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	return v;
}

static enum err migrate(struct store *st, struct errinfo *ei)
{
	int64_t have = ask_number(st, "PRAGMA user_version");

	if (have < 0)
		return fail(st, ei, "reading its version");
	if ((size_t)have > COUNT(migrations))
		return err_set(ei, ERR_STORE, "%.200s: the store was written by a newer dray (version %lld, "
		    "this one knows %zu); install that version again", st->path, (long long)have, COUNT(migrations));
	if (!have && ask_number(st, "SELECT count(*) FROM sqlite_schema") != 0)
		return err_set(ei, ERR_STORE, "%.200s: this is somebody else's database; %s", st->path,
		    remedy(SQLITE_NOTADB));
	for (size_t i = (size_t)have; i < COUNT(migrations); i++) {
		AUTO_FREE char *sql = NULL;
		enum err err;

		if (asprintf(&sql, "BEGIN IMMEDIATE;%s;PRAGMA user_version=%zu;COMMIT;", migrations[i].sql,
		    i + 1) < 0)
			return err_plain(ei, ERR_NO_MEMORY);
		err = run_sql(st, sql, migrations[i].name, ei);
		if (err)
			return err;
	}
	return ERR_OK;
}

static enum err prepare(struct store *st, sqlite3_stmt **ret, const char *sql, struct errinfo *ei)
{
	return sqlite3_prepare_v3(st->db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL) == SQLITE_OK ?
	    ERR_OK : fail(st, ei, "preparing it");
}

/* One of the primary key's? Those are equal where there is a conflict; to set them would make SQLite look for
 * the rows of other tables that refer to them, and write the row anew elsewhere instead of over the old one. */
static bool is_key(const struct rec_table *t, const char *name)
{
	size_t len = strlen(name);
	const char *at = t->key;

	for (; (at = strstr(at, name)); at += len)
		if ((at == t->key || at[-1] == ' ' || at[-1] == ',') && (!at[len] || at[len] == ','))
			return true;
	return false;
}

/* Replace by the primary key; never INSERT OR REPLACE, which would delete a job's files with it. */
static enum err prepare_put(struct store *st, size_t i, struct errinfo *ei)
{
	const struct rec_table *t = tables[i];
	unsigned n = 0;
	struct buf sql;
	enum err err;

	buf_init(&sql, 65536);
	buf_addf(&sql, "INSERT INTO %s(", t->name);
	for (size_t c = 0; c < t->ncols; c++)
		buf_addf(&sql, "%s%s", c ? "," : "", t->cols[c].name);
	buf_addf(&sql, ") VALUES(");
	for (size_t c = 0; c < t->ncols; c++)
		buf_addf(&sql, c ? ",?" : "?");
	buf_addf(&sql, ") ON CONFLICT(%s) DO UPDATE SET ", t->key);
	for (size_t c = 0; c < t->ncols; c++)
		if (!is_key(t, t->cols[c].name))
			buf_addf(&sql, "%s%s=excluded.%s", n++ ? "," : "", t->cols[c].name, t->cols[c].name);
	err = buf_bad(&sql) ? err_plain(ei, ERR_NO_MEMORY) : prepare(st, &st->put[i], buf_text(&sql), ei);
	buf_done(&sql);
	return err;
}

static enum err prepare_all(struct store *st, struct errinfo *ei)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < TABLES && !err; i++)
		err = prepare_put(st, i, ei);
	if (!err)
		err = prepare(st, &st->delete_job, "DELETE FROM job WHERE seq=?", ei);
	if (!err)
		err = prepare(st, &st->delete_all, "DELETE FROM job", ei);
	if (!err)
		err = prepare(st, &st->begin, "BEGIN IMMEDIATE", ei);
	if (!err)
		err = prepare(st, &st->commit, "COMMIT", ei);
	return err ? err : prepare(st, &st->rollback, "ROLLBACK", ei);
}

static enum err open_db(struct store *st, struct errinfo *ei)
{
	enum err err;

	if (sqlite3_open_v2(st->path, &st->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
	    NULL) != SQLITE_OK)
		return fail(st, ei, "opening it");
	if (sqlite3_db_readonly(st->db, "main") == 1)
		return err_set(ei, ERR_STORE, "%.200s cannot be written; %s", st->path,
		    remedy(SQLITE_READONLY));
	err = run_sql(st, "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;"
	    "PRAGMA wal_autocheckpoint=1000;PRAGMA trusted_schema=OFF;PRAGMA cache_size=-2048;",
	    "opening it", ei);
	if (!err)
		err = migrate(st, ei);
	if (!err)
		err = prepare_all(st, ei);
	store_dir_note(&st->dir);
	return err;
}

static void close_db(struct store *st)
{
	sqlite3_stmt **all[] = { &st->begin, &st->commit, &st->rollback, &st->put[0], &st->put[1],
	    &st->put[2], &st->put[3], &st->put[4], &st->put[5], &st->delete_job, &st->delete_all };

	for (size_t i = 0; i < COUNT(all); i++) {
		sqlite3_finalize(*all[i]);
		*all[i] = NULL;
	}
	sqlite3_close(st->db);
	st->db = NULL;
}

struct store *store_open(const char *dir, struct errinfo *ei)
{
	struct store *st = calloc(1, sizeof(*st));
	enum err err;

	if (!st) {
		err_plain(ei, ERR_NO_MEMORY);
		return NULL;
	}
	snprintf(st->path, sizeof(st->path), "%s/jobs.db", dir);
	err = store_dir_lock(&st->dir, dir, ei);
	if (!err) {
		st->seal = seal_open(dir, ei);
		err = st->seal ? open_db(st, ei) : ei->err;
	}
	if (err) {
		store_close(st);
		return NULL;
	}
	return st;
}

void store_close(struct store *st)
{
	if (!st)
		return;
	close_db(st);
	seal_free(st->seal);
	store_dir_unlock(&st->dir);
	free(st);
}

bool store_is_lost(const struct store *st)
{
	return !st->db || store_dir_look(&st->dir) == STORE_REMOVED;
}

enum err store_renew(struct store *st, struct errinfo *ei)
{
	enum err err;

	close_db(st);
	err = open_db(st, ei);
	if (err)
		close_db(st);
	return err;
}

static void give_up(struct store *st, const char *why)
{
	st->failed = true;
	snprintf(st->why, sizeof(st->why), "%s", why);
}

static void step(struct store *st, sqlite3_stmt *q)
{
	if (st->failed)
		return;
	if (sqlite3_step(q) != SQLITE_DONE)
		give_up(st, sqlite3_errmsg(st->db));
	sqlite3_reset(q);
	sqlite3_clear_bindings(q);
}

void store_begin(struct store *st)
{
	enum store_seen seen = store_dir_look(&st->dir);

	st->failed = false;
	if (!st->db || seen == STORE_REMOVED)
		give_up(st, "its files were removed");
	else if (seen == STORE_REPLACED)
		give_up(st, "another file was put in its place; stop the agent before doing that");
	step(st, st->begin);
}

/* What a sealed text is bound to: where it stands. Moved to another column it does not open. */
static const char *place_of(const struct rec_table *t, const struct rec_col *col, char out[80])
{
	snprintf(out, 80, "%s.%s", t->name, col->name);
	return out;
}

static void bind_secret(struct store *st, sqlite3_stmt *q, int at, const char *text, const char *place)
{
	size_t len = strlen(text);
	AUTO_FREE unsigned char *sealed = malloc(len + SEAL_MORE);

	if (len && (!sealed || !seal_shut(st->seal, text, len, place, sealed)))
		give_up(st, "a secret could not be sealed");
	else
		sqlite3_bind_blob(q, at, len ? sealed : (const void *)"", len ? (int)(len + SEAL_MORE) : 0,
		    SQLITE_TRANSIENT);
}

static void bind(struct store *st, sqlite3_stmt *q, int at, const struct rec_table *t,
    const struct rec_col *col,
    const char *v)
{
	char place[80];

	switch (col->kind) {
	case REC_U64: sqlite3_bind_int64(q, at, *(const sqlite3_int64 *)v); break;
	case REC_U32: sqlite3_bind_int64(q, at, *(const uint32_t *)v); break;
	case REC_U8: sqlite3_bind_int(q, at, *(const uint8_t *)v); break;
	case REC_BOOL: sqlite3_bind_int(q, at, *(const bool *)v); break;
	case REC_TEXT: sqlite3_bind_text(q, at, *(char *const *)v, -1, SQLITE_STATIC); break;
	case REC_SECRET: bind_secret(st, q, at, *(char *const *)v, place_of(t, col, place)); break;
	case REC_GUID: sqlite3_bind_blob(q, at, v, sizeof(struct guid), SQLITE_STATIC); break;
	}
}

void store_put(struct store *st, const struct rec_table *t, const void *rec)
{
	size_t i = 0;

	if (st->failed)
		return;
	while (tables[i] != t)
		i++;
	for (size_t c = 0; c < t->ncols; c++)
		bind(st, st->put[i], (int)c + 1, t, &t->cols[c], (const char *)rec + t->cols[c].at);
	step(st, st->put[i]);
}

void store_delete_job(struct store *st, uint64_t seq)
{
	sqlite3_bind_int64(st->delete_job, 1, (sqlite3_int64)seq);
	step(st, st->delete_job);
}

void store_delete_all(struct store *st)
{
	step(st, st->delete_all);
}

enum err store_commit(struct store *st, struct errinfo *ei)
{
	step(st, st->commit);
	if (!st->failed)
		return ERR_OK;
	st->failed = false;
	if (st->db && !sqlite3_get_autocommit(st->db))
		step(st, st->rollback);
	return err_set(ei, ERR_STORE, "The job store %.150s could not be written (%s); nothing was changed.",
	    st->path, st->why);
}

static const char *read_secret(struct store *st, sqlite3_stmt *q, int at, const char *place)
{
	const unsigned char *sealed = sqlite3_column_blob(q, at);
	size_t len = (size_t)sqlite3_column_bytes(q, at);
	AUTO_FREE char *text = malloc(len + 1);

	if (!len)
		return str_empty;
	if (text && !seal_unshut(st->seal, sealed, len, place, text)) {
		st->sealed = true;
		return str_empty;
	}
	return text ? str_new(text) : NULL;
}

static bool read_text(const char **ret, const char *text)
{
	*ret = text ? text : str_empty;
	return text != NULL;
}

/* false: not what this column may hold. */
static bool read_col(struct store *st, sqlite3_stmt *q, int at, const struct rec_table *t,
    const struct rec_col *col, char *v)
{
	bool number = col->kind != REC_TEXT && col->kind != REC_SECRET && col->kind != REC_GUID;
	sqlite3_int64 num = number ? sqlite3_column_int64(q, at) : 0;
	const char *text;
	char place[80];

	switch (col->kind) {
	case REC_U64: *(uint64_t *)v = (uint64_t)num; return true;
	case REC_U32: *(uint32_t *)v = (uint32_t)num; return num >= 0 && num <= UINT32_MAX;
	case REC_U8: *(uint8_t *)v = (uint8_t)num; return num >= 0 && num <= UINT8_MAX;
	case REC_BOOL: *(bool *)v = num != 0; return true;
	case REC_TEXT:
		text = (const char *)sqlite3_column_text(q, at);	/* of a number it would be made first */
		return read_text((const char **)v, str_new(text ? text : ""));
	case REC_SECRET: return read_text((const char **)v, read_secret(st, q, at, place_of(t, col, place)));
	case REC_GUID:
		if (sqlite3_column_bytes(q, at) == sizeof(struct guid))
			memcpy(v, sqlite3_column_blob(q, at), sizeof(struct guid));
		return sqlite3_column_bytes(q, at) == sizeof(struct guid);
	}
	return false;
}

static bool read_row(struct store *st, sqlite3_stmt *q, const struct rec_table *t,
    bool (*on_row)(void *arg, const struct rec_table *table, void *rec), void *arg)
{
	union { struct job_rec job; struct job_opt opt; struct file_rec file; struct try_rec one;
	    struct policy_rec policy; struct event_rec event; } rec;
	bool ok = true;

	rec_init(t, &rec);
	st->sealed = false;
	for (size_t c = 0; c < t->ncols && ok; c++)
		ok = read_col(st, q, (int)c, t, &t->cols[c], (char *)&rec + t->cols[c].at);
	if (t == &rec_opt)
		rec.opt.unreadable = st->sealed;
	ok = ok && on_row(arg, t, &rec);
	if (!ok)
		rec_done(t, &rec);
	return ok;
}

/* more: what is to follow the table in the question, with at most two numbers. */
static enum err load_table(struct store *st, const struct rec_table *t, const char *more, const uint64_t num[2],
    bool (*on_row)(void *arg, const struct rec_table *table, void *rec), void *arg, struct errinfo *ei)
{
	sqlite3_stmt *q = NULL;
	struct buf sql;
	int rc;

	buf_init(&sql, 65536);
	buf_addf(&sql, "SELECT ");
	for (size_t c = 0; c < t->ncols; c++)
		buf_addf(&sql, "%s%s", c ? "," : "", t->cols[c].name);
	buf_addf(&sql, " FROM %s %s", t->name, more);
	rc = buf_bad(&sql) ? SQLITE_NOMEM : sqlite3_prepare_v2(st->db, buf_text(&sql), -1, &q, NULL);
	buf_done(&sql);
	if (rc != SQLITE_OK)
		return fail(st, ei, "reading it");
	for (int i = 1; i <= sqlite3_bind_parameter_count(q); i++)
		sqlite3_bind_int64(q, i, (sqlite3_int64)num[i - 1]);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW)
		if (!read_row(st, q, t, on_row, arg)) {
			sqlite3_finalize(q);
			return err_set(ei, ERR_DAMAGED, "%.200s: a row of it makes no sense; %s", st->path,
			    remedy(SQLITE_CORRUPT));
		}
	sqlite3_finalize(q);
	return rc == SQLITE_DONE ? ERR_OK : fail(st, ei, "reading it");
}

enum err store_load(struct store *st, bool (*on_row)(void *arg, const struct rec_table *table, void *rec),
    void *arg, struct errinfo *ei)
{
	enum err err = ERR_OK;
	char order[60];

	for (size_t i = 0; i < TABLES && !err; i++) {
		snprintf(order, sizeof(order), "ORDER BY %s", tables[i]->key);
		if (tables[i] != &rec_event)
			err = load_table(st, tables[i], order, NULL, on_row, arg, ei);
	}
	return err;
}

enum err store_read_events(struct store *st, uint64_t after, uint64_t most,
    bool (*on_row)(void *arg, const struct rec_table *table, void *rec), void *arg, struct errinfo *ei)
{
	const uint64_t num[2] = { after, most };

	if (!st->db)
		return err_plain(ei, ERR_STORE);
	return load_table(st, &rec_event, "WHERE number>? ORDER BY number LIMIT ?", num, on_row, arg, ei);
}

uint64_t store_event_at(struct store *st, bool newest, uint64_t n)
{
	char sql[100];
	int64_t number;

	snprintf(sql, sizeof(sql), "SELECT number FROM event ORDER BY number%s LIMIT 1 OFFSET %llu",
	    newest ? " DESC" : "", (unsigned long long)n);
	number = st->db ? ask_number(st, sql) : -1;
	return number < 0 ? 0 : (uint64_t)number;
}

uint64_t store_events(struct store *st)
{
	int64_t n = ask_number(st, "SELECT count(*) FROM event");

	return n < 0 ? 0 : (uint64_t)n;
}

void store_drop_events(struct store *st, uint64_t upto)
{
	char sql[100];

	snprintf(sql, sizeof(sql), "DELETE FROM event WHERE number<=%llu", (unsigned long long)upto);
	if (!st->failed && sqlite3_exec(st->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		give_up(st, sqlite3_errmsg(st->db));
}

enum err store_set_aside(const char *dir, int64_t unix_s, char *ret, size_t room, struct errinfo *ei)
{
	return store_dir_set_aside(dir, unix_s, ret, room, ei);
}
