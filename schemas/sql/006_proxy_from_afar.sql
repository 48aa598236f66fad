-- SPDX-License-Identifier: MIT
-- Who named the proxies decides whether files of the job may be fetched from this host.
ALTER TABLE option ADD COLUMN proxy_from_afar INTEGER NOT NULL DEFAULT 0;
