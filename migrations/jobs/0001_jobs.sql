-- When a task of the node was last done, so that a start knows what it missed.
CREATE TABLE jobs_task (
	name text NOT NULL PRIMARY KEY,
	done_at bigint NOT NULL
); -- clustered
