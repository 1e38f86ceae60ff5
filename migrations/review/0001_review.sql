-- The word of a secrecy review on what an entry shows. print stands for what was
-- looked at; officer said it, or declared that checked_by did.
CREATE TABLE review_check (
	id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	dataset text NOT NULL,
	rev bigint NOT NULL,
	print text NOT NULL,
	result text NOT NULL,
	declared boolean NOT NULL,
	officer text NOT NULL,
	checked_by text NOT NULL,
	basis text NOT NULL,
	at bigint NOT NULL
);
CREATE INDEX review_check_by_dataset ON review_check (dataset, at, id);

-- A cause for which an entry must be brought up to date, and its review.
CREATE TABLE review_change (
	id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	region text NOT NULL,
	dataset text NOT NULL,
	state text NOT NULL,
	changed_at bigint NOT NULL,
	body text NOT NULL
);
CREATE INDEX review_change_by_owner ON review_change (owner_member, id);
CREATE UNIQUE INDEX review_change_open ON review_change (dataset) WHERE state <> 'accepted';
