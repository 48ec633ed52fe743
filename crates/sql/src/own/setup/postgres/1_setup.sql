CREATE TABLE portcullis_setup (
    only_one BIGINT NOT NULL PRIMARY KEY CHECK (only_one = 1),
    holder BYTEA NOT NULL CHECK (length(holder) = 16),
    begun BIGINT NOT NULL,
    finished BIGINT,
    moved BIGINT
);
