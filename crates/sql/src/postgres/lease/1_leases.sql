-- What one node does for all, and until when it may.
CREATE TABLE portcullis_leases (
    name TEXT COLLATE "C" PRIMARY KEY,
    holder BYTEA NOT NULL,
    -- Milliseconds since 1970, by the database's clock.
    until BIGINT NOT NULL,
    -- Counts up with every holder.
    fence BIGINT NOT NULL
) WITH (fillfactor = 50);
