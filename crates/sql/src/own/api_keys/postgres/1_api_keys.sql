CREATE TABLE portcullis_api_keys (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id TEXT COLLATE "C" NOT NULL,
    epoch BIGINT NOT NULL CHECK (epoch >= 0),
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    key BIGINT NOT NULL,
    digest BYTEA NOT NULL CHECK (length(digest) = 32),
    created BIGINT NOT NULL CHECK (created >= 0),
    expires BIGINT CHECK (expires >= 0),
    used BIGINT CHECK (used >= 0),
    ended BIGINT CHECK (ended >= 0)
) WITH (fillfactor = 80);
CREATE INDEX portcullis_api_keys_of_users ON portcullis_api_keys (user_id);
CREATE INDEX portcullis_api_keys_ended ON portcullis_api_keys (ended) WHERE ended IS NOT NULL;
