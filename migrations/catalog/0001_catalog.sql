CREATE TABLE catalog_dataset (
	id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	state text NOT NULL,
	rev bigint NOT NULL,
	missing bigint NOT NULL,
	import_id text NOT NULL,
	import_line bigint NOT NULL,
	import_sum text NOT NULL,
	created_by text NOT NULL,
	created_at bigint NOT NULL,
	changed_at bigint NOT NULL,
	published_at bigint NOT NULL,
	body text NOT NULL
);
CREATE INDEX catalog_dataset_by_owner ON catalog_dataset (owner_member, id);
CREATE INDEX catalog_dataset_by_import ON catalog_dataset (import_id, id) WHERE import_id <> '';
CREATE INDEX catalog_dataset_incomplete ON catalog_dataset (owner_member, missing) WHERE missing <> 0;

CREATE TABLE catalog_change (
	dataset_id text NOT NULL,
	rev bigint NOT NULL,
	owner_member text NOT NULL,
	set_id text NOT NULL,
	act text NOT NULL,
	officer text NOT NULL,
	machine text NOT NULL,
	reason text NOT NULL,
	at bigint NOT NULL,
	differences text NOT NULL,
	PRIMARY KEY (dataset_id, rev)
);  -- clustered
CREATE INDEX catalog_change_by_set ON catalog_change (set_id, dataset_id) WHERE set_id <> '';

CREATE TABLE catalog_import (
	id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	state text NOT NULL,
	officer text NOT NULL,
	started_at bigint NOT NULL,
	created bigint NOT NULL,
	changed bigint NOT NULL
);

CREATE TABLE catalog_staged (
	import_id text NOT NULL,
	dataset_id text NOT NULL,
	owner_member text NOT NULL,
	line bigint NOT NULL,
	sum text NOT NULL,
	body text NOT NULL,
	PRIMARY KEY (import_id, dataset_id)
);

CREATE TABLE catalog_untag (
	dataset_id text NOT NULL,
	item text NOT NULL,
	tag text NOT NULL,
	owner_member text NOT NULL,
	asked_by text NOT NULL,
	asked_at bigint NOT NULL,
	reason text NOT NULL,
	PRIMARY KEY (dataset_id, item, tag)
);  -- clustered
