-- A person's value that an act of two officers set over a register's own, until a
-- load carries it; subject is the person's pseudonym in that register.
CREATE TABLE access_overlay (
	register text NOT NULL,
	subject bytea NOT NULL,
	column_name text NOT NULL,
	item text NOT NULL,
	owner_member text NOT NULL,
	act text NOT NULL,
	sealed bytea NOT NULL,
	at bigint NOT NULL,
	PRIMARY KEY (register, subject, column_name)
); -- clustered
