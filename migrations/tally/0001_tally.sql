-- How far the present round of holding records against leaves has come, and what
-- it found: one row, so that a restart goes on where the last run stood.
CREATE TABLE ledger_tally (
	id bigint PRIMARY KEY,
	at bigint NOT NULL,
	state bytea NOT NULL
);
-- Each round asks which openings were erased in order.
CREATE INDEX ledger_entry_erasure ON ledger_entry (seq) WHERE kind = 7;
