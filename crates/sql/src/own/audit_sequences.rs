//! How far the audit trail has come where the database itself gives positions in the order of commits, such as SQLite.

use super::statement::statements;

statements! {
    /// Adds a row ([`added`](super::audit::added)), unless it is there: then no position is given either, as one would be that
    /// is refused for a conflict.
    ADD = "INSERT INTO portcullis_audit (id, at, kind, node, actor, subject, client, session, peer, agent, detail, key, mac) \
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 \
        WHERE NOT EXISTS (SELECT 1 FROM portcullis_audit WHERE id = $1)";
    /// The last position and the highest number of a seal that were ever given: what SQLite remembers of that, or what stands
    /// there, if somebody had it forget.
    GIVEN = "SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'portcullis_audit'), 0), \
        coalesce((SELECT max(position) FROM portcullis_audit WHERE position <= 9223372036854775807), 0)), \
        max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'portcullis_seals'), 0), \
        coalesce((SELECT max(number) FROM portcullis_seals WHERE number <= 9223372036854775807), 0))";
    /// How many rows and seals stand where none is put. A table that somebody made anew may hold anything as a number.
    ASTRAY = "SELECT (SELECT count(*) FROM portcullis_audit WHERE typeof(position) <> 'integer' OR position < 1) \
        + (SELECT count(*) FROM portcullis_seals WHERE typeof(number) <> 'integer' OR number < 1)";
}
