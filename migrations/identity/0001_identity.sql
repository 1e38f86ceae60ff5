CREATE TABLE identity_node (
	id bigint NOT NULL PRIMARY KEY,
	name text NOT NULL,
	instance text NOT NULL,
	jurisdiction text NOT NULL,
	owner_member text NOT NULL,
	created_at bigint NOT NULL
);

CREATE TABLE member (
	id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	name_en text NOT NULL,
	name_zh text NOT NULL,
	credit_code text NOT NULL,
	class text NOT NULL,
	kind text NOT NULL,
	region text NOT NULL,
	state text NOT NULL,
	created_at bigint NOT NULL,
	changed_at bigint NOT NULL
);

CREATE TABLE officer (
	id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL REFERENCES member (id),
	login text NOT NULL,
	name text NOT NULL,
	unit text NOT NULL,
	state text NOT NULL,
	password text NOT NULL,
	password_key text NOT NULL,
	issuer text NOT NULL,
	issuer_subject text NOT NULL,
	created_at bigint NOT NULL,
	changed_at bigint NOT NULL
);
CREATE INDEX officer_by_member ON officer (owner_member, id);
CREATE INDEX officer_by_login ON officer (login);

CREATE TABLE officer_role (
	officer text NOT NULL REFERENCES officer (id),
	owner_member text NOT NULL REFERENCES member (id),
	role text NOT NULL,
	given_by text NOT NULL,
	given_at bigint NOT NULL,
	PRIMARY KEY (officer, owner_member, role)
);
CREATE INDEX officer_role_by_member ON officer_role (owner_member, officer);

CREATE TABLE invitation (
	hash bytea NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	officer text NOT NULL REFERENCES officer (id),
	issued_by text NOT NULL,
	issued_at bigint NOT NULL,
	expires_at bigint NOT NULL,
	used_at bigint NOT NULL
);
CREATE INDEX invitation_by_officer ON invitation (officer);

CREATE TABLE officer_session (
	id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL REFERENCES member (id),
	officer text NOT NULL REFERENCES officer (id),
	hash bytea NOT NULL,
	hash_key text NOT NULL,
	via text NOT NULL,
	created_at bigint NOT NULL,
	seen_at bigint NOT NULL,
	expires_at bigint NOT NULL,
	address text NOT NULL,
	agent text NOT NULL
);
CREATE INDEX officer_session_by_officer ON officer_session (officer, id);
CREATE INDEX officer_session_by_end ON officer_session (expires_at);

CREATE TABLE machine_token (
	id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL REFERENCES member (id),
	system text NOT NULL,
	name text NOT NULL,
	roles text NOT NULL,
	hash bytea NOT NULL,
	hash_key text NOT NULL,
	created_by text NOT NULL,
	created_at bigint NOT NULL,
	expires_at bigint NOT NULL,
	revoked_at bigint NOT NULL
);
CREATE INDEX machine_token_by_member ON machine_token (owner_member, id);

CREATE TABLE sign_in_attempt (
	tried text NOT NULL PRIMARY KEY,
	failures bigint NOT NULL,
	last_at bigint NOT NULL,
	locked_until bigint NOT NULL
);
CREATE INDEX sign_in_attempt_by_time ON sign_in_attempt (last_at);

CREATE TABLE self_permit (
	id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	person bytea NOT NULL,
	hash bytea NOT NULL,
	hash_key text NOT NULL,
	issued_by text NOT NULL,
	issued_at bigint NOT NULL,
	expires_at bigint NOT NULL
);
CREATE INDEX self_permit_by_end ON self_permit (expires_at);

CREATE TABLE identity_root (
	person bytea NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	kind text NOT NULL,
	sealed bytea NOT NULL,
	source text NOT NULL,
	created_at bigint NOT NULL
);

CREATE TABLE notice (
	id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL REFERENCES member (id),
	officer text NOT NULL,
	kind text NOT NULL,
	params text NOT NULL,
	link text NOT NULL,
	at bigint NOT NULL,
	read_at bigint NOT NULL
);
CREATE INDEX notice_by_member ON notice (owner_member, id);
