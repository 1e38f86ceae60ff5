-- When what was written in a request that is over was destroyed; 0 while it stands.
ALTER TABLE share_request ADD COLUMN emptied_at bigint NOT NULL DEFAULT 0;
