//! Numbered steps, each in one transaction, remembered with a digest of its text.

use std::error::Error;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};

use super::error::PostgresError;
use super::node::{self, PostgresNode};
use crate::own::row::Unreadable;
use crate::phase::{FLOORS, Phase};

/// Two nodes that begin at once both make the table: the second waits for the lock and finds it. Nobody waits for a lock for
/// long: whoever comes after who waits for it would wait too, also to read.
const BEGIN: &str = "BEGIN; SET LOCAL lock_timeout = '2s'; LOCK TABLE portcullis_migrations IN EXCLUSIVE MODE";

/// How often a lock is asked for, and the pause in which others get through.
const TRIES: u32 = 60;
const PAUSE: Duration = Duration::from_millis(500);

/// Whoever begins to be at work, or says so again, waits for the end of the step, and then sees it.
const HOLD_NODES: &str = "LOCK TABLE portcullis_nodes IN SHARE MODE";

/// What of the steps beyond the last one that is known here a version must know.
const FLOOR: &str = "SELECT coalesce(max(coalesce(f.floor, m.step)), 0) FROM portcullis_migrations AS m \
    LEFT JOIN portcullis_floors AS f ON f.name = m.name AND f.step = m.step WHERE m.name = $1 AND m.step > $2";

/// What a statement is given. None is prepared: each is asked once, and behind a pooler perhaps of another session.
type Values<'a> = &'a [(&'a (dyn ToSql + Sync), Type)];

/// Steps, and how far they go.
#[derive(Clone, Copy)]
pub(super) struct Steps<'a> {
    pub(super) name: &'static str,
    pub(super) texts: &'a [&'a str],
    /// Also those that older versions do not live with.
    pub(super) contract: bool,
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS portcullis_migrations (
    name TEXT NOT NULL,
    step BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (name, step)
)";

/// Carries out the steps that are not carried out yet. Two nodes at once carry each out once. The link is not used again.
pub(super) async fn migrate(client: &Client, steps: Steps<'_>) -> Result<(), PostgresError> {
    let name = steps.name;
    make_table(client).await.map_err(|cause| failed(name, 0, cause))?;
    let known = u32::try_from(steps.texts.len()).unwrap_or(u32::MAX);
    let last = "SELECT coalesce(max(step), 0) FROM portcullis_migrations WHERE name = $1";
    let found =
        number(client.query_typed_one(last, &[(&name, Type::TEXT)]).await).map_err(|cause| failed(name, 0, cause))?;
    if found > known {
        let floor = floor(client, name, known).await;
        if floor
            .map_err(|cause| failed(name, 0, cause))?
            .is_none_or(|floor| floor > known)
        {
            return Err(PostgresError::Newer { name, found, known });
        }
    }
    for (text, step) in steps.texts.iter().zip(1..) {
        let digest = digest(text);
        // Asked without the lock first: what is up to date opens beside one who migrates.
        let done = carried_out(client, name, step).await;
        let done = match done.map_err(|cause| failed(name, step, cause))? {
            Some(done) => done,
            None if !steps.contract && !Phase::of(text).is_usual() => continue,
            None => carry_out(client, (name, step, text), &digest).await?,
        };
        if done != digest {
            return Err(PostgresError::Changed { name, step });
        }
    }
    Ok(())
}

/// What a version must know of the steps beyond `known`. `None`: all of them.
async fn floor(client: &Client, name: &str, known: u32) -> Result<Option<u32>, tokio_postgres::Error> {
    let there = "SELECT to_regclass('portcullis_floors') IS NOT NULL";
    if !client.query_typed_one(there, &[]).await?.try_get::<_, bool>(0)? {
        return Ok(None);
    }
    let values: Values<'_> = &[(&name, Type::TEXT), (&i64::from(known), Type::INT8)];
    number(client.query_typed_one(FLOOR, values).await).map(Some)
}

fn number(row: Result<tokio_postgres::Row, tokio_postgres::Error>) -> Result<u32, tokio_postgres::Error> {
    let number: i64 = row?.try_get(0)?;
    Ok(u32::try_from(number).unwrap_or(u32::MAX))
}

/// Two that make one table at once may collide in the server's catalogue; then it is there.
async fn make_table(client: &Client) -> Result<(), tokio_postgres::Error> {
    match client.batch_execute(TABLE).await {
        Err(_) => client.batch_execute(TABLE).await,
        made => made,
    }
}

/// Carries a step out, unless another node was faster; gives the digest of what was carried out.
async fn carry_out(client: &Client, step: (&'static str, u32, &str), digest: &str) -> Result<String, PostgresError> {
    let mut left = TRIES;
    loop {
        let error = match try_out(client, step, digest).await {
            Ok(done) => return Ok(done),
            Err(Trouble::Behind(floor, nodes)) => {
                let (name, step) = (step.0, step.1);
                return Err(PostgresError::Behind {
                    name,
                    step,
                    floor,
                    nodes,
                });
            }
            Err(Trouble::Unreadable(cause)) => return Err(failed(step.0, step.1, cause)),
            Err(Trouble::Server(error)) => error,
        };
        left = left.saturating_sub(1);
        if left == 0 || error.code() != Some(&SqlState::LOCK_NOT_AVAILABLE) {
            return Err(failed(step.0, step.1, error));
        }
        let undone = client.batch_execute("ROLLBACK").await;
        undone.map_err(|cause| failed(step.0, step.1, cause))?;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Why a step was not carried out.
enum Trouble {
    Server(tokio_postgres::Error),
    /// What a server said of itself.
    Unreadable(Unreadable),
    /// These servers do not know the step of this number, which they must.
    Behind(u32, Vec<PostgresNode>),
}

impl From<tokio_postgres::Error> for Trouble {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Server(error)
    }
}

async fn try_out(
    client: &Client,
    (name, step, text): (&'static str, u32, &str),
    digest: &str,
) -> Result<String, Trouble> {
    client.batch_execute(BEGIN).await?;
    if let Some(earlier) = carried_out(client, name, step).await? {
        client.batch_execute("ROLLBACK").await?;
        return Ok(earlier);
    }
    if let Phase::Contract { floor } = Phase::of(text) {
        let behind = behind(client, name, floor).await?;
        if !behind.is_empty() {
            client.batch_execute("ROLLBACK").await?;
            return Err(Trouble::Behind(floor, behind));
        }
    }
    client.batch_execute(text).await?;
    let insert = "INSERT INTO portcullis_migrations (name, step, sha256) VALUES ($1, $2, $3)";
    let values: Values<'_> = &[
        (&name, Type::TEXT),
        (&i64::from(step), Type::INT8),
        (&digest, Type::TEXT),
    ];
    client.execute_typed(insert, values).await?;
    if let Some(floor) = Phase::of(text).floor() {
        client.batch_execute(FLOORS).await?;
        let insert = "INSERT INTO portcullis_floors (name, step, floor) VALUES ($1, $2, $3)";
        let floor = i64::from(floor);
        let values: Values<'_> = &[
            (&name, Type::TEXT),
            (&i64::from(step), Type::INT8),
            (&floor, Type::INT8),
        ];
        client.execute_typed(insert, values).await?;
    }
    client.batch_execute("COMMIT").await?;
    Ok(digest.to_owned())
}

/// The servers at work that use the tables of this name and do not know their step `floor`. None begins until the end.
async fn behind(client: &Client, name: &str, floor: u32) -> Result<Vec<PostgresNode>, Trouble> {
    let there = client.query_typed_one(node::THERE, &[]).await?;
    if there.try_get::<_, Option<&str>>(0)?.is_none() {
        return Ok(Vec::new());
    }
    client.batch_execute(HOLD_NODES).await?;
    let rows = client.query_typed(node::ALL, &[]).await?;
    let nodes = rows
        .iter()
        .map(|row| PostgresNode::of(row))
        .collect::<Result<Vec<_>, _>>();
    let nodes = nodes.map_err(Trouble::Unreadable)?;
    let is_behind = |node: &PostgresNode| node.is_at_work() && node.level.of(name).is_some_and(|known| known < floor);
    Ok(nodes.into_iter().filter(is_behind).collect())
}

/// The digest of a step that was carried out.
async fn carried_out(client: &Client, name: &str, step: u32) -> Result<Option<String>, tokio_postgres::Error> {
    let sql = "SELECT sha256 FROM portcullis_migrations WHERE name = $1 AND step = $2";
    let values: Values<'_> = &[(&name, Type::TEXT), (&i64::from(step), Type::INT8)];
    let found = client.query_typed_opt(sql, values).await?;
    found.map(|row| row.try_get(0)).transpose()
}

fn digest(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn failed(name: &'static str, step: u32, cause: impl Error + Send + Sync + 'static) -> PostgresError {
    let cause = Box::new(cause);
    PostgresError::Failed { name, step, cause }
}
