-- What the catalog says of a data set that it calls open.
CREATE TABLE access_open_set (
	dataset text PRIMARY KEY,
	owner_member text NOT NULL,
	body text NOT NULL,
	changed_at bigint NOT NULL
);

-- Readings of open sets, counted before rows go out, by day and set.
CREATE TABLE access_open_use (
	day text NOT NULL,
	dataset text NOT NULL,
	owner_member text NOT NULL,
	calls bigint NOT NULL,
	released bigint NOT NULL,
	PRIMARY KEY (day, dataset)
); -- clustered

-- The days whose totals stand in the ledger, each with its one leaf.
CREATE TABLE access_open_day (
	day text PRIMARY KEY,
	trace text NOT NULL,
	at bigint NOT NULL
);
