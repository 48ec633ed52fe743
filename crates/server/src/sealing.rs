//! What `serve` does for the audit trail from time to time: it seals each second, notes the newest seal elsewhere each
//! hour, and removes what is old enough.

use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use portcullis_core::{Anchor, Audit, AuditError, Auth};
use portcullis_sql::{AnyDatabase, PostgresLease};
use tokio::task::JoinHandle;

use crate::config::Settings;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::started;

/// How often rows are sealed.
const SEAL_EVERY: Duration = Duration::from_secs(1);

/// For how long a node that seals has the turn: others take over when it has been silent so long.
const SEALS_FOR: Duration = Duration::from_secs(5);

/// How many of these times a node rests that could not seal: so long that another takes over.
const RESTS: u32 = 10;

/// After how many of these times the newest seal is noted and old rows are removed: hourly.
const HOUR: u32 = 3_600;

/// The task that does it.
pub(crate) struct Sealing {
    audit: Audit,
    anchor: Option<std::path::PathBuf>,
    turn: Arc<Turn>,
    task: JoinHandle<()>,
}

/// Of several nodes one seals. That two of them never do both is the store's to see to; this spares them the work. One that
/// cannot seal, for it saw a seal that the database has lost, leaves the turn to those that did not see it.
struct Turn {
    lease: Option<PostgresLease>,
    rests: AtomicU32,
}

impl Turn {
    async fn of(database: &AnyDatabase) -> Outcome<Self> {
        let AnyDatabase::Postgres(database) = database else {
            return Ok(Self::with(None));
        };
        let lease = PostgresLease::on(database.clone(), "sealer", SEALS_FOR).await;
        let lease = lease.or_fail(
            "what nodes do for each other cannot be agreed on",
            "Look at the reason above.",
        );
        lease.map(|lease| Self::with(Some(lease)))
    }

    fn with(lease: Option<PostgresLease>) -> Self {
        Self {
            lease,
            rests: AtomicU32::new(0),
        }
    }

    /// Whether this node leaves the turn to others at the moment.
    fn rests(&self) -> bool {
        let one_less = |rests: u32| rests.checked_sub(1);
        self.rests
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less)
            .is_ok()
    }

    /// Leaves it to others for a while, where there may be others.
    async fn pass(&self) {
        if self.lease.is_some() {
            self.rests.store(RESTS, Ordering::SeqCst);
            self.give_up().await;
        }
    }

    async fn is_ours(&self) -> Result<bool, AuditError> {
        match &self.lease {
            None => Ok(true),
            Some(lease) => Ok(lease.hold().await?.is_some()),
        }
    }

    async fn give_up(&self) {
        if let Some(lease) = &self.lease {
            // It ends by itself.
            let _ = lease.give_up().await;
        }
    }
}

impl Sealing {
    /// Begins, where there is a trail: that the server started is written first.
    pub(crate) async fn of(auth: &Auth, settings: &Settings, database: &AnyDatabase) -> Outcome<Option<Self>> {
        let Some(audit) = auth.audit() else {
            return Ok(None);
        };
        let is_one_of_several = matches!(database, AnyDatabase::Postgres(_));
        let written = started::written_down(audit, settings, is_one_of_several).await;
        written.or_fail("the start cannot be written down", "Look at the disk.")?;
        let turn = Arc::new(Turn::of(database).await?);
        Ok(Some(Self::start(audit, settings, turn)))
    }

    /// With what a server that was killed left behind.
    fn start(audit: &Audit, settings: &Settings, turn: Arc<Turn>) -> Self {
        let (choices, on, takes) = (settings.audit.clone(), audit.clone(), turn.clone());
        let anchor = choices.anchor.clone();
        let task = tokio::spawn(async move {
            let mut trouble = None;
            for round in 0_u32.. {
                while takes.rests() {
                    tokio::time::sleep(SEAL_EVERY).await;
                }
                let mut done = seal_in(&takes, &on).await;
                if round.checked_rem(HOUR) == Some(0) {
                    done = done.and(keep(&on, choices.anchor.as_deref(), choices.retention()).await);
                }
                let now = done.err().map(|error| said(error).sentence());
                // What lasts is said once.
                match &now {
                    Some(error) if now != trouble => tracing::error!(error, "the audit trail is not as it should be"),
                    None if trouble.is_some() => tracing::info!("the audit trail is sealed again"),
                    _ => {}
                }
                trouble = now;
                tokio::time::sleep(SEAL_EVERY).await;
            }
        });
        Self {
            audit: audit.clone(),
            anchor,
            turn,
            task,
        }
    }

    /// Ends with nothing left unsealed, if the database lets it.
    pub(crate) async fn end(self) {
        self.task.abort();
        let _ = self.task.await;
        let flushed = self.audit.flush().await.map_err(AuditError::from);
        let sealed = match flushed {
            Ok(()) => seal(&self.audit).await,
            Err(error) => Err(error.into()),
        };
        let done = match sealed {
            Ok(()) => keep(&self.audit, self.anchor.as_deref(), None).await,
            Err(error) => Err(error),
        };
        if let Err(error) = done {
            let error = said(error).sentence();
            tracing::warn!(
                error,
                "the end of the audit trail is not sealed; the next server does it"
            );
        }
        self.turn.give_up().await;
    }
}

/// What could not be done.
enum Trouble {
    Audit(AuditError),
    Anchor(io::Error),
}

impl From<AuditError> for Trouble {
    fn from(error: AuditError) -> Self {
        Self::Audit(error)
    }
}

fn said(trouble: Trouble) -> Failure {
    match trouble {
        Trouble::Audit(error) => Failure::new("the audit trail cannot be sealed", "").because(error),
        Trouble::Anchor(error) => Failure::new("the anchor of the audit trail cannot be written", "").because(error),
    }
}

/// Seals, if it is this node's turn.
async fn seal_in(turn: &Turn, audit: &Audit) -> Result<(), Trouble> {
    if !turn.is_ours().await? {
        return Ok(());
    }
    let sealed = seal(audit).await;
    if sealed.is_err() {
        turn.pass().await;
    }
    sealed
}

async fn seal(audit: &Audit) -> Result<(), Trouble> {
    while audit.seal().await?.is_some() {}
    Ok(())
}

/// What is done each hour.
async fn keep(audit: &Audit, anchor: Option<&Path>, retention: Option<Duration>) -> Result<(), Trouble> {
    if let Some(age) = retention {
        audit.prune(age).await?;
    }
    if let Some(path) = anchor
        && let Some(seal) = audit.newest_seal().await?
    {
        note(path, Anchor::of(&seal)).map_err(Trouble::Anchor)?;
    }
    Ok(())
}

/// Adds a line to a file, which may let nothing but that be done to it; behind one that was cut off, a line of its own.
fn note(path: &Path, anchor: Anchor) -> io::Result<()> {
    let before = if ends_a_line(path) { "" } else { "\n" };
    let file = std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path);
    let mut file = file?;
    file.write_all(format!("{before}{anchor}\n").as_bytes())?;
    file.sync_all()
}

/// Whether what is written next begins a line. Of a file that cannot be read nobody knows, and an empty line harms none.
fn ends_a_line(path: &Path) -> bool {
    let last = || -> io::Result<u8> {
        let mut file = std::fs::File::open(path)?;
        if file.metadata()?.len() == 0 {
            return Ok(b'\n');
        }
        let mut last = [0];
        file.seek(io::SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        let [last] = last;
        Ok(last)
    };
    match last() {
        Ok(last) => last == b'\n',
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}
