-- A rule of law with its term. origin: shipped rows are replaced by a newer
-- version of the program, own ones never.
CREATE TABLE calendar_rule (
	jurisdiction text NOT NULL,
	name text NOT NULL,
	valid_from text NOT NULL,
	origin text NOT NULL,
	body text NOT NULL,
	PRIMARY KEY (jurisdiction, name, valid_from)
); -- clustered

-- A calendar: its time zone and the days of the week on which nobody works.
CREATE TABLE calendar_area (
	name text NOT NULL PRIMARY KEY,
	zone text NOT NULL,
	weekend text NOT NULL
); -- clustered

-- A year of a calendar as far as it is known. Days are 2006-01-02.
CREATE TABLE calendar_year (
	calendar text NOT NULL,
	year bigint NOT NULL,
	last_day text NOT NULL,
	citation text NOT NULL,
	source text NOT NULL,
	verified boolean NOT NULL,
	origin text NOT NULL,
	imported_at bigint NOT NULL,
	PRIMARY KEY (calendar, year)
); -- clustered

-- A day that differs from its weekday: a holiday or a make-up working day.
CREATE TABLE calendar_day (
	calendar text NOT NULL,
	year bigint NOT NULL,
	day text NOT NULL,
	working boolean NOT NULL,
	name text NOT NULL,
	PRIMARY KEY (calendar, day)
); -- clustered

-- Clocks of a calendar whose dates are to be worked out again, up to where.
CREATE TABLE calendar_pending (
	calendar text NOT NULL PRIMARY KEY,
	after_id text NOT NULL
); -- clustered

-- A clock. next_at is the moment at which something is due; it is null while the
-- clock is stopped, ended, or has no step left. body holds the rule as it was at
-- the start.
CREATE TABLE calendar_clock (
	id text NOT NULL PRIMARY KEY,
	ref_kind text NOT NULL,
	ref_id text NOT NULL,
	rule text NOT NULL,
	jurisdiction text NOT NULL,
	calendar text NOT NULL,
	owner_member text NOT NULL,
	other_member text NOT NULL,
	length bigint NOT NULL,
	extended bigint NOT NULL,
	started_at bigint NOT NULL,
	anchor_at bigint NOT NULL,
	used bigint NOT NULL,
	due_at bigint NOT NULL,
	provisional boolean NOT NULL,
	stopped_at bigint NOT NULL,
	stopped_why text NOT NULL,
	step bigint NOT NULL,
	next_at bigint,
	tries bigint NOT NULL,
	ended_at bigint NOT NULL,
	body text NOT NULL
);
CREATE INDEX calendar_clock_next ON calendar_clock (next_at, id) WHERE next_at IS NOT NULL;
CREATE INDEX calendar_clock_ref ON calendar_clock (ref_kind, ref_id, started_at, id);
CREATE UNIQUE INDEX calendar_clock_open ON calendar_clock (ref_kind, ref_id, rule) WHERE ended_at = 0;
CREATE INDEX calendar_clock_owner ON calendar_clock (owner_member, due_at, id) WHERE ended_at = 0;
CREATE INDEX calendar_clock_calendar ON calendar_clock (calendar, id) WHERE ended_at = 0;
