-- An entry whose loaded data are older than its update cycle promises, since when, and
-- when its department was told. It goes when the data are brought up to date.
CREATE TABLE freshness_lapse (
	dataset_id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	since bigint NOT NULL,
	told_at bigint NOT NULL
);
CREATE INDEX freshness_lapse_owner ON freshness_lapse (owner_member, dataset_id);
