CREATE TABLE portcullis_clients (
    id TEXT NOT NULL PRIMARY KEY,
    public INTEGER NOT NULL CHECK (public IN (0, 1)),
    first_party INTEGER NOT NULL CHECK (first_party IN (0, 1)),
    grants TEXT NOT NULL,
    scopes TEXT NOT NULL,
    audience TEXT,
    secrets BLOB NOT NULL CHECK (length(secrets) % 41 = 0),
    keys TEXT,
    disabled INTEGER NOT NULL CHECK (disabled IN (0, 1)),
    created INTEGER NOT NULL CHECK (created >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE portcullis_used_assertions (
    digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 16),
    until INTEGER NOT NULL CHECK (until >= 0)
) STRICT, WITHOUT ROWID;

CREATE INDEX portcullis_used_assertions_over ON portcullis_used_assertions (until);
