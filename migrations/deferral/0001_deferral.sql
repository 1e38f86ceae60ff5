-- A row of the law by which something may be kept from a person for a while.
CREATE TABLE deferral_ground (
	name text NOT NULL,
	jurisdiction text NOT NULL,
	citation text NOT NULL,
	source text NOT NULL,
	verified bigint NOT NULL,
	longest_days bigint NOT NULL,
	renewals bigint NOT NULL,
	ask_days bigint NOT NULL,
	from_at bigint NOT NULL,
	until_at bigint NOT NULL,
	PRIMARY KEY (jurisdiction, name)
);

-- An order: proposed by one body, in force once an officer of another confirmed
-- it. until_at is the end; told_at is when the person was told of it.
CREATE TABLE deferral_order (
	id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	person bytea NOT NULL,
	member text NOT NULL,
	trace text NOT NULL,
	entry_at bigint NOT NULL,
	ground text NOT NULL,
	jurisdiction text NOT NULL,
	reference text NOT NULL,
	author text NOT NULL,
	second_member text NOT NULL,
	second text NOT NULL,
	state text NOT NULL,
	reason text NOT NULL,
	renews text NOT NULL,
	made_at bigint NOT NULL,
	from_at bigint NOT NULL,
	until_at bigint NOT NULL,
	decided_at bigint NOT NULL,
	told_at bigint NOT NULL
);
CREATE INDEX deferral_order_by_owner ON deferral_order (owner_member, id);
CREATE INDEX deferral_order_by_person ON deferral_order (person, id);
CREATE INDEX deferral_order_by_end ON deferral_order (told_at, until_at);
