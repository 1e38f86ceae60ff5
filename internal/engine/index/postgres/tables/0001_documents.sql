-- What the catalog's index holds, beside the tables that it is filled from: it can
-- be thrown away at any time.
CREATE TABLE document (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text NOT NULL UNIQUE,
    place bigint NOT NULL,     -- within a tier, the least first
    title text NOT NULL,       -- folded lines, blanks about every run
    items text NOT NULL,
    body text NOT NULL,
    shown json NOT NULL,       -- titles and items as they were given
    facets varchar[] NOT NULL,   -- a value of each facet, '' for none
    audience varchar[] NOT NULL, -- who may see it, to look at without its terms
    terms tsvector NOT NULL    -- of all fields, of who may see it, of facets with all above
);
CREATE INDEX document_terms ON document USING gin (terms);

CREATE TABLE title (
    folded text NOT NULL, -- its beginning
    document bigint NOT NULL REFERENCES document (id) ON DELETE CASCADE
);
CREATE INDEX title_folded ON title (folded);
CREATE INDEX title_document ON title (document);

CREATE TABLE name (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mark bytea NOT NULL UNIQUE, -- SHA-256 of folded
    folded text NOT NULL,
    shown text NOT NULL,
    terms tsvector NOT NULL
);
CREATE INDEX name_terms ON name USING gin (terms);

CREATE TABLE named (
    name bigint NOT NULL REFERENCES name (id),
    document bigint NOT NULL REFERENCES document (id) ON DELETE CASCADE,
    PRIMARY KEY (name, document)
);
CREATE INDEX named_document ON named (document);

-- The pairs of Han characters that stand somewhere, to guess what was meant.
CREATE TABLE pair (pair text PRIMARY KEY);

CREATE TABLE state (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    origin text NOT NULL,
    position bigint NOT NULL,
    mark_position bigint NOT NULL,
    mark_text text NOT NULL
);
