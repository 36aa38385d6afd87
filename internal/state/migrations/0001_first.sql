-- What a listing shows. The plan is kept apart so that a listing of a thousand
-- stacks reads a few hundred pages and decodes no JSON.
CREATE TABLE stacks (
	id          TEXT PRIMARY KEY,
	name        TEXT UNIQUE,              -- NULL: none
	application TEXT NOT NULL,
	status      TEXT NOT NULL,
	intent      TEXT NOT NULL,
	started     INTEGER NOT NULL,         -- 1: a first start has completed
	job         TEXT NOT NULL,            -- the latest; no reference, jobs come and go on their own
	created     INTEGER NOT NULL,         -- nanoseconds since 1970; so are all times here
	changed     INTEGER NOT NULL,
	problems    TEXT NOT NULL             -- JSON list; '' when there is none
) STRICT;
CREATE INDEX stacks_created ON stacks (created, id);

CREATE TABLE plans (
	stack   TEXT PRIMARY KEY REFERENCES stacks (id) ON DELETE CASCADE,
	plan    TEXT NOT NULL,                -- JSON
	secrets TEXT NOT NULL                 -- JSON
) STRICT;

CREATE TABLE jobs (
	id     TEXT PRIMARY KEY,
	kind   TEXT NOT NULL,
	stack  TEXT NOT NULL,                 -- '' for a build
	state  TEXT NOT NULL,
	start  INTEGER NOT NULL,
	ended  INTEGER NOT NULL,              -- 0 while it runs
	error  TEXT NOT NULL,                 -- JSON; '' when there is none
	retain INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX jobs_one_per_stack ON jobs (stack) WHERE state = 'running' AND stack <> '';
CREATE INDEX jobs_start ON jobs (start);

CREATE TABLE ops (
	job   TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
	op    TEXT NOT NULL,
	begun INTEGER NOT NULL,
	ended INTEGER NOT NULL,               -- 0: the outcome is not known
	error TEXT NOT NULL,
	PRIMARY KEY (job, op)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
	seq  INTEGER PRIMARY KEY,
	job  TEXT NOT NULL,
	body TEXT NOT NULL                    -- JSON
) STRICT;
CREATE INDEX events_job ON events (job, seq);
