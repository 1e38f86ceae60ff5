-- What a person does not see for a while: one entry (seq), or the uses of one
-- body (member) begun from a moment on. The order behind it is the deferral's.
CREATE TABLE ledger_deferral (
	order_id text NOT NULL PRIMARY KEY,
	person bytea NOT NULL,
	member text NOT NULL,
	seq bigint NOT NULL,
	from_at bigint NOT NULL,
	until_at bigint NOT NULL
);
CREATE INDEX ledger_deferral_by_person ON ledger_deferral (person, until_at);
