CREATE TABLE snapshots (
	id       TEXT PRIMARY KEY,
	name     TEXT UNIQUE,                 -- NULL: none
	created  INTEGER NOT NULL,
	snapshot TEXT NOT NULL,               -- JSON
	plan     TEXT NOT NULL,               -- JSON
	formed   TEXT NOT NULL,               -- JSON list
	secrets  TEXT NOT NULL                -- JSON
) STRICT;
CREATE INDEX snapshots_created ON snapshots (created, id);

-- The snapshot that a stack is to begin with, '' once it has, or for none.
ALTER TABLE stacks ADD COLUMN source TEXT NOT NULL DEFAULT '';
