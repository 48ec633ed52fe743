//! What is counted over whole tables: it may take its time, and nobody waits behind it.

use std::time::Duration;

use portcullis_core::StoreError;

use super::database::PostgresDatabase;
use super::failure::Failure;
use super::lanes::in_time;
use super::statement;
use crate::own::row::Read;
use crate::own::value::Value;

/// Ten million rows are counted within it.
const BEGIN: &str = "BEGIN READ ONLY; SET LOCAL statement_timeout = '60s'";

/// Longer than the server takes to end it by itself.
const PATIENCE: Duration = Duration::from_secs(65);

/// The rows of a statement that changes nothing, over a link of its own, once.
pub(super) async fn report<T>(
    database: &PostgresDatabase,
    sql: &'static str,
    values: &[Value<'_>],
    read: Read<T>,
) -> Result<Vec<T>, StoreError> {
    let link = database.alone().await.map_err(StoreError::unavailable)?;
    let looked = async {
        link.client().batch_execute(BEGIN).await?;
        statement::all(&link, sql, values, read).await
    };
    in_time(PATIENCE, looked)
        .await
        .map_err(|failure: Failure| failure.into())
}
