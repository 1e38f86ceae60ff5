-- A value whose contest is open: every answer about it says so.
CREATE TABLE access_label (
	item text NOT NULL,
	person bytea NOT NULL,
	contest text NOT NULL,
	owner_member text NOT NULL,
	at bigint NOT NULL,
	PRIMARY KEY (item, person, contest)
); -- clustered
