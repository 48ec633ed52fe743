//! One PostgreSQL database: the lanes of links to it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use portcullis_core::StoreError;
use portcullis_core::password::Random;

use super::clock::PostgresClock;
use super::error::PostgresError;
use super::lanes::Lanes;
use super::migrate::{self, Steps};
use super::options::PostgresOptions;
use super::pulse;
use super::replication::Replication;
use crate::links::{Connector, Link, PATIENCE, Server, UnfitUrl};

mod asked;
mod audited;

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
    lanes: Arc<Lanes>,
    clock: PostgresClock,
    contract: bool,
    /// The last step of each group of tables that was opened.
    known: Mutex<BTreeMap<&'static str, u32>>,
    generation: AtomicU64,
    /// Whether the audit trail is in the database.
    audited: AtomicBool,
}

impl fmt::Debug for PostgresDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PostgresDatabase")
            .field(&self.0.lanes.connector().shown())
            .finish()
    }
}

impl PostgresDatabase {
    /// Opens the database of a URL, `postgres://user:password@host:5432/database`. The connection is encrypted to every host
    /// but this one, unless the URL says otherwise (`sslmode`). Of several hosts (`postgres://user@one,two/database`) the one
    /// that lets write is used, whichever that is.
    ///
    /// # Errors
    /// See [`PostgresError`].
    pub async fn open(url: &str) -> Result<Self, PostgresError> {
        Self::open_with(url, PostgresOptions::default()).await
    }

    /// The same with choices.
    ///
    /// # Errors
    /// See [`PostgresError`].
    pub async fn open_with(url: &str, options: PostgresOptions) -> Result<Self, PostgresError> {
        let shown = shown(url);
        let server = Server::of(url, shown.clone(), PATIENCE).map_err(|error| match error {
            UnfitUrl::NoUrl(sentence) => PostgresError::Url(sentence),
            UnfitUrl::Tls(shown, cause) => PostgresError::Unreachable(shown, cause),
        })?;
        // Which server's standby was seen must be known when it is written there.
        let server = server.direct(options.replicated || options.direct);
        let database = Self(Arc::new(Inner {
            lanes: Arc::new(Lanes::over(Connector::to(server, options.random), options.replicated)),
            clock: PostgresClock::over(options.monotonic),
            contract: options.contract,
            known: Mutex::default(),
            generation: AtomicU64::new(0),
            audited: AtomicBool::new(false),
        }));
        let unreachable = |error| PostgresError::Unreachable(shown.clone(), cause(error));
        let encoding = "SELECT current_setting('server_encoding')";
        let encoding = database.look(encoding, &[], |row| row.text(0).map(str::to_owned)).await;
        if let Some(encoding) = encoding
            .map_err(unreachable)?
            .into_iter()
            .find(|encoding| encoding != "UTF8")
        {
            return Err(PostgresError::Encoding(encoding));
        }
        pulse::begin(&database.0.lanes, &database.0.clock)
            .await
            .map_err(unreachable)?;
        if options.replicated {
            let found = database.replication().await.map_err(unreachable)?;
            if found != Replication::Synchronous {
                return Err(PostgresError::NotReplicated(found));
            }
        }
        Ok(database)
    }

    /// Whether what is acknowledged is on a standby too.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the database does not answer.
    pub async fn replication(&self) -> Result<Replication, StoreError> {
        Replication::look(&self.0.lanes).await
    }

    /// Whether a pooler is in between, such as PgBouncer: then no statement is prepared.
    pub fn is_pooled(&self) -> bool {
        self.0.lanes.connector().is_pooled()
    }

    /// The database's clock, by which everything is written down that nodes compare.
    pub fn clock(&self) -> PostgresClock {
        self.0.clock.clone()
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.look("SELECT 1::bigint", &[], |row| row.integer(0)).await.map(drop)
    }

    /// Counts up with every change of users by this process.
    pub fn generation(&self) -> u64 {
        self.0.generation.load(Ordering::Acquire)
    }

    /// Users are changed for as long as this is held: before anyone is answered, and also where the answer failed or is
    /// waited for no more, for who remembers a user must not trust that memory then. What changes no user, such as a
    /// refresh, forgets none.
    pub(super) fn changing_users(&self) -> Changing<'_> {
        Changing(&self.0.generation)
    }

    /// A link for one alone, who keeps it.
    pub(super) async fn alone(&self) -> Result<Link, PostgresError> {
        let connector = self.0.lanes.connector();
        let made = connector.clone().connect().await;
        made.map_err(|why| PostgresError::Unreachable(connector.shown().to_owned(), why.into()))
    }

    /// Brings tables up to date: `steps` are SQL texts, each carried out once, in order, and never changed once released.
    /// `name` says whose they are: ours begin with `portcullis`. A step says in its first line which versions of the program
    /// live with it: `-- expand` all, `-- contract: floor 3` those that know step 3; the latter is carried out only with
    /// [`PostgresOptions::contract`], and while no server at work ([`PostgresNodes`](crate::PostgresNodes)) is older. Without such a line those that do not know it open the database no more. A step waits
    /// for locks two seconds at a time, a few minutes in all, so that nobody waits behind it for longer.
    ///
    /// # Errors
    /// See [`PostgresError`].
    pub async fn migrate(&self, name: &'static str, steps: &[&str]) -> Result<(), PostgresError> {
        let link = self.alone().await?;
        let steps = Steps {
            name,
            texts: steps,
            contract: self.0.contract,
        };
        migrate::migrate(link.client(), steps).await?;
        let known = u32::try_from(steps.texts.len()).unwrap_or(u32::MAX);
        let mut all = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(name, known);
        Ok(())
    }

    /// The last step of each group of tables that was opened.
    pub(super) fn known(&self) -> BTreeMap<&'static str, u32> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What whoever writes into the tables of this name is known by there.
    pub(super) fn random_id(&self, name: &'static str) -> Result<[u8; 16], PostgresError> {
        let mut id = [0; 16];
        self.random().fill(&mut id).map_err(|cause| PostgresError::Failed {
            name,
            step: 0,
            cause: Box::new(cause),
        })?;
        Ok(id)
    }

    /// The randomness that was handed in.
    pub(super) fn random(&self) -> &dyn Random {
        self.0.lanes.connector().random()
    }
}

/// A change of users that is not over.
pub(super) struct Changing<'a>(&'a AtomicU64);

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Release);
    }
}

/// The cause by itself: that the database cannot be reached is said beside it.
fn cause(error: StoreError) -> Box<dyn std::error::Error + Send + Sync> {
    match error {
        StoreError::Unavailable(cause) | StoreError::Corrupt(cause) => cause,
        error => error.into(),
    }
}

/// What a log may call the database of this URL: without the password, which may stand in two places; of a URL that can be
/// read in two ways the scheme alone.
fn shown(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (before, options) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
    match options.contains('@') {
        true => "postgres://…".to_owned(),
        false => format!(
            "postgres://{}",
            before.rsplit_once('@').map_or(before, |(_, place)| place)
        ),
    }
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
            "postgres://app:secret@p4ss@127.0.0.1:1/app",
            "postgres://127.0.0.1:1/app?password=secret@p4ss",
            "p4ss",
        ] {
            let error = PostgresDatabase::open(url).await.expect_err("nothing listens there");
            let said = format!("{error} {error:?}");
            assert!(!said.contains("p4ss"), "{said}");
        }
    }
}
