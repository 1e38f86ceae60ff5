-- A draw may take its leaves from a log that a restore has frozen: leaves names it,
-- and is empty for the log that the commit stands in. lost counts the leaves of
-- the draw's time that the restore declared lost.
ALTER TABLE audit_draw ADD COLUMN leaves text NOT NULL DEFAULT '';
ALTER TABLE audit_draw ADD COLUMN lost bigint NOT NULL DEFAULT 0;
