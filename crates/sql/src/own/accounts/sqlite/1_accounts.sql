CREATE TABLE portcullis_accounts (
    id TEXT NOT NULL PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    email TEXT,
    full_name TEXT,
    disabled INTEGER NOT NULL CHECK (disabled IN (0, 1)),
    password_hash TEXT,
    scopes TEXT NOT NULL,
    token_epoch INTEGER NOT NULL CHECK (token_epoch >= 0)
) STRICT;
