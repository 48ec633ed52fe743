CREATE TABLE portcullis_audit (
    position INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    at INTEGER NOT NULL CHECK (at >= 0),
    kind INTEGER NOT NULL CHECK (kind >= 0),
    node INTEGER NOT NULL CHECK (node >= 0),
    actor TEXT,
    subject TEXT,
    client TEXT,
    session BLOB CHECK (length(session) = 16),
    peer TEXT,
    agent TEXT,
    detail TEXT CHECK (length(detail) <= 2048),
    key INTEGER NOT NULL,
    mac BLOB NOT NULL CHECK (length(mac) = 16)
) STRICT;

CREATE TABLE portcullis_seals (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    prev BLOB NOT NULL UNIQUE CHECK (length(prev) = 32),
    root BLOB NOT NULL CHECK (length(root) = 32),
    rows INTEGER NOT NULL CHECK (rows >= 0),
    upto INTEGER NOT NULL CHECK (upto >= 0),
    era INTEGER NOT NULL CHECK (era >= 0),
    at INTEGER NOT NULL CHECK (at >= 0),
    node INTEGER NOT NULL CHECK (node >= 0),
    key INTEGER NOT NULL,
    signature BLOB NOT NULL
) STRICT;

CREATE INDEX portcullis_seals_by_time ON portcullis_seals (at);

CREATE TRIGGER portcullis_audit_is_not_changed BEFORE UPDATE ON portcullis_audit
BEGIN
    SELECT RAISE(ABORT, 'a row of the audit trail is never changed');
END;

CREATE TRIGGER portcullis_audit_is_kept BEFORE DELETE ON portcullis_audit
WHEN OLD.position > coalesce((SELECT upto FROM portcullis_seals ORDER BY number DESC LIMIT 1), 0)
BEGIN
    SELECT RAISE(ABORT, 'a row of the audit trail is not removed before it is sealed');
END;

CREATE TRIGGER portcullis_seals_are_not_changed BEFORE UPDATE ON portcullis_seals
BEGIN
    SELECT RAISE(ABORT, 'a seal of the audit trail is never changed');
END;

CREATE TRIGGER portcullis_seals_are_kept BEFORE DELETE ON portcullis_seals
BEGIN
    SELECT RAISE(ABORT, 'a seal of the audit trail is never removed');
END;
