//! Numbered steps, each in one transaction, remembered with a digest of its text.

use sha2::{Digest as _, Sha256};
use tokio_postgres::Client;

use super::error::PostgresError;

/// Two nodes that begin at once both make the table: the second waits for the lock and finds it.
const BEGIN: &str = "BEGIN; LOCK TABLE portcullis_migrations IN EXCLUSIVE MODE";

const TABLE: &str = "CREATE TABLE IF NOT EXISTS portcullis_migrations (
    name TEXT NOT NULL,
    step BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (name, step)
)";

/// Carries out the steps that are not carried out yet. Two nodes at once carry each out once. The link is not used again.
pub(super) async fn migrate(client: &Client, name: &'static str, steps: &[&str]) -> Result<(), PostgresError> {
    make_table(client).await.map_err(|cause| failed(name, 0, cause))?;
    let known = u32::try_from(steps.len()).unwrap_or(u32::MAX);
    let last = "SELECT coalesce(max(step), 0) FROM portcullis_migrations WHERE name = $1";
    let found = client
        .query_one(last, &[&name])
        .await
        .and_then(|row| row.try_get::<_, i64>(0));
    let found = found.map_err(|cause| failed(name, 0, cause))?;
    let found = u32::try_from(found).unwrap_or(u32::MAX);
    if found > known {
        return Err(PostgresError::Newer { name, found, known });
    }
    for (text, step) in steps.iter().zip(1..) {
        let digest = digest(text);
        // Asked without the lock first: what is up to date opens beside one who migrates.
        let done = carried_out(client, name, step).await;
        let done = match done.map_err(|cause| failed(name, step, cause))? {
            Some(done) => done,
            None => carry_out(client, (name, step, text), &digest).await?,
        };
        if done != digest {
            return Err(PostgresError::Changed { name, step });
        }
    }
    Ok(())
}

/// Two that make one table at once may collide in the server's catalogue; then it is there.
async fn make_table(client: &Client) -> Result<(), tokio_postgres::Error> {
    match client.batch_execute(TABLE).await {
        Err(_) => client.batch_execute(TABLE).await,
        made => made,
    }
}

/// Carries a step out, unless another node was faster; gives the digest of what was carried out.
async fn carry_out(
    client: &Client,
    (name, step, text): (&'static str, u32, &str),
    digest: &str,
) -> Result<String, PostgresError> {
    let failed = |cause| failed(name, step, cause);
    client.batch_execute(BEGIN).await.map_err(failed)?;
    if let Some(earlier) = carried_out(client, name, step).await.map_err(failed)? {
        client.batch_execute("ROLLBACK").await.map_err(failed)?;
        return Ok(earlier);
    }
    client.batch_execute(text).await.map_err(failed)?;
    let insert = "INSERT INTO portcullis_migrations VALUES ($1, $2, $3)";
    client
        .execute(insert, &[&name, &i64::from(step), &digest])
        .await
        .map_err(failed)?;
    client.batch_execute("COMMIT").await.map_err(failed)?;
    Ok(digest.to_owned())
}

/// The digest of a step that was carried out.
async fn carried_out(client: &Client, name: &str, step: u32) -> Result<Option<String>, tokio_postgres::Error> {
    let sql = "SELECT sha256 FROM portcullis_migrations WHERE name = $1 AND step = $2";
    let found = client.query_opt(sql, &[&name, &i64::from(step)]).await?;
    found.map(|row| row.try_get(0)).transpose()
}

fn digest(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn failed(name: &'static str, step: u32, cause: tokio_postgres::Error) -> PostgresError {
    let cause = Box::new(cause);
    PostgresError::Failed { name, step, cause }
}
