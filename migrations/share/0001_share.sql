-- A request for data. Columns hold what is searched and counted; the rest is in
-- body. due_at is for a clock that runs in the state; none does yet.
CREATE TABLE share_request (
	id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	provider text NOT NULL,
	dataset text NOT NULL,
	state text NOT NULL,
	rev bigint NOT NULL,
	grant_id text NOT NULL,
	created_at bigint NOT NULL,
	changed_at bigint NOT NULL,
	submitted_at bigint NOT NULL,
	due_at bigint,
	body text NOT NULL
);
CREATE INDEX share_request_by_owner ON share_request (owner_member, created_at, id);
CREATE INDEX share_request_by_provider ON share_request (provider, created_at, id);
CREATE UNIQUE INDEX share_request_by_grant ON share_request (grant_id) WHERE grant_id <> '';

-- One line for each change of a request; owner_member is the requester.
CREATE TABLE share_history (
	request_id text NOT NULL,
	rev bigint NOT NULL,
	owner_member text NOT NULL,
	act text NOT NULL,
	from_state text NOT NULL,
	to_state text NOT NULL,
	member text NOT NULL,
	officer text NOT NULL,
	machine text NOT NULL,
	reason text NOT NULL,
	citation text NOT NULL,
	at bigint NOT NULL,
	PRIMARY KEY (request_id, rev)
); -- clustered
