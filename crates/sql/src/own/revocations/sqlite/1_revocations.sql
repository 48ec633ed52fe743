CREATE TABLE portcullis_revocations (
    position INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    kind INTEGER NOT NULL,
    subject BLOB NOT NULL CHECK (length(subject) = 16),
    value INTEGER NOT NULL,
    until INTEGER NOT NULL CHECK (until >= 0),
    UNIQUE (kind, subject, value)
) STRICT;

CREATE INDEX portcullis_revocations_over ON portcullis_revocations (until);

CREATE TABLE portcullis_revocation_eras (
    era BLOB NOT NULL UNIQUE CHECK (length(era) = 16),
    begins INTEGER NOT NULL PRIMARY KEY
) STRICT;
