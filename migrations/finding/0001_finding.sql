-- Words that stand for one another in every search. A group belongs to the member
-- whose steward wrote it.
CREATE TABLE catalog_synonym (
	id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	words text NOT NULL,
	changed_by text NOT NULL,
	changed_at bigint NOT NULL
);

-- A search that an officer keeps, to be told when an entry is published that it
-- finds.
CREATE TABLE catalog_search (
	id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	officer text NOT NULL,
	name text NOT NULL,
	asked text NOT NULL,
	made_at bigint NOT NULL
);
CREATE INDEX catalog_search_by_owner ON catalog_search (owner_member, officer, id);

-- What was told already; an entry is told of once.
CREATE TABLE catalog_search_found (
	search_id text NOT NULL,
	dataset_id text NOT NULL,
	PRIMARY KEY (search_id, dataset_id)
);  -- clustered
