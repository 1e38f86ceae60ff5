-- One row a mandate: agent acts for principal, within acts and until the end.
-- owner_member is the member at whose counter it was recorded; empty when the
-- person gave it themself.
CREATE TABLE mandate (
	id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	principal bytea NOT NULL,
	agent bytea NOT NULL,
	kind text NOT NULL,
	acts text NOT NULL,
	state text NOT NULL,
	reason text NOT NULL,
	in_person bigint NOT NULL,
	document text NOT NULL,
	reference text NOT NULL,
	officer text NOT NULL,
	given_at bigint NOT NULL,
	until_at bigint NOT NULL,
	ended_at bigint NOT NULL
);
CREATE INDEX mandate_by_principal ON mandate (principal, id);
CREATE INDEX mandate_by_agent ON mandate (agent, id);
