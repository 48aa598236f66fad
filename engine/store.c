/* SPDX-License-Identifier: MIT
 * engine/store.c: the only door to SQLite; see store.h. Columns come from schemas/store.def.
 */
#include "engine/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "engine/base/auto.h"

static const struct { const char *name, *sql; } migrations[] = {
#include "migrations.h"
};

struct store {
	sqlite3 *db;
	sqlite3_stmt *begin, *commit, *rollback, *put_job, *put_file, *delete_job;
	int lock_fd;
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

static enum err fail(struct store *st, struct errinfo *ei, const char *doing)
{
	return err_set(ei, ERR_STORE, "%s failed: %s", doing, st->db ? sqlite3_errmsg(st->db) : "out of memory");
}

static enum err run_sql(struct store *st, const char *sql, const char *doing, struct errinfo *ei)
{
	return sqlite3_exec(st->db, sql, NULL, NULL, NULL) == SQLITE_OK ? ERR_OK : fail(st, ei, doing);
}

static enum err lock_dir(struct store *st, const char *dir, struct errinfo *ei)
{
	char path[4200];

	snprintf(path, sizeof(path), "%s/lock", dir);
	st->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (st->lock_fd < 0)
		return err_set(ei, ERR_STORE, "cannot open %s: %s", path, strerror(errno));
	if (flock(st->lock_fd, LOCK_EX | LOCK_NB) < 0)
		return err_set(ei, ERR_STORE, "the state directory %s belongs to a running agent; stop that one "
		    "or give this one a StateDirectory of its own", dir);
	return ERR_OK;
}

static int user_version(struct store *st)
{
	sqlite3_stmt *q = NULL;
	int v = -1;

	if (sqlite3_prepare_v2(st->db, "PRAGMA user_version", -1, &q, NULL) == SQLITE_OK &&
	    sqlite3_step(q) == SQLITE_ROW)
		v = sqlite3_column_int(q, 0);
	sqlite3_finalize(q);
	return v;
}

static enum err migrate(struct store *st, struct errinfo *ei)
{
	int have = user_version(st);

	if (have < 0)
		return fail(st, ei, "reading the store's version");
	if ((size_t)have > COUNT(migrations))
		return err_set(ei, ERR_STORE, "the store was written by a newer dray (version %d, this one knows %zu); "
		    "install that version again", have, COUNT(migrations));
	for (size_t i = (size_t)have; i < COUNT(migrations); i++) {
		AUTO_FREE char *sql = NULL;
		enum err err;

		if (asprintf(&sql, "BEGIN IMMEDIATE;%s;PRAGMA user_version=%zu;COMMIT;", migrations[i].sql, i + 1) < 0)
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
	    ERR_OK : fail(st, ei, "preparing the store");
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
		err = prepare(st, &st->begin, "BEGIN IMMEDIATE", ei);
	if (!err)
		err = prepare(st, &st->commit, "COMMIT", ei);
	return err ? err : prepare(st, &st->rollback, "ROLLBACK", ei);
}

struct store *store_open(const char *dir, struct errinfo *ei)
{
	struct store *st = calloc(1, sizeof(*st));
	char path[4200];
	enum err err;

	if (!st) {
		err_plain(ei, ERR_NO_MEMORY);
		return NULL;
	}
	err = lock_dir(st, dir, ei);
	snprintf(path, sizeof(path), "%s/jobs.db", dir);
	if (!err && sqlite3_open_v2(path, &st->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
	    SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		err = err_set(ei, ERR_STORE, "cannot open %s: %s", path, sqlite3_errmsg(st->db));
	if (!err)
		err = run_sql(st, "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;"
		    "PRAGMA wal_autocheckpoint=1000;PRAGMA trusted_schema=OFF;", path, ei);
	if (!err)
		err = migrate(st, ei);
	if (!err)
		err = prepare_all(st, ei);
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
	sqlite3_finalize(st->begin);
	sqlite3_finalize(st->commit);
	sqlite3_finalize(st->rollback);
	sqlite3_finalize(st->put_job);
	sqlite3_finalize(st->put_file);
	sqlite3_finalize(st->delete_job);
	sqlite3_close(st->db);
	if (st->lock_fd >= 0)
		close(st->lock_fd);
	free(st);
}

static void step(struct store *st, sqlite3_stmt *q)
{
	if (st->failed)
		return;
	if (sqlite3_step(q) != SQLITE_DONE) {
		st->failed = true;
		snprintf(st->why, sizeof(st->why), "%s", sqlite3_errmsg(st->db));
	}
	sqlite3_reset(q);
	sqlite3_clear_bindings(q);
}

void store_begin(struct store *st)
{
	st->failed = false;
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

enum err store_commit(struct store *st, struct errinfo *ei)
{
	step(st, st->commit);
	if (!st->failed)
		return ERR_OK;
	st->failed = false;
	if (!sqlite3_get_autocommit(st->db))
		step(st, st->rollback);
	return err_set(ei, ERR_STORE, "The job store could not be written (%s); nothing was changed.", st->why);
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
	if (b && sqlite3_column_bytes(q, at) == sizeof(rec.name)) memcpy(&rec.name, b, sizeof(rec.name)); else ok = false; at++; }

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
			return fail(st, ei, "reading the store");
		while ((rc = sqlite3_step(q)) == SQLITE_ROW)
			if (!(pass ? read_file(q, on_file, arg) : read_job(q, on_job, arg))) {
				sqlite3_finalize(q);
				return err_set(ei, ERR_STORE, "the job store is damaged, or memory is short");
			}
		sqlite3_finalize(q);
		if (rc != SQLITE_DONE)
			return fail(st, ei, "reading the store");
	}
	return ERR_OK;
}
