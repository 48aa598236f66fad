-- SPDX-License-Identifier: MIT
-- Settings most jobs leave alone have a table of their own: no row, no space, no reading at the start.
ALTER TABLE job ADD COLUMN busy_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN resumed INTEGER NOT NULL DEFAULT 1;
ALTER TABLE job ADD COLUMN notify_due INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN notify_tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE file ADD COLUMN ranges TEXT NOT NULL DEFAULT '';
ALTER TABLE file ADD COLUMN headers TEXT NOT NULL DEFAULT '';
ALTER TABLE file ADD COLUMN rejected INTEGER NOT NULL DEFAULT 0;

CREATE TABLE option (
	job INTEGER PRIMARY KEY REFERENCES job(seq) ON DELETE CASCADE,
	maximum_download_time_s INTEGER NOT NULL, notify_flags INTEGER NOT NULL,
	notify_interval_ms INTEGER NOT NULL, notify_program TEXT NOT NULL, notify_parameters TEXT NOT NULL,
	proxy_usage INTEGER NOT NULL, proxy_list TEXT NOT NULL, proxy_bypass TEXT NOT NULL,
	credentials BLOB NOT NULL, stored_credentials INTEGER NOT NULL,
	headers BLOB NOT NULL, headers_write_only INTEGER NOT NULL,
	security_flags INTEGER NOT NULL, http_method TEXT NOT NULL, cost_flags INTEGER NOT NULL,
	dynamic_content INTEGER NOT NULL, high_performance INTEGER NOT NULL, on_demand INTEGER NOT NULL,
	max_download_size INTEGER NOT NULL, file_acl_flags INTEGER NOT NULL, peer_flags INTEGER NOT NULL,
	cert_location INTEGER NOT NULL, cert_store TEXT NOT NULL, cert_hash TEXT NOT NULL,
	cert_subject TEXT NOT NULL, rate_limit INTEGER NOT NULL
) STRICT;
