-- How the rows of a batch ended, in a table of its own: rows are then only ever
-- added, one behind the other, and never grow. root stays, secret can be erased.
CREATE TABLE ledger_row_outcome (
	seq bigint NOT NULL,
	row_no bigint NOT NULL,
	root bytea NOT NULL,
	secret bytea,
	PRIMARY KEY (seq, row_no)
); -- clustered
INSERT INTO ledger_row_outcome (seq, row_no, root, secret)
	SELECT seq, row_no, outcome_root, outcome_secret FROM ledger_row WHERE outcome_root IS NOT NULL;
ALTER TABLE ledger_row DROP COLUMN outcome_root;
ALTER TABLE ledger_row DROP COLUMN outcome_secret;
