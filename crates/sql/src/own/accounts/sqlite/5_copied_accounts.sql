CREATE TABLE portcullis_copied_accounts (
    id TEXT NOT NULL PRIMARY KEY,
    sha256 BLOB NOT NULL,
    token_epoch INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
