//! How rows of the audit trail get their positions where several write at once, such as in PostgreSQL. No number is given out
//! in the order of commits there, so a row is added without one, and whoever looks numbers what is visible: without a gap, for
//! one at a time does.

use portcullis_core::Head;

use super::row::{Row, Unreadable};
use super::seals::seal_behind;
use super::statement::statements;

statements! {
    /// Adds a row ([`added`](super::audit::added)), unless it is there, or another act is about to add it.
    ADD = "INSERT INTO portcullis_audit (id, at, kind, node, actor, subject, client, session, peer, agent, detail, key, mac) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (id) DO NOTHING";
    /// One row that has no position; by an index that holds nothing else.
    WAITING = "SELECT added FROM portcullis_audit WHERE position IS NULL LIMIT 1";
    /// Whose turn it is to number, until its act ends; gives the last position.
    TURN = "SELECT position FROM portcullis_audit_given WHERE one = 1 FOR UPDATE";
    /// Numbers at most `$1` rows in the order in which they were added, in an act that has its turn, and gives the last position.
    NUMBER = "WITH waiting AS (SELECT id, added FROM portcullis_audit WHERE position IS NULL ORDER BY added LIMIT $1), \
        last AS (SELECT greatest(position, (SELECT max(position) FROM portcullis_audit)) AS position \
        FROM portcullis_audit_given WHERE one = 1), \
        placed AS (SELECT id, last.position + row_number() OVER (ORDER BY added) AS position FROM waiting, last), \
        numbered AS (UPDATE portcullis_audit row SET position = placed.position FROM placed WHERE row.id = placed.id \
        RETURNING row.id) \
        UPDATE portcullis_audit_given given SET position = last.position + (SELECT count(*) FROM numbered) FROM last \
        WHERE given.one = 1 RETURNING given.position";
    /// At most `$2` rows up to the position `$1` that tell of a server's start, the newest first, for
    /// [`stored`](super::audit::stored); by an index that holds nothing else, for between two starts there may be all that a
    /// fleet did in months.
    STARTS = "SELECT position, id, at, kind, node, actor, subject, client, session, peer, agent, detail, key, mac \
        FROM portcullis_audit WHERE position <= $1 AND kind = 60 ORDER BY position DESC LIMIT $2";
    /// How many rows and seals stand where none is put, if somebody took the checks of the tables away.
    ASTRAY = "SELECT (SELECT count(*) FROM portcullis_audit WHERE position < 1) \
        + (SELECT count(*) FROM portcullis_seals WHERE number < 1)";
    /// How far rows and seals have come, for [`head`]: what is noted of that, or what stands there, if somebody set it back.
    HEAD = "SELECT greatest(given.position, (SELECT max(position) FROM portcullis_audit)), greatest(given.seal, number), number, prev, root, rows, upto, era, at, node, key, signature \
        FROM portcullis_audit_given given LEFT JOIN portcullis_seals ON number = (SELECT max(number) FROM portcullis_seals) \
        WHERE given.one = 1";
    /// The first position that stands there, and the last; of an empty trail the first is behind the last.
    STANDING = "SELECT coalesce((SELECT min(position) FROM portcullis_audit WHERE position > 0), position + 1), \
        greatest(position, (SELECT max(position) FROM portcullis_audit)) FROM portcullis_audit_given WHERE one = 1";
    /// The seal `$1` was made.
    SEALED = "UPDATE portcullis_audit_given SET seal = $1 WHERE one = 1 AND seal < $1";
    /// Up to where the rows of whole seals go in one step, of those up to the position `$1`: about `$2` rows, and those of one seal
    /// in any case.
    WHOLE_SEALS = "SELECT coalesce((SELECT max(upto) FROM portcullis_seals WHERE upto <= $1 AND upto >= first AND upto < first + $2), \
        (SELECT min(upto) FROM portcullis_seals WHERE upto <= $1 AND upto >= first)) \
        FROM (SELECT min(position) AS first FROM portcullis_audit WHERE position > 0) AS rows";
}

/// Reads a row of [`HEAD`].
pub(crate) fn head(row: &dyn Row) -> Result<Head, Unreadable> {
    Ok(Head {
        position: row.count(0)?,
        sealed: row.count(1)?,
        seal: row.integer_or_null(2)?.map(|_| seal_behind(row, 2)).transpose()?,
    })
}
