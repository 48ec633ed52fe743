CREATE TABLE portcullis_secrets (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number BETWEEN 1 AND 255),
    created INTEGER NOT NULL CHECK (created >= 0),
    sealed BLOB NOT NULL
) STRICT;
