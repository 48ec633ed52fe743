//! A fair sample of the stored hashes: always the same one as long as the table does not change.

use portcullis_core::{HashString, StoreError};

use crate::own::accounts;
use crate::own::sample::{NEIGHBOURS, again, parts};
use crate::own::value::Value;
use crate::postgres::database::PostgresDatabase;

/// Each is one look-up by the index.
const ENDS: &str = "SELECT (SELECT min(added) FROM portcullis_accounts), (SELECT max(added) FROM portcullis_accounts)";

const PART: &str = "SELECT password_hash, password_salt, password_algorithm, password_user FROM \
    (SELECT * FROM portcullis_accounts WHERE added >= $1 AND added < $2 ORDER BY added LIMIT $3) AS part \
    WHERE password_hash IS NOT NULL LIMIT $4";

/// Up to `limit` hashes, with what stands beside them.
pub(super) async fn sample(database: &PostgresDatabase, limit: usize) -> Result<Vec<HashString>, StoreError> {
    let ends = database
        .look(ENDS, &[], |row| Ok((row.integer_or_null(0)?, row.integer_or_null(1)?)))
        .await?;
    let Some((Some(first), Some(last))) = ends.into_iter().next() else {
        return Ok(Vec::new());
    };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let once = spread(database, (first, last), limit, 1).await?;
    match again(limit, once.len()) {
        Some(each) => spread(database, (first, last), limit, each).await,
        None => Ok(once),
    }
}

/// Up to `each` hashes from each of up to `places` equal parts of the table.
async fn spread(
    database: &PostgresDatabase,
    ends: (i64, i64),
    places: i64,
    each: i64,
) -> Result<Vec<HashString>, StoreError> {
    let mut hashes = Vec::new();
    for (from, to) in parts(ends, places) {
        let values = [from, to, each.max(NEIGHBOURS), each].map(Value::Integer);
        let found = database.look(PART, &values, |row| accounts::hash(row, 0, 1)).await?;
        hashes.extend(found.into_iter().flatten());
    }
    Ok(hashes)
}
