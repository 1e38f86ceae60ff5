-- An emergency that an officer declared, and its review.
CREATE TABLE emergency (
	id text PRIMARY KEY,
	owner_member text NOT NULL,
	provider text NOT NULL,
	grant_id text NOT NULL,
	officer text NOT NULL,
	unit text NOT NULL,
	reason text NOT NULL,
	basis text NOT NULL,
	state text NOT NULL,
	reviewer text NOT NULL,
	note text NOT NULL,
	opened_at bigint NOT NULL,
	ends_at bigint NOT NULL,
	reviewed_at bigint NOT NULL
);
CREATE INDEX emergency_owner ON emergency (owner_member, id);
CREATE INDEX emergency_provider ON emergency (provider, id);
