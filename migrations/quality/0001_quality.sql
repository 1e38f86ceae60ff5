-- A contest of one value. owner_member is the raiser's member, empty for a person
-- and for the platform's own rule; source is who is asked, empty until it is
-- routed; person is whose value it is, by the audit pseudonym. sealed holds what
-- the raiser says.
CREATE TABLE quality_contest (
	id text NOT NULL PRIMARY KEY,
	number bigint NOT NULL,
	owner_member text NOT NULL,
	item text NOT NULL,
	item_owner text NOT NULL,
	source text NOT NULL,
	person bytea NOT NULL,
	state text NOT NULL,
	rev bigint NOT NULL,
	raised_by text NOT NULL,
	created_at bigint NOT NULL,
	changed_at bigint NOT NULL,
	sealed bytea NOT NULL,
	body text NOT NULL
);
CREATE UNIQUE INDEX quality_contest_number ON quality_contest (number);
CREATE INDEX quality_contest_by_owner ON quality_contest (owner_member, number);
CREATE INDEX quality_contest_by_source ON quality_contest (source, number);
CREATE INDEX quality_contest_by_person ON quality_contest (person, number);
CREATE INDEX quality_contest_by_state ON quality_contest (state, number);

-- One line for each step of a contest; owner_member is the raiser's member.
CREATE TABLE quality_history (
	contest text NOT NULL,
	rev bigint NOT NULL,
	owner_member text NOT NULL,
	act text NOT NULL,
	from_state text NOT NULL,
	to_state text NOT NULL,
	side text NOT NULL,
	member text NOT NULL,
	officer text NOT NULL,
	reason text NOT NULL,
	citation text NOT NULL,
	at bigint NOT NULL,
	PRIMARY KEY (contest, rev)
); -- clustered

-- A holder of a wrong value; owner_member is the holder. A contest that is opened
-- again after a review has a second round.
CREATE TABLE quality_task (
	id text NOT NULL PRIMARY KEY,
	contest text NOT NULL,
	round bigint NOT NULL,
	owner_member text NOT NULL,
	grant_id text NOT NULL,
	item text NOT NULL,
	state text NOT NULL,
	told_at bigint NOT NULL,
	done_at bigint NOT NULL,
	body text NOT NULL
);
CREATE UNIQUE INDEX quality_task_holder ON quality_task (contest, round, owner_member, grant_id);
CREATE INDEX quality_task_by_owner ON quality_task (owner_member, told_at, id);

-- Independent sources that an item is compared with, as the authority names them.
CREATE TABLE quality_source (
	item text NOT NULL,
	other text NOT NULL,
	owner_member text NOT NULL,
	named_by text NOT NULL,
	named_at bigint NOT NULL,
	PRIMARY KEY (item, other)
); -- clustered

-- A change of a person's status by two officers; owner_member holds the register.
CREATE TABLE quality_status_act (
	id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	item text NOT NULL,
	person bytea NOT NULL,
	state text NOT NULL,
	rev bigint NOT NULL,
	created_at bigint NOT NULL,
	changed_at bigint NOT NULL,
	sealed bytea NOT NULL,
	body text NOT NULL
);
CREATE INDEX quality_status_act_by_owner ON quality_status_act (owner_member, created_at, id);
CREATE INDEX quality_status_act_by_person ON quality_status_act (person, created_at, id);
