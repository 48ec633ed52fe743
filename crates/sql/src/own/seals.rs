//! Seals of the audit trail, each of which binds rows and the seal before it.

use portcullis_core::Seal;

use super::row::{Foreign, Row, Unreadable};
use super::statement::statements;
use super::value::Value;

statements! {
    /// Adds a seal ([`added`]), unless one of its number is there, or one that follows the same seal.
    ADD = "INSERT INTO portcullis_seals (number, prev, root, rows, upto, era, at, node, key, signature) \
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 \
        WHERE NOT EXISTS (SELECT 1 FROM portcullis_seals WHERE number = $1 OR prev = $2) ON CONFLICT DO NOTHING";
    /// At most `$2` seals whose numbers are above `$1`, for [`seal`].
    ABOVE = "SELECT number, prev, root, rows, upto, era, at, node, key, signature FROM portcullis_seals \
        WHERE number > $1 AND number <= 9223372036854775807 ORDER BY number LIMIT $2";
    /// The newest one.
    NEWEST = "SELECT number, prev, root, rows, upto, era, at, node, key, signature FROM portcullis_seals \
        WHERE number > 0 AND number <= 9223372036854775807 ORDER BY number DESC LIMIT 1";
    /// The last one that was made before `$1`.
    BEFORE = "SELECT number, prev, root, rows, upto, era, at, node, key, signature FROM portcullis_seals \
        WHERE at < $1 AND number > 0 ORDER BY at DESC, number DESC LIMIT 1";
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

/// Reads a seal. One that holds what no server of ours writes is a seal too, but nothing signed it.
pub(crate) fn seal(row: &dyn Row) -> Result<Seal, Unreadable> {
    seal_behind(row, 0)
}

/// The same of the columns from this one on.
pub(crate) fn seal_behind(row: &dyn Row, first: usize) -> Result<Seal, Unreadable> {
    let column = |place: usize| first.saturating_add(place);
    let mut foreign = Foreign::default();
    Ok(Seal {
        number: row.count(column(0))?,
        prev: foreign.take(row.array(column(1))),
        root: foreign.take(row.array(column(2))),
        rows: foreign.take(row.count(column(3))),
        upto: foreign.take(row.count(column(4))),
        era: foreign.take(row.count(column(5))),
        at: foreign.take(row.count(column(6))),
        node: foreign.take(row.number(column(7))),
        key: foreign.take(row.number(column(8))),
        signature: {
            let signature = foreign.take(row.bytes(column(9))).to_vec();
            foreign.unless_found(signature)
        },
    })
}
