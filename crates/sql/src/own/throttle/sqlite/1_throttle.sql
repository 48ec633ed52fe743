CREATE TABLE portcullis_throttle (
    account BLOB NOT NULL CHECK (length(account) = 16),
    side BLOB NOT NULL CHECK (length(side) = 8),
    state BLOB NOT NULL CHECK (length(state) <= 64),
    streak INTEGER NOT NULL CHECK (streak >= 0),
    touched INTEGER NOT NULL CHECK (touched >= 0),
    PRIMARY KEY (account, side)
) STRICT, WITHOUT ROWID;

CREATE INDEX portcullis_throttle_least ON portcullis_throttle (streak, touched);

CREATE TABLE portcullis_known_networks (
    account BLOB NOT NULL CHECK (length(account) = 16),
    network INTEGER NOT NULL,
    day INTEGER NOT NULL CHECK (day >= 0),
    PRIMARY KEY (account, network)
) STRICT, WITHOUT ROWID;

CREATE INDEX portcullis_known_networks_old ON portcullis_known_networks (day);
