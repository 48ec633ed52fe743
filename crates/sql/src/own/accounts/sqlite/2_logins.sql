CREATE TABLE portcullis_logins (
    account TEXT NOT NULL REFERENCES portcullis_accounts (id) ON DELETE CASCADE,
    login TEXT NOT NULL,
    folded INTEGER NOT NULL CHECK (folded IN (0, 1)),
    kind TEXT NOT NULL CHECK (kind IN ('email', 'other')),
    PRIMARY KEY (account, login, folded, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX portcullis_logins_by_login ON portcullis_logins (login, folded, account);
