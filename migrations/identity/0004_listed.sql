-- A machine's token may be bound to officers whom its member lists.
ALTER TABLE machine_token ADD COLUMN listed_only boolean NOT NULL DEFAULT FALSE;
