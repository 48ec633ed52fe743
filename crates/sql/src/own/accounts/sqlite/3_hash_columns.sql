ALTER TABLE portcullis_accounts ADD COLUMN password_salt TEXT;
ALTER TABLE portcullis_accounts ADD COLUMN password_algorithm TEXT;
ALTER TABLE portcullis_accounts ADD COLUMN password_user TEXT;
