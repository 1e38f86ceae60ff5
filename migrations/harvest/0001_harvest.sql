-- A catalog of others that a steward has read again and again. run counts the runs;
-- cursor is where a run that was broken off goes on, since what the next asks for.
CREATE TABLE catalog_harvest (
	id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	officer text NOT NULL,
	name text NOT NULL,
	address text NOT NULL,
	nightly bigint NOT NULL,
	run bigint NOT NULL,
	state text NOT NULL,
	cursor text NOT NULL,
	whole bigint NOT NULL,
	since bigint NOT NULL,
	began_at bigint NOT NULL,
	report text NOT NULL
);
CREATE INDEX catalog_harvest_by_owner ON catalog_harvest (owner_member, id);

-- What each run met, by the key that the other catalog gives an entry.
CREATE TABLE catalog_harvest_met (
	harvest_id text NOT NULL,
	entry text NOT NULL,
	run bigint NOT NULL,
	PRIMARY KEY (harvest_id, entry)
);  -- clustered
