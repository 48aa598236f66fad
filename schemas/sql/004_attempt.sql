-- SPDX-License-Identifier: MIT
-- The last tries of jobs that failed at least once. Slots are used again, so a job has 16 rows at most.
CREATE TABLE attempt (
	job INTEGER NOT NULL REFERENCES job(seq) ON DELETE CASCADE, slot INTEGER NOT NULL,
	number INTEGER NOT NULL, began_ft INTEGER NOT NULL, ended_ft INTEGER NOT NULL,
	file INTEGER NOT NULL, code INTEGER NOT NULL, context INTEGER NOT NULL, bytes INTEGER NOT NULL,
	text TEXT NOT NULL,
	PRIMARY KEY (job, slot)
) STRICT, WITHOUT ROWID;
