CREATE TABLE portcullis_foreign_epochs (
    fingerprint BYTEA NOT NULL PRIMARY KEY CHECK (length(fingerprint) = 32),
    epoch BIGINT NOT NULL
);
