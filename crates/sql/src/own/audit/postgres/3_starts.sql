-- expand
-- A server that starts looks for the starts before it, whatever is between them.
CREATE INDEX portcullis_audit_starts ON portcullis_audit (position) WHERE kind = 60;
