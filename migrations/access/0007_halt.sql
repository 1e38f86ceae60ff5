-- A unit of a member that asks nothing until the emergency that it drew is reviewed.
CREATE TABLE access_halt (
	emergency text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	unit text NOT NULL,
	officer text NOT NULL,
	at bigint NOT NULL
);
