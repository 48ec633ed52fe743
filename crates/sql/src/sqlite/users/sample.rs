//! A fair sample of the stored hashes: always the same one as long as the table does not change.
//!
//! Its statements are SQLite's alone: the order in which rows were added is its `rowid`.

use portcullis_core::HashString;
use rusqlite::Connection;

use crate::own::accounts;
use crate::own::sample::{NEIGHBOURS, again, parts};
use crate::own::value::Value;
use crate::sqlite::statement;

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
    match again(limit, once.len()) {
        Some(each) => spread(connection, (first, last), limit, each),
        None => Ok(once),
    }
}

/// Up to `each` hashes from each of up to `places` equal parts of the table.
fn spread(connection: &Connection, ends: (i64, i64), places: i64, each: i64) -> rusqlite::Result<Vec<HashString>> {
    let sql = "SELECT password_hash, password_salt, password_algorithm, password_user FROM \
        (SELECT * FROM portcullis_accounts WHERE rowid >= $1 AND rowid < $2 ORDER BY rowid LIMIT $3) \
        WHERE password_hash IS NOT NULL LIMIT $4";
    let mut hashes = Vec::new();
    for (from, to) in parts(ends, places) {
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
