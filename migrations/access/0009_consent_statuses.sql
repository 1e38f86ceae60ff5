-- Which statuses a person's word names; null: all of the grant, as words before this.
ALTER TABLE access_consent ADD COLUMN statuses text NOT NULL DEFAULT 'null';
