CREATE TABLE portcullis_api_keys (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id TEXT NOT NULL,
    epoch INTEGER NOT NULL CHECK (epoch >= 0),
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    key INTEGER NOT NULL,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    created INTEGER NOT NULL CHECK (created >= 0),
    expires INTEGER CHECK (expires >= 0),
    used INTEGER CHECK (used >= 0),
    ended INTEGER CHECK (ended >= 0)
) STRICT, WITHOUT ROWID;

CREATE INDEX portcullis_api_keys_of_users ON portcullis_api_keys (user_id);

CREATE INDEX portcullis_api_keys_ended ON portcullis_api_keys (ended) WHERE ended IS NOT NULL;
