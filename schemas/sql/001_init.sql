-- SPDX-License-Identifier: MIT
-- SPDX-License-Identifier: MIT
-- The first shape of the store. Columns: schemas/store.def. Numbers of 64 bits are kept as the
-- signed integer of the same bits.
CREATE TABLE job (
	seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, uid INTEGER NOT NULL, owner TEXT NOT NULL,
	display_name TEXT NOT NULL, description TEXT NOT NULL, type INTEGER NOT NULL,
	state INTEGER NOT NULL, priority INTEGER NOT NULL,
	minimum_retry_delay_s INTEGER NOT NULL, no_progress_timeout_s INTEGER NOT NULL,
	created_ft INTEGER NOT NULL, modified_ft INTEGER NOT NULL, transferred_ft INTEGER NOT NULL,
	transient_errors INTEGER NOT NULL, error_code INTEGER NOT NULL, error_context INTEGER NOT NULL,
	error_file INTEGER NOT NULL, error_text TEXT NOT NULL, note TEXT NOT NULL,
	stalled_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE file (
	job INTEGER NOT NULL REFERENCES job(seq) ON DELETE CASCADE, number INTEGER NOT NULL,
	url TEXT NOT NULL, path TEXT NOT NULL, root TEXT NOT NULL, loopback INTEGER NOT NULL,
	temp TEXT NOT NULL, size INTEGER NOT NULL, durable INTEGER NOT NULL,
	etag TEXT NOT NULL, modified TEXT NOT NULL, dev INTEGER NOT NULL, ino INTEGER NOT NULL,
	restarts INTEGER NOT NULL, single INTEGER NOT NULL,
	transferred INTEGER NOT NULL, completed INTEGER NOT NULL,
	PRIMARY KEY (job, number)
) STRICT, WITHOUT ROWID;
