//! What ends tokens, in SQLite. One writer at a time: the positions of entries are in the order of their commits, and where
//! a reader stopped is a position.
//!
//! A file that was brought back from an older copy gives positions a second time. So each handle that writes begins an *era*
//! with its first entry: a random id, and the position from which it holds. A reader is told under which era it has read,
//! and may go on only where that era is known and had not ended before: there, both have had the same past.

use std::fmt;
use std::str::FromStr;

use portcullis_core::password::{OsRandom, Random as _, RandomError};
use portcullis_core::{Batch, Cursor, Entry};
use rusqlite::Connection;

use super::statement;
use crate::own::revocation_positions::{BEGIN_ERA, BEHIND, FORGET, FORGET_ERAS, LAST_OF_ERA, NEWEST};
use crate::own::revocations::{ADD, DROP_SHORTER, entry, entry_values};
use crate::own::row::{Row, Unreadable};
use crate::own::value::Value;

/// How many entries are read on the thread of whoever asks; more are a scan's.
pub(super) const FEW: i64 = 1_000;

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Era(u128);

impl Era {
    /// A new one.
    pub(super) fn new() -> Result<Self, RandomError> {
        let mut era = [0; 16];
        OsRandom.fill(&mut era)?;
        Ok(Self(u128::from_be_bytes(era)))
    }
}

/// How far a reader has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    era: Era,
    position: i64,
}

impl Place {
    /// What a cursor says; `None` if it is none of ours.
    pub(super) fn of(cursor: &Cursor) -> Option<Self> {
        cursor.0.parse().ok()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}:{}", self.era.0, self.position)
    }
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (era, position) = text.split_once(':').ok_or(())?;
        let era = Era(u128::from_str_radix(era, 16).map_err(|_| ())?);
        let position = position.parse().map_err(|_| ())?;
        Ok(Self { era, position })
    }
}

fn place(row: &dyn Row) -> Result<Place, Unreadable> {
    Ok(Place {
        era: Era(u128::from_be_bytes(row.array(0)?)),
        position: row.integer(1)?,
    })
}

/// Adds entries within a transaction.
pub(super) fn add(connection: &Connection, era: Era, entries: &[Entry]) -> rusqlite::Result<()> {
    let mut begun = false;
    for entry in entries {
        let values = entry_values(entry);
        statement::execute(connection, DROP_SHORTER, &values)?;
        if statement::execute(connection, ADD, &values)? == 1 && !begun {
            let position = connection.last_insert_rowid();
            let id = era.0.to_be_bytes();
            statement::execute(connection, BEGIN_ERA, &[id.as_slice().into(), Value::Integer(position)])?;
            begun = true;
        }
    }
    Ok(())
}

/// What stands behind a place, or everything if it is none of this file; `None` if that is more than `most`.
pub(super) fn since(connection: &Connection, from: Option<Place>, most: i64) -> rusqlite::Result<Option<Batch>> {
    // In one view of the tables.
    let view = connection.unchecked_transaction()?;
    let newest = statement::first(&view, NEWEST, &[], place)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    let known = match from {
        Some(from) => is_of_this_past(&view, from, newest)?,
        None => false,
    };
    let after = from.filter(|_| known).map_or(0, |from| from.position);
    if newest.position.saturating_sub(after) > most {
        return Ok(None);
    }
    let entries = statement::all(&view, BEHIND, &[Value::Integer(after)], entry)?;
    Ok(Some(Batch {
        entries: entries.into_iter().flatten().collect(),
        next: Cursor(newest.to_string().into()),
        full: !known,
    }))
}

/// Whether all that led to a place has also led to here.
fn is_of_this_past(view: &Connection, from: Place, newest: Place) -> rusqlite::Result<bool> {
    if from.position == 0 {
        // Before the first entry there was no era.
        return Ok(from.era == Era(0));
    }
    let era = from.era.0.to_be_bytes();
    let values = [Value::Integer(newest.position), era.as_slice().into()];
    let last = statement::first(view, LAST_OF_ERA, &values, |row| row.integer(0))?;
    Ok(last.is_some_and(|last| (1..=last).contains(&from.position)))
}

/// Removes at most `limit` entries that nobody needs at `now`.
pub(super) fn forget(connection: &Connection, now: u64, limit: usize) -> rusqlite::Result<usize> {
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    let forgotten = statement::execute(connection, FORGET, &[Value::count(now), Value::count(limit)])?;
    statement::execute(connection, FORGET_ERAS, &[])?;
    Ok(forgotten)
}
