-- SPDX-License-Identifier: MIT
-- Files of which an application asks for pieces, and what it said of finished ones.
ALTER TABLE file ADD COLUMN filled TEXT NOT NULL DEFAULT '';
ALTER TABLE file ADD COLUMN validated INTEGER NOT NULL DEFAULT 0;
