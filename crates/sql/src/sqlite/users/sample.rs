//! A fair sample of the stored hashes, cheap however many there are: rows at even distances in the order in which they
//! were added. The oldest users alone would not do, for their hashes are often of another format than the others'.
//!
//! Its statements are SQLite's alone: that order is its `rowid`.

use portcullis_core::HashString;
use rusqlite::Connection;

use crate::own::accounts;
use crate::own::value::Value;
use crate::sqlite::statement;

/// How many rows without a hash are passed over at one place.
const NEIGHBOURS: i64 = 32;

/// Up to `limit` hashes, with what stands beside them; always the same ones as long as the table does not change.
pub(super) fn sample(connection: &Connection, limit: usize) -> rusqlite::Result<Vec<HashString>> {
    // Two subqueries, of which each is one look-up; two aggregates of one query would walk through the table.
    let sql = "SELECT (SELECT min(rowid) FROM portcullis_accounts), (SELECT max(rowid) FROM portcullis_accounts)";
    let ends = connection
        .prepare_cached(sql)?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (Some(first), Some(last)): (Option<i64>, Option<i64>) = ends else {
        return Ok(Vec::new());
    };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let once = spread(connection, (first, last), limit, 1)?;
    let found = i64::try_from(once.len()).unwrap_or(i64::MAX);
    // Where many rows were deleted, those that are left stand close together.
    match limit.checked_div(found) {
        Some(each) if each > 1 => spread(connection, (first, last), limit, each),
        _ => Ok(once),
    }
}

/// Up to `each` hashes from each of up to `places` equal parts of the table.
fn spread(connection: &Connection, ends: (i64, i64), places: i64, each: i64) -> rusqlite::Result<Vec<HashString>> {
    let sql = "SELECT password_hash, password_salt, password_algorithm, password_user FROM \
        (SELECT * FROM portcullis_accounts WHERE rowid >= $1 AND rowid < $2 ORDER BY rowid LIMIT $3) \
        WHERE password_hash IS NOT NULL LIMIT $4";
    let (first, last) = (i128::from(ends.0), i128::from(ends.1));
    let length = last.saturating_sub(first).saturating_add(1);
    let places = i128::from(places).min(length);
    let place = |number: i128| {
        let offset = length.saturating_mul(number).checked_div(places).unwrap_or_default();
        i64::try_from(first.saturating_add(offset)).unwrap_or(i64::MAX)
    };
    let mut hashes = Vec::new();
    for number in 0..places {
        let (from, to) = (place(number), place(number.saturating_add(1)));
        let values = [from, to, each.max(NEIGHBOURS), each].map(Value::Integer);
        let found = statement::all(connection, sql, &values, |row| accounts::hash(row, 0, 1))?;
        hashes.extend(found.into_iter().flatten());
    }
    Ok(hashes)
}

#[cfg(test)]
mod tests {
    use portcullis_core::{Account, UserStore as _};

    use crate::SqliteUsers;

    #[tokio::test]
    async fn where_most_users_were_deleted_the_rest_is_found() {
        let users = SqliteUsers::temporary().await.expect("opens");
        let account = |n: u32| Account::new(format!("n{n}")).with_password_hash(format!("$test${n}").into());
        users
            .insert_many((0..500).map(account).collect())
            .await
            .expect("stored");
        let delete = "DELETE FROM portcullis_accounts WHERE rowid BETWEEN 21 AND 499";
        users
            .database()
            .write(move |tx| tx.execute(delete, []))
            .await
            .expect("deleted");
        assert!(users.sample_hashes(20).await.expect("read").len() >= 10);
        assert_eq!(users.sample_hashes(1_000).await.expect("read").len(), 21);
    }
}
