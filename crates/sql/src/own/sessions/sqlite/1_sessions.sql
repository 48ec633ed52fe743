CREATE TABLE portcullis_sessions (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id TEXT NOT NULL,
    epoch INTEGER NOT NULL CHECK (epoch >= 0),
    client_id TEXT,
    label TEXT NOT NULL,
    agent TEXT,
    created INTEGER NOT NULL CHECK (created >= 0),
    first_address TEXT,
    last_address TEXT,
    seen INTEGER NOT NULL CHECK (seen >= 0),
    ends INTEGER NOT NULL CHECK (ends >= 0),
    ended INTEGER CHECK (ended >= 0),
    ended_why INTEGER,
    purge INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX portcullis_sessions_of_users ON portcullis_sessions (user_id) WHERE ended IS NULL;

CREATE INDEX portcullis_sessions_of_clients ON portcullis_sessions (client_id)
    WHERE ended IS NULL AND client_id IS NOT NULL;

CREATE INDEX portcullis_sessions_over ON portcullis_sessions (purge);

CREATE TABLE portcullis_refresh_families (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    session_id BLOB NOT NULL CHECK (length(session_id) = 16),
    user_id TEXT NOT NULL,
    client_id TEXT,
    scopes TEXT NOT NULL,
    audience TEXT,
    epoch INTEGER NOT NULL CHECK (epoch >= 0),
    generation INTEGER NOT NULL CHECK (generation >= 0),
    key INTEGER NOT NULL,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    parent BLOB CHECK (length(parent) = 32),
    nonce BLOB NOT NULL CHECK (length(nonce) = 16),
    rotated INTEGER NOT NULL CHECK (rotated >= 0),
    idle INTEGER NOT NULL CHECK (idle >= 0),
    ends INTEGER NOT NULL CHECK (ends >= 0),
    confirmed INTEGER NOT NULL CHECK (confirmed IN (0, 1)),
    late INTEGER NOT NULL CHECK (late IN (0, 1)),
    network INTEGER,
    ended INTEGER CHECK (ended >= 0),
    ended_why INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX portcullis_refresh_families_of_sessions ON portcullis_refresh_families (session_id);
