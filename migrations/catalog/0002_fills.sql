CREATE TABLE catalog_fill (
	id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	field text NOT NULL,
	value text NOT NULL,
	officer text NOT NULL,
	machine text NOT NULL,
	at bigint NOT NULL,
	changed bigint NOT NULL,
	undone_at bigint NOT NULL
);
CREATE INDEX catalog_fill_by_owner ON catalog_fill (owner_member, at, id);

INSERT INTO catalog_fill (id, owner_member, field, value, officer, machine, at, changed, undone_at)
	SELECT set_id, owner_member, '', '', MAX(officer), MAX(machine), MIN(at), COUNT(*), 0
	FROM catalog_change WHERE act = 'fill' AND set_id <> '' GROUP BY set_id, owner_member;
