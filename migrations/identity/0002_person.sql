-- The inbox of a person, who is known by the audit pseudonym alone.
CREATE TABLE person_notice (
	id text NOT NULL PRIMARY KEY,
	person bytea NOT NULL,
	kind text NOT NULL,
	params text NOT NULL,
	link text NOT NULL,
	at bigint NOT NULL,
	read_at bigint NOT NULL
);
CREATE INDEX person_notice_by_person ON person_notice (person, id);

-- How a person came in (counter, oidc, mandate), and for whom an agent acts:
-- person is then the principal, agent who acts, acts what they may do.
ALTER TABLE self_permit ADD COLUMN via text NOT NULL DEFAULT 'counter';
ALTER TABLE self_permit ADD COLUMN mandate text NOT NULL DEFAULT '';
ALTER TABLE self_permit ADD COLUMN agent bytea;
ALTER TABLE self_permit ADD COLUMN acts text NOT NULL DEFAULT '';
CREATE INDEX self_permit_by_mandate ON self_permit (mandate);

-- A body that protects or shelters people: its uses are shown to the person
-- alone, never to one who acts for them. The authority says which bodies are.
ALTER TABLE member ADD COLUMN protects bigint NOT NULL DEFAULT 0;
