CREATE TABLE portcullis_throttle (
    account BYTEA NOT NULL CHECK (length(account) = 16),
    side BYTEA NOT NULL CHECK (length(side) = 8),
    state BYTEA NOT NULL CHECK (length(state) <= 64),
    streak BIGINT NOT NULL CHECK (streak >= 0),
    touched BIGINT NOT NULL CHECK (touched >= 0),
    PRIMARY KEY (account, side)
) WITH (fillfactor = 70);
CREATE INDEX portcullis_throttle_least ON portcullis_throttle (streak, touched);
CREATE TABLE portcullis_known_networks (
    account BYTEA NOT NULL CHECK (length(account) = 16),
    network BIGINT NOT NULL,
    day BIGINT NOT NULL CHECK (day >= 0),
    PRIMARY KEY (account, network)
);
CREATE INDEX portcullis_known_networks_old ON portcullis_known_networks (day);
