CREATE TABLE catalog_batch (
	id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	act text NOT NULL,
	state text NOT NULL,
	officer text NOT NULL,
	machine text NOT NULL,
	said text NOT NULL,
	trace text NOT NULL,
	secret bytea NOT NULL,
	count bigint NOT NULL,
	done bigint NOT NULL,
	at bigint NOT NULL
);
CREATE INDEX catalog_batch_open ON catalog_batch (state, id) WHERE state <> 'done';

CREATE TABLE catalog_batch_rows (
	batch_id text NOT NULL,
	chunk bigint NOT NULL,
	first_dataset text NOT NULL,
	root bytea NOT NULL,
	rows text NOT NULL,
	PRIMARY KEY (batch_id, chunk)
);
