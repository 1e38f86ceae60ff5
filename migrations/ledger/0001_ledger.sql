-- One row a leaf. secret holds every opening; erasing it leaves the leaf
-- provable and its content gone. state follows one access; acts are 'recorded'.
CREATE TABLE ledger_entry (
	seq bigint PRIMARY KEY,
	trace text NOT NULL,
	kind bigint NOT NULL,
	state text NOT NULL,
	at bigint NOT NULL,
	owner_member text NOT NULL,
	provider text NOT NULL,
	grant_id text NOT NULL,
	leaf bytea NOT NULL,
	origin text NOT NULL,
	leaf_index bigint,
	secret bytea,
	row_roots bytea,
	outcome_seq bigint,
	outcome_row bigint,
	outcome_secret bytea
);
CREATE UNIQUE INDEX ledger_entry_trace ON ledger_entry (trace);
CREATE INDEX ledger_entry_owner ON ledger_entry (owner_member, seq);
CREATE INDEX ledger_entry_provider ON ledger_entry (provider, seq);

-- One row for each time a person was touched; n counts from 1 without a gap.
CREATE TABLE ledger_person (
	person bytea NOT NULL,
	n bigint NOT NULL,
	seq bigint NOT NULL,
	row_no bigint NOT NULL,
	root bytea NOT NULL,
	PRIMARY KEY (person, n)
); -- clustered

-- One row a row of a batch: its root stays, its openings can be erased.
CREATE TABLE ledger_row (
	seq bigint NOT NULL,
	row_no bigint NOT NULL,
	person bytea NOT NULL,
	root bytea NOT NULL,
	secret bytea,
	outcome_root bytea,
	outcome_secret bytea,
	PRIMARY KEY (seq, row_no)
); -- clustered

-- How far the log and the records have been held against each other: every
-- leaf from reconciled_index on belongs to an entry after reconciled_seq.
CREATE TABLE ledger_log (
	origin text PRIMARY KEY,
	reconciled_index bigint NOT NULL,
	reconciled_seq bigint NOT NULL,
	begun_at bigint NOT NULL
);

