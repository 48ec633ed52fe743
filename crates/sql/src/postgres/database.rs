//! One PostgreSQL database: the lanes of links to it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use portcullis_core::StoreError;

use super::error::PostgresError;
use super::failure::Failure;
use super::migrate;
use super::statement;
use crate::links::{Fault, Held, Lane, Link, Server, Shared, UnfitUrl, Why};
use crate::own::row::Read;
use crate::own::value::Value;

mod audited;

/// How long a call waits for the database, all in all.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long the feed waits, whose next poll comes soon.
const FEED_PATIENCE: Duration = Duration::from_millis(500);

/// How many links look, each for many at once.
const LOOKS: usize = 2;

/// How many links write, each one act at a time: a commit waits for the disk, and those of several links wait together.
const WRITES: usize = 8;

/// An open PostgreSQL database, for tables of ours. Cheap to clone; its links end with its last clone.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use portcullis_sql::{PostgresDatabase, PostgresUsers};
///
/// let database = PostgresDatabase::open("postgres://app@127.0.0.1/app").await?;
/// let users = PostgresUsers::on(database.clone()).await?;
/// database.ping().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PostgresDatabase(Arc<Inner>);

struct Inner {
    server: Server,
    looks: Vec<Shared<Link>>,
    /// A stalled look never delays it.
    feed: [Shared<Link>; 1],
    writes: Lane,
    softs: Lane,
    generation: AtomicU64,
    /// Whether the audit trail is in the database.
    audited: AtomicBool,
}

impl fmt::Debug for PostgresDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PostgresDatabase").field(&self.0.server.shown()).finish()
    }
}

impl PostgresDatabase {
    /// Opens the database of a URL, `postgres://user:password@host:5432/database`. The connection is encrypted to every host
    /// but this one, unless the URL says otherwise (`sslmode`).
    ///
    /// # Errors
    /// See [`PostgresError`].
    pub async fn open(url: &str) -> Result<Self, PostgresError> {
        let shown = shown(url);
        let server = Server::of(url, shown.clone(), PATIENCE).map_err(|error| match error {
            UnfitUrl::NoUrl(sentence) => PostgresError::Url(sentence),
            UnfitUrl::Tls(shown, cause) => PostgresError::Unreachable(shown, cause),
        })?;
        let database = Self(Arc::new(Inner {
            server,
            looks: (0..LOOKS).map(|_| Shared::default()).collect(),
            feed: Default::default(),
            writes: Lane::of(WRITES),
            softs: Lane::of(1),
            generation: AtomicU64::new(0),
            audited: AtomicBool::new(false),
        }));
        let encoding = "SELECT current_setting('server_encoding')";
        let encoding = database.look(encoding, &[], |row| row.text(0).map(str::to_owned)).await;
        let encoding = encoding.map_err(|cause| PostgresError::Unreachable(shown, cause.into()))?;
        match encoding.into_iter().next() {
            Some(encoding) if encoding != "UTF8" => Err(PostgresError::Encoding(encoding)),
            _ => Ok(database),
        }
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.look("SELECT 1::bigint", &[], |row| row.integer(0)).await.map(drop)
    }

    /// Counts up with every change of this process.
    pub fn generation(&self) -> u64 {
        self.0.generation.load(Ordering::Acquire)
    }

    /// Something was changed: before anyone is answered, for who remembers a user must not trust that memory then.
    pub(super) fn changed(&self) {
        self.0.generation.fetch_add(1, Ordering::Release);
    }

    /// A link for one alone, who keeps it.
    pub(super) async fn alone(&self) -> Result<Link, PostgresError> {
        let made = self.0.server.attempt().await;
        made.map_err(|why| PostgresError::Unreachable(self.0.server.shown().to_owned(), why.into()))
    }

    /// Brings tables up to date: `steps` are SQL texts, each carried out once, in order.
    pub(super) async fn migrate(&self, name: &'static str, steps: &[&str]) -> Result<(), PostgresError> {
        let link = self.alone().await?;
        migrate::migrate(link.client(), name, steps).await
    }

    /// The rows of a statement that changes nothing, over a link that many share. What was asked of a link that was lost is
    /// asked once more.
    pub(super) async fn look<T>(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
        read: Read<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.within(self.looked(&self.0.looks, sql, values, read)).await
    }

    /// The same for what is asked again and again and must not wait behind others: over a link of its own, half a second in
    /// all.
    pub(super) async fn feed<T>(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
        read: Read<T>,
    ) -> Result<Vec<T>, StoreError> {
        in_time(FEED_PATIENCE, self.looked(&self.0.feed, sql, values, read)).await
    }

    async fn looked<T>(
        &self,
        places: &[Shared<Link>],
        sql: &'static str,
        values: &[Value<'_>],
        read: Read<T>,
    ) -> Result<Vec<T>, StoreError> {
        // The server refuses such a text, and no row of its has one.
        if values.iter().any(Value::has_nul) {
            return Ok(Vec::new());
        }
        let mut again = true;
        loop {
            let (place, link) = self.shared(places).await?;
            let failure = match statement::all(&link, sql, values, read).await {
                Ok(rows) => return Ok(rows),
                Err(failure) => failure,
            };
            match &failure {
                Failure::Said(error) if again && Fault::of(error) == Fault::Stale => link.forget(),
                Failure::Said(error) if Fault::of(error) == Fault::Lost => {
                    place.leave(&link);
                    if !again {
                        return Err(failure.into());
                    }
                }
                _ => return Err(failure.into()),
            }
            again = false;
        }
    }

    /// Runs one statement that holds by itself, and says how many rows it wrote.
    pub(super) async fn write(&self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let written = async {
            let held = self.writer().await?;
            let written = statement::execute(held.link(), sql, values).await;
            self.written(held, written)
        };
        self.within(written).await
    }

    /// The same for what may be lost in a crash (up to the last half second): it waits for no disk, and over a link of its own
    /// for no other write.
    pub(super) async fn write_soft(&self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let written = async {
            let held = self.held(&self.0.softs).await?;
            let written = statement::execute_soft(held.link(), sql, values).await;
            self.written(held, written)
        };
        self.within(written).await
    }

    fn written(&self, held: Held, written: Result<u64, Failure>) -> Result<u64, StoreError> {
        let rows = written?;
        held.put_back();
        self.changed();
        Ok(rows)
    }

    /// What comes of it within the time that a call has.
    pub(super) async fn within<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        in_time(PATIENCE, work).await
    }

    /// A link that looks: of the places, the one that the fewest use.
    async fn shared<'a>(&self, places: &'a [Shared<Link>]) -> Result<(&'a Shared<Link>, Arc<Link>), Failure> {
        let place = places.iter().min_by_key(|place| place.users());
        let place = place.ok_or_else(|| Failure::NoLink(Why::of("no link is allowed")))?;
        let _used = place.used();
        loop {
            match place.get(Link::is_up, || self.0.server.attempt()).await {
                // Bounded by the time that a call has.
                Err(why) if why.was_mute() => {}
                link => return link.map(|link| (place, link)).map_err(Failure::NoLink),
            }
        }
    }

    /// A link that writes, for one alone.
    pub(super) async fn writer(&self) -> Result<Held, Failure> {
        self.held(&self.0.writes).await
    }

    async fn held(&self, lane: &Lane) -> Result<Held, Failure> {
        // Never closed.
        let turn = lane.turn().await.map_err(|closed| Failure::NoLink(Why::of(closed)))?;
        if let Some(link) = turn.idle() {
            return Ok(turn.with(link));
        }
        let made = self.0.server.attempt().await;
        made.map(|link| turn.with(link)).map_err(Failure::NoLink)
    }

    /// A server that ended one link has often ended them all.
    pub(super) fn forget_idle(&self) {
        self.0.writes.forget_idle();
    }
}

async fn in_time<T>(patience: Duration, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let done = tokio::time::timeout(patience, work).await;
    done.unwrap_or_else(|elapsed| Err(StoreError::unavailable(elapsed)))
}

/// What a log may call the database of this URL: without the password, which may stand in two places.
fn shown(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    let place = place.split(['?', '#']).next().unwrap_or_default();
    format!("postgres://{place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_error_shows_no_password() {
        assert_eq!(
            shown("postgres://a:p@ss@db.example/app?password=x"),
            "postgres://db.example/app"
        );
        for url in [
            "postgres://a:p4ss@127.0.0.1:1/app",
            "postgres://127.0.0.1:1/app?password=p4ss",
            "p4ss",
        ] {
            let error = PostgresDatabase::open(url).await.expect_err("nothing listens there");
            let said = format!("{error} {error:?}");
            assert!(!said.contains("p4ss"), "{said}");
        }
    }
}
