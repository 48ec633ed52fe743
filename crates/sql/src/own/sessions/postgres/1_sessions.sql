CREATE TABLE portcullis_sessions (
    id BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    user_id TEXT COLLATE "C" NOT NULL,
    epoch BIGINT NOT NULL CHECK (epoch >= 0),
    client_id TEXT COLLATE "C",
    label TEXT NOT NULL,
    agent TEXT,
    created BIGINT NOT NULL CHECK (created >= 0),
    first_address TEXT,
    last_address TEXT,
    seen BIGINT NOT NULL CHECK (seen >= 0),
    ends BIGINT NOT NULL CHECK (ends >= 0),
    ended BIGINT CHECK (ended >= 0),
    ended_why BIGINT,
    purge BIGINT NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX portcullis_sessions_of_users ON portcullis_sessions (user_id) WHERE ended IS NULL;
CREATE INDEX portcullis_sessions_of_clients ON portcullis_sessions (client_id)
    WHERE ended IS NULL AND client_id IS NOT NULL;
CREATE INDEX portcullis_sessions_over ON portcullis_sessions (purge);
CREATE TABLE portcullis_refresh_families (
    id BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    session_id BYTEA NOT NULL CHECK (octet_length(session_id) = 16),
    user_id TEXT COLLATE "C" NOT NULL,
    client_id TEXT COLLATE "C",
    scopes TEXT NOT NULL,
    audience TEXT,
    epoch BIGINT NOT NULL CHECK (epoch >= 0),
    generation BIGINT NOT NULL CHECK (generation >= 0),
    key BIGINT NOT NULL,
    digest BYTEA NOT NULL CHECK (octet_length(digest) = 32),
    parent BYTEA CHECK (octet_length(parent) = 32),
    nonce BYTEA NOT NULL CHECK (octet_length(nonce) = 16),
    rotated BIGINT NOT NULL CHECK (rotated >= 0),
    idle BIGINT NOT NULL CHECK (idle >= 0),
    ends BIGINT NOT NULL CHECK (ends >= 0),
    confirmed BIGINT NOT NULL CHECK (confirmed IN (0, 1)),
    late BIGINT NOT NULL CHECK (late IN (0, 1)),
    network BIGINT,
    ended BIGINT CHECK (ended >= 0),
    ended_why BIGINT
) WITH (fillfactor = 80);
CREATE INDEX portcullis_refresh_families_of_sessions ON portcullis_refresh_families (session_id);
