CREATE TABLE portcullis_secrets (
    number BIGINT NOT NULL PRIMARY KEY CHECK (number BETWEEN 1 AND 255),
    created BIGINT NOT NULL CHECK (created >= 0),
    sealed BYTEA NOT NULL
);
