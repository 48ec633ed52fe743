CREATE TABLE portcullis_revocations (
    kind BIGINT NOT NULL,
    subject BYTEA NOT NULL CHECK (octet_length(subject) = 16),
    value BIGINT NOT NULL,
    until BIGINT NOT NULL CHECK (until >= 0),
    xid BIGINT NOT NULL,
    PRIMARY KEY (kind, subject, value)
);
CREATE INDEX portcullis_revocations_new ON portcullis_revocations (xid);
CREATE INDEX portcullis_revocations_over ON portcullis_revocations (until);
