-- SPDX-License-Identifier: MIT
-- Policies somebody set (DRAY_Policy); what the configuration says is not kept here.
CREATE TABLE policy (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
