-- What passes quickly is kept for days: files of batches, registers that nothing
-- asks any more.
ALTER TABLE retention_rule ADD COLUMN days bigint NOT NULL DEFAULT 0;
ALTER TABLE retention_certificate ADD COLUMN days bigint NOT NULL DEFAULT 0;
