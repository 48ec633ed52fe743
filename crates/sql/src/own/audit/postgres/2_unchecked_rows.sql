-- expand
-- PostgreSQL reads and compiles each of these anew for every row. What is read is checked, and each row has its code.
ALTER TABLE portcullis_audit
    DROP CONSTRAINT IF EXISTS portcullis_audit_id_check,
    DROP CONSTRAINT IF EXISTS portcullis_audit_at_check,
    DROP CONSTRAINT IF EXISTS portcullis_audit_kind_check,
    DROP CONSTRAINT IF EXISTS portcullis_audit_node_check,
    DROP CONSTRAINT IF EXISTS portcullis_audit_session_check,
    DROP CONSTRAINT IF EXISTS portcullis_audit_detail_check,
    DROP CONSTRAINT IF EXISTS portcullis_audit_mac_check;
