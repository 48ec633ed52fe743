CREATE TABLE portcullis_clients (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    public BIGINT NOT NULL CHECK (public IN (0, 1)),
    first_party BIGINT NOT NULL CHECK (first_party IN (0, 1)),
    grants TEXT NOT NULL,
    scopes TEXT NOT NULL,
    audience TEXT,
    secrets BYTEA NOT NULL CHECK (length(secrets) % 41 = 0),
    keys TEXT,
    disabled BIGINT NOT NULL CHECK (disabled IN (0, 1)),
    created BIGINT NOT NULL CHECK (created >= 0)
);
CREATE TABLE portcullis_used_assertions (
    digest BYTEA NOT NULL PRIMARY KEY CHECK (length(digest) = 16),
    until BIGINT NOT NULL CHECK (until >= 0)
);
CREATE INDEX portcullis_used_assertions_over ON portcullis_used_assertions (until);
