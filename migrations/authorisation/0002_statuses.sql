-- Which statuses a person's word names; null: all that the registration names, as
-- words before this.
ALTER TABLE authorisation_word ADD COLUMN statuses text NOT NULL DEFAULT 'null';
