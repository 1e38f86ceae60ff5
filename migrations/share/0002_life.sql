-- region is the provider's: the data authority over it sees the request.
ALTER TABLE share_request ADD COLUMN region text NOT NULL DEFAULT '';
CREATE INDEX share_request_by_state ON share_request (state, created_at, id);
