//! What ends tokens, in PostgreSQL.

use portcullis_core::{Batch, Cursor, Entry, StoreError};

use super::act::Act;
use super::database::PostgresDatabase;
use super::failure::Failure;
use crate::own::revocation_snapshots::{ADD, FORGET, Found, Key, NEWS, PAGE, Place, added, found, keyed};
use crate::own::value::Value;

/// How many entries are read at once; where more are new, all are read.
const AT_ONCE: u64 = 10_000;

/// Adds entries within an act.
pub(super) async fn add(act: &Act, entries: &[Entry]) -> Result<(), Failure> {
    if entries.is_empty() {
        return Ok(());
    }
    let added = added(entries);
    act.execute(ADD, &texts(&added)).await.map(drop)
}

/// What was not visible yet at the place of a cursor; everything if the cursor has none here.
pub(super) async fn since(database: &PostgresDatabase, cursor: Option<&Cursor>) -> Result<Batch, StoreError> {
    let from = cursor.and_then(|cursor| Place::of(&cursor.0)).unwrap_or_default();
    let rows = database.feed(NEWS, &from.values(AT_ONCE), found).await?;
    // Of rows, and not of entries: those of a kind that only a newer version knows are none.
    let are_many = u64::try_from(rows.len()).is_ok_and(|read| read >= AT_ONCE);
    let (mut here, mut entries) = (None, Vec::new());
    for row in rows {
        match row {
            Found::Here { place, holds, standby } => here = Some((place, holds, standby)),
            Found::New(entry) => entries.extend(entry),
        }
    }
    let Some((place, holds, standby)) = here else {
        return Err(StoreError::corrupt("no snapshot"));
    };
    if standby {
        return Err(StoreError::unavailable("a standby does not know what goes on"));
    }
    if !holds || are_many {
        // Read after the place: what is new since may come twice.
        entries = all(database).await?;
    }
    Ok(Batch {
        entries,
        next: Cursor(place.into()),
        full: !holds,
    })
}

/// Everything, a part at a time, so that others who look over the same link need not wait for all of it.
async fn all(database: &PostgresDatabase) -> Result<Vec<Entry>, StoreError> {
    let (mut entries, mut last) = (Vec::new(), Key::FIRST);
    loop {
        let page = database.look(PAGE, &last.behind(AT_ONCE), keyed).await?;
        let Some((key, _)) = page.last() else {
            return Ok(entries);
        };
        last = *key;
        entries.extend(page.into_iter().filter_map(|(_, entry)| entry));
    }
}

/// Removes at most `limit` entries that nobody needs at `now`.
pub(super) async fn forget(database: &PostgresDatabase, now: u64, limit: usize) -> Result<usize, StoreError> {
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    let forgotten = database
        .sweep(FORGET, &[Value::count(now), Value::count(limit)])
        .await?;
    Ok(usize::try_from(forgotten).unwrap_or(usize::MAX))
}

/// Lists, as a statement is given them.
pub(super) fn texts<const N: usize>(lists: &[String; N]) -> [Value<'_>; N] {
    lists.each_ref().map(|list| Value::Text(list))
}
