-- A demand for data that no catalog lists: a duty of the department named. region
-- is that department's: the data authority over it sees the demand.
CREATE TABLE catalog_demand (
	id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	provider text NOT NULL,
	region text NOT NULL,
	request text NOT NULL,
	state text NOT NULL,
	changed_at bigint NOT NULL,
	body text NOT NULL
);
CREATE INDEX catalog_demand_by_owner ON catalog_demand (owner_member, id);
CREATE INDEX catalog_demand_by_provider ON catalog_demand (provider, id);
