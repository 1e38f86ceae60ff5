-- How long the openings of entries are kept: by data set ('*' for any) and kind
-- of record. A row of the law, with its citation.
CREATE TABLE retention_rule (
	dataset text NOT NULL,
	kind text NOT NULL,
	years bigint NOT NULL,
	citation text NOT NULL,
	source text NOT NULL,
	verified bigint NOT NULL,
	PRIMARY KEY (dataset, kind)
);

-- A legal hold: what it covers is not destroyed while it stands.
CREATE TABLE retention_hold (
	id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	officer text NOT NULL,
	about text NOT NULL,
	target text NOT NULL,
	person bytea,
	reason text NOT NULL,
	reference text NOT NULL,
	put_at bigint NOT NULL,
	lifted_at bigint NOT NULL
);

-- How far the entries of a kind have been looked at for rules of so many years.
CREATE TABLE retention_pass (
	kind text NOT NULL,
	years bigint NOT NULL,
	seq bigint NOT NULL,
	PRIMARY KEY (kind, years)
);

-- A certificate of destruction; the leaf is that of the erasure.
CREATE TABLE retention_certificate (
	id text NOT NULL PRIMARY KEY,
	trace text NOT NULL,
	kind text NOT NULL,
	years bigint NOT NULL,
	citation text NOT NULL,
	count bigint NOT NULL,
	oldest bigint NOT NULL,
	newest bigint NOT NULL,
	made_at bigint NOT NULL
);
