-- When the files of a batch were destroyed; 0 while they stand.
ALTER TABLE access_batch ADD COLUMN emptied_at bigint NOT NULL DEFAULT 0;

-- Since when no item is bound to a loaded register, and the version of it that was
-- destroyed.
ALTER TABLE access_source ADD COLUMN idle_at bigint NOT NULL DEFAULT 0;
ALTER TABLE access_source ADD COLUMN gone text NOT NULL DEFAULT '';
