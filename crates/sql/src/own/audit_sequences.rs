//! How far the audit trail has come where the database itself gives positions in the order of commits, such as SQLite.

use super::statement::statements;

statements! {
    /// Adds a row ([`added`](super::audit::added)), unless it is there: then no position is given either, as one would be that
    /// is refused for a conflict.
    ADD = "INSERT INTO portcullis_audit (id, at, kind, node, actor, subject, client, session, peer, agent, detail, key, mac) \
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 \
        WHERE NOT EXISTS (SELECT 1 FROM portcullis_audit WHERE id = $1)";
    /// The last position and the highest number of a seal that were ever given.
    GIVEN = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'portcullis_audit'), 0), \
        coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'portcullis_seals'), 0)";
}
