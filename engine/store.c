/* SPDX-License-Identifier: MIT
 * engine/store.c: the only door to SQLite; see store.h. Columns come from schemas/store.def.
 */
#include "engine/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "engine/base/auto.h"
#include "engine/store_dir.h"

static const struct { const char *name, *sql; } migrations[] = {
#include "migrations.h"
};

struct store {
	sqlite3 *db;
	sqlite3_stmt *begin, *commit, *rollback, *put_job, *put_file, *delete_job, *delete_all;
	struct store_dir dir;
	char path[4200];		/* of jobs.db */
	bool failed;			/* something since begin went wrong */
	char why[200];
};

#define COMMA_NAME(kind, name) "," #name
#define COMMA_MARK(kind, name) ",?"
#define JOB_COL COMMA_NAME
static const char job_names[] =
#include "schemas/store.def"
;
#undef JOB_COL
#define JOB_COL COMMA_MARK
static const char job_marks[] =
#include "schemas/store.def"
;
#undef JOB_COL
#define FILE_COL COMMA_NAME
static const char file_names[] =
#include "schemas/store.def"
;
#undef FILE_COL
#define FILE_COL COMMA_MARK
static const char file_marks[] =
#include "schemas/store.def"
;
#undef FILE_COL

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

static enum err fail(struct store *st, struct errinfo *ei, const char *doing)
{
	int rc = st->db ? sqlite3_extended_errcode(st->db) : SQLITE_NOMEM;

	return err_set(ei, ERR_STORE, "%.200s: %s failed: %.100s; %s", st->path, doing,
	    st->db ? sqlite3_errmsg(st->db) : "out of memory", remedy(rc));
}

static enum err run_sql(struct store *st, const char *sql, const char *doing, struct errinfo *ei)
{
	return sqlite3_exec(st->db, sql, NULL, NULL, NULL) == SQLITE_OK ? ERR_OK : fail(st, ei, doing);
}

/* The first number of the first row; -1: none. */
static int ask_number(struct store *st, const char *sql)
{
	sqlite3_stmt *q = NULL;
	int v = -1;

	if (sqlite3_prepare_v2(st->db, sql, -1, &q, NULL) == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW)
		v = sqlite3_column_int(q, 0);
	sqlite3_finalize(q);
	return v;
}

static enum err migrate(struct store *st, struct errinfo *ei)
{
	int have = ask_number(st, "PRAGMA user_version");

	if (have < 0)
		return fail(st, ei, "reading its version");
	if ((size_t)have > COUNT(migrations))
		return err_set(ei, ERR_STORE, "%.200s: the store was written by a newer dray (version %d, "
		    "this one knows %zu); install that version again", st->path, have, COUNT(migrations));
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

/* Replace by the primary key; never INSERT OR REPLACE, which would delete a job's files with it. */
static enum err prepare_all(struct store *st, struct errinfo *ei)
{
	static const struct { const char *table, *names, *marks, *key; } put[] = {
		{ "job", job_names, job_marks, "seq" }, { "file", file_names, file_marks, "job,number" },
	};
	sqlite3_stmt **to[] = { &st->put_job, &st->put_file };
	enum err err = ERR_OK;

	for (size_t i = 0; i < COUNT(put) && !err; i++) {
		char sql[4096], set[2048] = "", names[1024], *save, *name;

		snprintf(names, sizeof(names), "%s", put[i].names + 1);
		for (name = strtok_r(names, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
			size_t at = strlen(set);
			snprintf(set + at, sizeof(set) - at, "%s%s=excluded.%s", at ? "," : "", name, name);
		}
		snprintf(sql, sizeof(sql), "INSERT INTO %s(%s) VALUES(%s) ON CONFLICT(%s) DO UPDATE SET %s",
		    put[i].table, put[i].names + 1, put[i].marks + 1, put[i].key, set);
		err = prepare(st, to[i], sql, ei);
	}
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
	    "PRAGMA wal_autocheckpoint=1000;PRAGMA trusted_schema=OFF;", "opening it", ei);
	if (!err)
		err = migrate(st, ei);
	if (!err)
		err = prepare_all(st, ei);
	store_dir_note(&st->dir);
	return err;
}

static void close_db(struct store *st)
{
	sqlite3_stmt **all[] = { &st->begin, &st->commit, &st->rollback, &st->put_job, &st->put_file,
	    &st->delete_job, &st->delete_all };

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
	if (!err)
		err = open_db(st, ei);
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

#define BIND_U64(name) sqlite3_bind_int64(q, ++at, (sqlite3_int64)rec->name);
#define BIND_TEXT(name) sqlite3_bind_text(q, ++at, rec->name, -1, SQLITE_STATIC);
#define BIND_GUID(name) sqlite3_bind_blob(q, ++at, &rec->name, sizeof(rec->name), SQLITE_STATIC);

void store_put_job(struct store *st, const struct job_rec *rec)
{
	sqlite3_stmt *q = st->put_job;
	int at = 0;

#define JOB_COL(kind, name) BIND_##kind(name)
#include "schemas/store.def"
#undef JOB_COL
	step(st, q);
}

void store_put_file(struct store *st, const struct file_rec *rec)
{
	sqlite3_stmt *q = st->put_file;
	int at = 0;

#define FILE_COL(kind, name) BIND_##kind(name)
#include "schemas/store.def"
#undef FILE_COL
	step(st, q);
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

static char *text_of(sqlite3_stmt *q, int at, bool *ok)
{
	const char *text = (const char *)sqlite3_column_text(q, at);
	char *copy = strdup(text ? text : "");

	*ok &= copy != NULL;
	return copy;
}

#define READ_U64(name) rec.name = (uint64_t)sqlite3_column_int64(q, at++);
#define READ_TEXT(name) rec.name = text_of(q, at++, &ok);
#define READ_GUID(name) { const void *b = sqlite3_column_blob(q, at); \
	if (b && sqlite3_column_bytes(q, at) == sizeof(rec.name)) \
		memcpy(&rec.name, b, sizeof(rec.name)); \
	else \
		ok = false; \
	at++; }

static bool read_job(sqlite3_stmt *q, bool (*on_job)(void *arg, struct job_rec *rec), void *arg)
{
	struct job_rec rec;
	bool ok = true;
	int at = 0;

#define JOB_COL(kind, name) READ_##kind(name)
#include "schemas/store.def"
#undef JOB_COL
	return on_job(arg, &rec) && ok;
}

static bool read_file(sqlite3_stmt *q, bool (*on_file)(void *arg, struct file_rec *rec), void *arg)
{
	struct file_rec rec;
	bool ok = true;
	int at = 0;

#define FILE_COL(kind, name) READ_##kind(name)
#include "schemas/store.def"
#undef FILE_COL
	return on_file(arg, &rec) && ok;
}

enum err store_load(struct store *st, bool (*on_job)(void *arg, struct job_rec *rec),
    bool (*on_file)(void *arg, struct file_rec *rec), void *arg, struct errinfo *ei)
{
	for (int pass = 0; pass < 2; pass++) {
		sqlite3_stmt *q = NULL;
		char sql[1200];
		int rc;

		snprintf(sql, sizeof(sql), "SELECT %s FROM %s ORDER BY %s", (pass ? file_names : job_names) + 1,
		    pass ? "file" : "job", pass ? "job,number" : "seq");
		if (sqlite3_prepare_v2(st->db, sql, -1, &q, NULL) != SQLITE_OK)
			return fail(st, ei, "reading it");
		while ((rc = sqlite3_step(q)) == SQLITE_ROW)
			if (!(pass ? read_file(q, on_file, arg) : read_job(q, on_job, arg))) {
				sqlite3_finalize(q);
				return err_set(ei, ERR_STORE, "%.200s: a row of it makes no sense; %s",
				    st->path, remedy(SQLITE_CORRUPT));
			}
		sqlite3_finalize(q);
		if (rc != SQLITE_DONE)
			return fail(st, ei, "reading it");
	}
	return ERR_OK;
}
