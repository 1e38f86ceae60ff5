-- Where a person hears that a notice waits for them, by the audit pseudonym. The
-- address lies sealed, and is gone with its row.
CREATE TABLE channel_person (
	id text NOT NULL PRIMARY KEY,
	person bytea NOT NULL,
	sealed bytea NOT NULL,
	lang text NOT NULL,
	state text NOT NULL,
	code bytea NOT NULL,
	added_at bigint NOT NULL
);
CREATE INDEX channel_person_by_person ON channel_person (person, id);
CREATE INDEX channel_person_by_state ON channel_person (state, added_at);
