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
    seal_behind(row, 0)
}

/// The same of the columns from this one on.
pub(crate) fn seal_behind(row: &dyn Row, first: usize) -> Result<Seal, Unreadable> {
    let column = |place: usize| first.saturating_add(place);
    Ok(Seal {
        number: row.count(column(0))?,
        prev: row.array(column(1))?,
        root: row.array(column(2))?,
        rows: row.count(column(3))?,
        upto: row.count(column(4))?,
        era: row.count(column(5))?,
        at: row.count(column(6))?,
        node: row.number(column(7))?,
        key: row.number(column(8))?,
        signature: row.bytes(column(9))?.to_vec(),
    })
}
