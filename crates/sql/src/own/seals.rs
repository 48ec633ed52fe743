//! Seals of the audit trail, each of which binds rows and the seal before it.

use portcullis_core::Seal;

use super::row::{Row, Unreadable};
use super::statement::statements;
use super::value::Value;

statements! {
    /// Adds a seal ([`added`]), unless one of its number is there, or one that follows the same seal.
    ADD = "INSERT INTO portcullis_seals (number, prev, root, rows, upto, era, at, node, key, signature) \
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 \
        WHERE NOT EXISTS (SELECT 1 FROM portcullis_seals WHERE number = $1 OR prev = $2) ON CONFLICT DO NOTHING";
    /// At most `$2` seals whose numbers are above `$1`, for [`seal`].
    ABOVE = "SELECT number, prev, root, rows, upto, era, at, node, key, signature FROM portcullis_seals \
        WHERE number > $1 ORDER BY number LIMIT $2";
    /// The newest one.
    NEWEST = "SELECT number, prev, root, rows, upto, era, at, node, key, signature FROM portcullis_seals \
        ORDER BY number DESC LIMIT 1";
    /// The last one that was made before `$1`.
    BEFORE = "SELECT number, prev, root, rows, upto, era, at, node, key, signature FROM portcullis_seals \
        WHERE at < $1 ORDER BY at DESC, number DESC LIMIT 1";
    /// The last position and the highest number that were ever given, in databases with one writer, such as SQLite.
    GIVEN = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'portcullis_audit'), 0), \
        coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'portcullis_seals'), 0)";
}

/// What [`ADD`] is given.
pub(crate) fn added(seal: &Seal) -> [Value<'_>; 10] {
    [
        Value::count(seal.number),
        seal.prev.as_slice().into(),
        seal.root.as_slice().into(),
        Value::count(seal.rows),
        Value::count(seal.upto),
        Value::count(seal.era),
        Value::count(seal.at),
        Value::count(seal.node.into()),
        Value::count(seal.key.into()),
        seal.signature.as_slice().into(),
    ]
}

/// Reads a seal.
pub(crate) fn seal(row: &dyn Row) -> Result<Seal, Unreadable> {
    Ok(Seal {
        number: row.count(0)?,
        prev: row.array(1)?,
        root: row.array(2)?,
        rows: row.count(3)?,
        upto: row.count(4)?,
        era: row.count(5)?,
        at: row.count(6)?,
        node: row.number(7)?,
        key: row.number(8)?,
        signature: row.bytes(9)?.to_vec(),
    })
}
