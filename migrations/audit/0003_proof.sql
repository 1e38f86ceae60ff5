-- The act by which a report was published: its leaf commits to the report's digest.
-- Empty for reports of before.
ALTER TABLE audit_report ADD COLUMN trace text NOT NULL DEFAULT '';
