-- A connected database or a loaded register. The password is sealed.
CREATE TABLE access_source (
	id text PRIMARY KEY,
	owner_member text NOT NULL,
	kind text NOT NULL,
	address text NOT NULL,
	password bytea,
	state text NOT NULL,
	made_at bigint NOT NULL,
	checked_at bigint NOT NULL,
	report text NOT NULL
);
CREATE INDEX access_source_owner ON access_source (owner_member, id);

-- How an item is found in its source and how it is compared.
CREATE TABLE access_binding (
	item text PRIMARY KEY,
	owner_member text NOT NULL,
	source text NOT NULL REFERENCES access_source (id),
	body text NOT NULL,
	made_at bigint NOT NULL
);
CREATE INDEX access_binding_source ON access_binding (source, item);

CREATE TABLE access_grant (
	id text PRIMARY KEY,
	owner_member text NOT NULL,
	to_member text NOT NULL,
	request text NOT NULL,
	state text NOT NULL,
	body text NOT NULL,
	changed_at bigint NOT NULL
);
CREATE INDEX access_grant_owner ON access_grant (owner_member, id);
CREATE INDEX access_grant_to ON access_grant (to_member, id);

-- The guess guard: which values a member has submitted for an item of a person.
CREATE TABLE access_guess (
	member text NOT NULL,
	person bytea NOT NULL,
	item text NOT NULL,
	value bytea NOT NULL,
	at bigint NOT NULL,
	PRIMARY KEY (member, person, item, value)
); -- clustered
CREATE INDEX access_guess_at ON access_guess (at);

CREATE TABLE access_quota (
	grant_id text NOT NULL,
	period text NOT NULL,
	used bigint NOT NULL,
	PRIMARY KEY (grant_id, period)
); -- clustered

-- A batch on its way; rows wait in the blob store, sealed.
CREATE TABLE access_batch (
	id text PRIMARY KEY,
	owner_member text NOT NULL,
	grant_id text NOT NULL,
	trace text NOT NULL,
	state text NOT NULL,
	body text NOT NULL,
	total_rows bigint NOT NULL,
	done_rows bigint NOT NULL,
	seq bigint,
	error text NOT NULL,
	made_at bigint NOT NULL,
	changed_at bigint NOT NULL
);
CREATE INDEX access_batch_owner ON access_batch (owner_member, id);

-- A subject number in a loaded register that is wrong: kept, marked, listed.
CREATE TABLE access_bad_subject (
	source text NOT NULL,
	line bigint NOT NULL,
	owner_member text NOT NULL,
	cause text NOT NULL,
	PRIMARY KEY (source, line)
);
