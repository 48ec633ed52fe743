CREATE TABLE portcullis_accounts (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    username TEXT COLLATE "C" NOT NULL UNIQUE,
    email TEXT,
    full_name TEXT,
    disabled BIGINT NOT NULL CHECK (disabled IN (0, 1)),
    password_hash TEXT,
    scopes TEXT NOT NULL,
    token_epoch BIGINT NOT NULL CHECK (token_epoch >= 0),
    password_salt TEXT,
    password_algorithm TEXT,
    password_user TEXT,
    added BIGINT GENERATED ALWAYS AS IDENTITY UNIQUE
);
CREATE TABLE portcullis_logins (
    account TEXT COLLATE "C" NOT NULL REFERENCES portcullis_accounts (id) ON DELETE CASCADE,
    login TEXT COLLATE "C" NOT NULL,
    folded BIGINT NOT NULL CHECK (folded IN (0, 1)),
    kind TEXT NOT NULL CHECK (kind IN ('email', 'other')),
    PRIMARY KEY (account, login, folded, kind)
);
CREATE INDEX portcullis_logins_by_login ON portcullis_logins (login, folded, account);
CREATE TABLE portcullis_ended_accounts (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    token_epoch BIGINT NOT NULL CHECK (token_epoch >= 0)
);
CREATE TABLE portcullis_copied_accounts (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    sha256 BYTEA NOT NULL,
    token_epoch BIGINT NOT NULL
);
