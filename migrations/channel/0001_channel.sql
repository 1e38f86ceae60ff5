-- Where a member or one of its officers wants notices sent. A channel sends
-- nothing before it is confirmed.
CREATE TABLE channel (
	id text NOT NULL PRIMARY KEY,
	owner_member text NOT NULL,
	officer text NOT NULL,
	kind text NOT NULL,
	address text NOT NULL,
	lang text NOT NULL,
	state text NOT NULL,
	code bytea NOT NULL,
	added_by text NOT NULL,
	added_at bigint NOT NULL
);
CREATE INDEX channel_by_owner ON channel (owner_member, officer, id);

-- One notice on its way to one channel. next_at is null once it is sent or dead.
CREATE TABLE channel_delivery (
	id text NOT NULL PRIMARY KEY,
	channel text NOT NULL,
	notice text NOT NULL,
	owner_member text NOT NULL,
	kind text NOT NULL,
	link text NOT NULL,
	code text NOT NULL,
	state text NOT NULL,
	tries bigint NOT NULL,
	next_at bigint,
	trouble text NOT NULL,
	made_at bigint NOT NULL,
	done_at bigint NOT NULL
);
CREATE UNIQUE INDEX channel_delivery_once ON channel_delivery (channel, notice);
CREATE INDEX channel_delivery_next ON channel_delivery (next_at, id) WHERE next_at IS NOT NULL;
CREATE INDEX channel_delivery_state ON channel_delivery (state, id);
