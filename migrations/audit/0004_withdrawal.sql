-- A published report that is wrong is withdrawn with a reason. Its file stays as it
-- was published; withdrawn_at is 0 while it stands.
ALTER TABLE audit_report ADD COLUMN withdrawn_at bigint NOT NULL DEFAULT 0;
ALTER TABLE audit_report ADD COLUMN withdrawn_why text NOT NULL DEFAULT '';
