-- A draw: the hash of the seed is an entry before the draw, the seed is shown
-- with it.
CREATE TABLE audit_draw (
	id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	officer text NOT NULL,
	reason text NOT NULL,
	state text NOT NULL,
	origin text NOT NULL,
	seed_hash text NOT NULL,
	seed text NOT NULL,
	commit_trace text NOT NULL,
	commit_index bigint NOT NULL,
	root bytea,
	first_index bigint NOT NULL,
	end_index bigint NOT NULL,
	wanted bigint NOT NULL,
	population bigint NOT NULL,
	made_at bigint NOT NULL,
	drawn_at bigint NOT NULL
);

-- One sampled entry: its file is asked for, shown, and judged.
CREATE TABLE audit_case (
	id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	draw text NOT NULL,
	leaf_index bigint NOT NULL,
	row_no bigint NOT NULL,
	trace text NOT NULL,
	state text NOT NULL,
	answer text NOT NULL,
	answered_by text NOT NULL,
	verdict text NOT NULL,
	finding text NOT NULL,
	asked_at bigint NOT NULL,
	answered_at bigint NOT NULL,
	judged_at bigint NOT NULL
);
CREATE INDEX audit_case_by_draw ON audit_case (draw, leaf_index);
CREATE INDEX audit_case_by_owner ON audit_case (owner_member, id);

-- A published report, as it was published.
CREATE TABLE audit_report (
	id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	from_at bigint NOT NULL,
	until_at bigint NOT NULL,
	made_at bigint NOT NULL,
	body bytea NOT NULL
);
