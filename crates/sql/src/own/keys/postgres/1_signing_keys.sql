CREATE TABLE portcullis_signing_keys (
    position BIGINT NOT NULL PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    algorithm TEXT NOT NULL,
    created BIGINT NOT NULL CHECK (created >= 0),
    activates BIGINT NOT NULL CHECK (activates >= 0),
    ended BIGINT CHECK (ended >= 0),
    token_lifetime BIGINT NOT NULL CHECK (token_lifetime >= 0),
    sealed BYTEA NOT NULL
);
