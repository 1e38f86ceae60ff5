-- What a person authorised a body to ask about them, under one grant; owner_member
-- is that body. Rows of withdrawn authorisations are gone.
CREATE TABLE access_consent (
	grant_id text NOT NULL,
	person bytea NOT NULL,
	id text NOT NULL,
	owner_member text NOT NULL,
	items text NOT NULL,
	until_at bigint NOT NULL,
	PRIMARY KEY (grant_id, person)
); -- clustered
