CREATE TABLE kept_answer (
	id bytea NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	verb text NOT NULL,
	body bytea NOT NULL,
	mac_key text NOT NULL,
	status bigint NOT NULL,
	answer bytea NOT NULL,
	at bigint NOT NULL,
	expires_at bigint NOT NULL
);
CREATE INDEX kept_answer_by_end ON kept_answer (expires_at);
