CREATE TABLE portcullis_signing_keys (
    position INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    algorithm TEXT NOT NULL,
    created INTEGER NOT NULL CHECK (created >= 0),
    activates INTEGER NOT NULL CHECK (activates >= 0),
    ended INTEGER CHECK (ended >= 0),
    token_lifetime INTEGER NOT NULL CHECK (token_lifetime >= 0),
    sealed BLOB NOT NULL
) STRICT;
