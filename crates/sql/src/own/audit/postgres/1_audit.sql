CREATE TABLE portcullis_audit (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    position BIGINT CHECK (position > 0),
    added BIGINT GENERATED ALWAYS AS IDENTITY,
    at BIGINT NOT NULL CHECK (at >= 0),
    kind BIGINT NOT NULL CHECK (kind >= 0),
    node BIGINT NOT NULL CHECK (node >= 0),
    actor TEXT,
    subject TEXT,
    client TEXT,
    session BYTEA CHECK (length(session) = 16),
    peer TEXT,
    agent TEXT,
    detail TEXT CHECK (length(detail) <= 2048),
    key BIGINT NOT NULL,
    mac BYTEA NOT NULL CHECK (length(mac) = 16)
);
CREATE UNIQUE INDEX portcullis_audit_positions ON portcullis_audit (position) WHERE position IS NOT NULL;
CREATE INDEX portcullis_audit_unnumbered ON portcullis_audit (added) WHERE position IS NULL;

CREATE TABLE portcullis_seals (
    number BIGINT NOT NULL PRIMARY KEY CHECK (number > 0),
    prev BYTEA NOT NULL UNIQUE CHECK (length(prev) = 32),
    root BYTEA NOT NULL CHECK (length(root) = 32),
    rows BIGINT NOT NULL CHECK (rows >= 0),
    upto BIGINT NOT NULL CHECK (upto >= 0),
    era BIGINT NOT NULL CHECK (era >= 0),
    at BIGINT NOT NULL CHECK (at >= 0),
    node BIGINT NOT NULL CHECK (node >= 0),
    key BIGINT NOT NULL,
    signature BYTEA NOT NULL
);
CREATE INDEX portcullis_seals_by_time ON portcullis_seals (at, number);
CREATE INDEX portcullis_seals_by_row ON portcullis_seals (upto);

CREATE TABLE portcullis_audit_given (
    one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    position BIGINT NOT NULL CHECK (position >= 0),
    seal BIGINT NOT NULL CHECK (seal >= 0)
);
INSERT INTO portcullis_audit_given VALUES (1, 0, 0);

CREATE FUNCTION portcullis_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION portcullis_audit_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM gone WHERE position IS NULL
            OR position > coalesce((SELECT upto FROM portcullis_seals ORDER BY number DESC LIMIT 1), 0)
    ) THEN
        RAISE EXCEPTION 'a row of the audit trail is not removed before it is sealed'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER portcullis_audit_is_not_changed BEFORE UPDATE ON portcullis_audit FOR EACH ROW
    WHEN (OLD.position IS NOT NULL OR NEW.position IS NULL
        OR (OLD.id, OLD.added, OLD.at, OLD.kind, OLD.node, OLD.actor, OLD.subject, OLD.client, OLD.session, OLD.peer,
            OLD.agent, OLD.detail, OLD.key, OLD.mac) IS DISTINCT FROM
           (NEW.id, NEW.added, NEW.at, NEW.kind, NEW.node, NEW.actor, NEW.subject, NEW.client, NEW.session, NEW.peer,
            NEW.agent, NEW.detail, NEW.key, NEW.mac))
    EXECUTE FUNCTION portcullis_refuse('a row of the audit trail is never changed');
CREATE TRIGGER portcullis_audit_is_kept AFTER DELETE ON portcullis_audit
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION portcullis_audit_keep();
CREATE TRIGGER portcullis_audit_is_not_emptied BEFORE TRUNCATE ON portcullis_audit
    FOR EACH STATEMENT EXECUTE FUNCTION portcullis_refuse('the audit trail is never emptied');
CREATE TRIGGER portcullis_seals_are_not_changed BEFORE UPDATE ON portcullis_seals
    FOR EACH ROW EXECUTE FUNCTION portcullis_refuse('a seal of the audit trail is never changed');
CREATE TRIGGER portcullis_seals_are_kept BEFORE DELETE ON portcullis_seals
    FOR EACH ROW EXECUTE FUNCTION portcullis_refuse('a seal of the audit trail is never removed');
CREATE TRIGGER portcullis_seals_are_not_emptied BEFORE TRUNCATE ON portcullis_seals
    FOR EACH STATEMENT EXECUTE FUNCTION portcullis_refuse('seals of the audit trail are never removed');
