CREATE TABLE portcullis_ended_accounts (
    id TEXT NOT NULL PRIMARY KEY,
    token_epoch INTEGER NOT NULL CHECK (token_epoch >= 0)
) STRICT, WITHOUT ROWID;
