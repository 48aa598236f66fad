-- SPDX-License-Identifier: MIT
-- What became of jobs: a row in the transaction of the change. A job that is gone leaves its rows behind.
CREATE TABLE event (
	number INTEGER PRIMARY KEY, job BLOB NOT NULL, owner TEXT NOT NULL, display_name TEXT NOT NULL,
	uid INTEGER NOT NULL, what INTEGER NOT NULL, file INTEGER NOT NULL,
	done_from INTEGER NOT NULL, done INTEGER NOT NULL,
	kind INTEGER NOT NULL, state INTEGER NOT NULL, was INTEGER NOT NULL
) STRICT;
