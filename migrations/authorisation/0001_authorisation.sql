-- What a body may ask of persons: registered, reviewed by the authority.
CREATE TABLE authorisation_scope (
	id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	provider text NOT NULL,
	dataset text NOT NULL,
	state text NOT NULL,
	grant_id text NOT NULL,
	created_at bigint NOT NULL,
	changed_at bigint NOT NULL,
	body text NOT NULL
);
CREATE INDEX authorisation_scope_by_owner ON authorisation_scope (owner_member, id);
CREATE INDEX authorisation_scope_by_state ON authorisation_scope (state, id);

-- A person's word to a body, by the audit pseudonym; owner_member is the body.
CREATE TABLE authorisation_word (
	id text NOT NULL PRIMARY KEY,
	scope text NOT NULL,
	owner_member text NOT NULL,
	person bytea NOT NULL,
	items text NOT NULL,
	given_at bigint NOT NULL,
	until_at bigint NOT NULL,
	ended_at bigint NOT NULL
);
CREATE INDEX authorisation_word_by_person ON authorisation_word (person, id);
CREATE INDEX authorisation_word_by_scope ON authorisation_word (scope, ended_at, id);
