-- A data element: what a column means, wherever it stands. It belongs to the member
-- that maintains it; what it says is one JSON text.
CREATE TABLE catalog_element (
	id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	said text NOT NULL,
	changed_by text NOT NULL,
	changed_at bigint NOT NULL
);

-- A code list; version is the one that is read.
CREATE TABLE catalog_code_list (
	id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	said text NOT NULL,
	version bigint NOT NULL,
	codes bigint NOT NULL,
	changed_by text NOT NULL,
	changed_at bigint NOT NULL
);

-- The codes of each version. A version that no list names is on its way in or out.
CREATE TABLE catalog_code (
	list_id text NOT NULL,
	version bigint NOT NULL,
	code text NOT NULL,
	broader text NOT NULL,
	said text NOT NULL,
	PRIMARY KEY (list_id, version, code)
);  -- clustered
CREATE INDEX catalog_code_by_broader ON catalog_code (list_id, version, broader, code);
