-- Facts in commit order, and how far each consumer has heard them.
CREATE TABLE outbox (
	n       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	topic   text  NOT NULL,
	key     text  NOT NULL,
	payload bytea NOT NULL
);

CREATE TABLE outbox_position (
	consumer text   NOT NULL PRIMARY KEY,
	n        bigint NOT NULL
); -- clustered
