-- expand
-- Which servers are at work, by their own word. Times are milliseconds since 1970, by the database's clock.
CREATE TABLE portcullis_nodes (
    id BYTEA PRIMARY KEY,
    host TEXT NOT NULL,
    version TEXT NOT NULL,
    -- The last step that it knows of each group of tables: a line each of its name and the number.
    level TEXT NOT NULL,
    started BIGINT NOT NULL,
    seen BIGINT NOT NULL
) WITH (fillfactor = 50);
