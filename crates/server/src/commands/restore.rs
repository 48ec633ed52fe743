//! `restore`: a copy of the database becomes the database.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use portcullis_core::{AuditEvent, AuditKind, MasterKey};
use portcullis_sql::backup::{self, BackupError, Held};
use portcullis_sql::{Database, OpenError};

use crate::config::PlaceFlags;
use crate::data_dir::DataDir;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::output::say;
use crate::place::Place;
use crate::rehearsal::{Rehearsal, copied, rehearse};
use crate::shown::Shown;
use crate::whoever::whoever;
use crate::{kept, logging, private, signing};

/// What brings a database of several nodes back.
const INSTEAD: &str = "Bring it back with PostgreSQL's own tools, with no node running: pg_restore --clean --if-exists \
    -d portcullis portcullis.dump (docs/fleet.md).";

/// Bring a copy of the database back
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  portcullis restore /backups/users-2026-11-27.db --data /var/lib/portcullis\n  \
    portcullis restore users.db.before-5 --force\n\n\
    Stop the server first: a data folder in use is left as it is. A database that is there is replaced only with --force,\n\
    and kept beside as users.db.replaced-1. The master key is not in the copy: put it into the data folder or into\n\
    PORTCULLIS_MASTER_KEY beforehand.\n\n\
    Everything is as it was when the copy was made: passwords that were changed since, users that were removed and keys that\n\
    were retired are what they were then. Signing keys, sessions and API keys that were ended in the database that is
    replaced stay ended."
)]
pub(crate) struct Restore {
    /// The copy
    file: PathBuf,
    /// Also over a database that is there, and where its keys do not open
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    place: PlaceFlags,
}

impl Restore {
    pub(crate) async fn run(self) -> Outcome {
        let settings = self.place.0.settings()?;
        logging::start(settings.log, "error");
        let place = Place::of(&settings);
        let folder = place.expect_folder("`restore` brings a copy back into a data folder", INSTEAD)?;
        folder.expect_no_setup()?;
        let old = self.old_database(folder)?;
        let master = signing::master_key_at_hand(&place)?;
        let found = rehearse(&self.file, &settings, master.clone()).await?;
        if !self.force {
            found.verdict("nothing was changed: the copy")?;
        }
        let place = folder.path().display();
        let made = private::make_folder(folder.path());
        made.or_fail(
            format!("the folder {place} cannot be made"),
            "Name another with --data.",
        )?;
        let kept = put_in_place(&self.file, folder, (old.as_ref(), master.as_ref()), &found).await?;
        say(report(folder, kept.as_deref(), &found))
    }

    /// The database that is there, held so that nobody uses it meanwhile.
    fn old_database(&self, folder: &DataDir) -> Outcome<Option<Old>> {
        let path = folder.database();
        if !path.exists() {
            return Ok(None);
        }
        let place = folder.path().display();
        if !self.force {
            let what = format!("{place} holds a database already; nothing was changed");
            return Err(Failure::new(
                what,
                "Say --force to replace it; it is kept beside as users.db.replaced-1.",
            ));
        }
        let held = match backup::hold(&path) {
            Ok(held) => Old::Held(held),
            Err(BackupError::Source(OpenError::Locked(_))) => {
                let what = format!("{place} is in use; nothing was changed");
                return Err(Failure::new(
                    what,
                    "Stop the server, and whatever else has users.db open.",
                ));
            }
            Err(BackupError::Source(OpenError::NotADatabase(_) | OpenError::Damaged(_))) => Old::Broken,
            Err(error) => {
                let what = format!("the database in {place} cannot be put aside");
                return Err(Failure::new(what, "Look at the reason above.").because(error));
            }
        };
        Ok(Some(held))
    }
}

/// A database that is to be replaced.
enum Old {
    /// Whole, one file, and nobody else's as long as this is kept.
    Held(Held),
    /// No database any more.
    Broken,
}

/// Puts the copy where the database is; gives the name under which the old one is kept.
async fn put_in_place(
    file: &Path,
    folder: &DataDir,
    (old, master): (Option<&Old>, Option<&MasterKey>),
    found: &Rehearsal,
) -> Outcome<Option<PathBuf>> {
    let database = folder.database();
    let unwritable = format!("{} cannot be written", database.display());
    let remedy = "Check the disk and who owns the folder; nothing was changed.";
    let new = private::beside(&database).or_fail(&unwritable, remedy)?;
    private::give_to_owner_of(folder.path(), new.as_file());
    let contents = copied(|progress| backup::copy_still(file, new.path(), progress))?;
    if contents != found.contents {
        let what = format!("{} was changed meanwhile", file.display());
        return Err(Failure::new(what, "Try again; nothing was changed."));
    }
    if let Some(Old::Held(held)) = old {
        let ended = held.end_keys_in(new.path());
        ended.or_fail("keys that have ended cannot be ended in the copy", remedy)?;
        let ended = held.end_sessions_in(new.path());
        ended.or_fail("sessions that have ended cannot be ended in the copy", remedy)?;
        let ended = held.end_api_keys_in(new.path());
        ended.or_fail("API keys that have ended cannot be ended in the copy", remedy)?;
    }
    written_down(new.path(), master, found).await?;
    let kept = match old {
        None => None,
        Some(old) => Some(keep(&database, matches!(old, Old::Broken)).or_fail(&unwritable, remedy)?),
    };
    let named = match &kept {
        None => new.persist_noclobber(&database),
        Some(_) => new.persist(&database),
    };
    let named = named.map_err(|error| error.error);
    let on_disk = named.and_then(|_| private::sync_folder(folder.path()));
    on_disk.or_fail(unwritable, "Check the disk; the older database is kept beside.")?;
    copied(|_| backup::check(&database))?;
    Ok(kept)
}

/// Writes into the copy that it is one, so that its audit trail is not taken for what came after it. A copy of before
/// there was a trail gets none, and without the master key nothing can be written.
async fn written_down(copy: &Path, master: Option<&MasterKey>, found: &Rehearsal) -> Outcome {
    let (Some(master), true) = (master, found.contents.tables.contains_key("portcullis_audit")) else {
        return Ok(());
    };
    let what = "the copy's audit trail cannot be gone on with";
    let database = Database::open(copy).await.or_fail(what, "Look at the reason above.")?;
    let written = match kept::trail(&database.clone().into(), master).await {
        Ok(audit) => {
            let event = AuditEvent::new(AuditKind::DatabaseRestored, whoever());
            audit.restored(event).await.or_fail(what, "Look at the reason above.")
        }
        // With a master key that is not the copy's it is restored by --force alone.
        Err(error) => {
            tracing::warn!(error = error.sentence(), "{what}");
            Ok(())
        }
    };
    database.close().await;
    written
}

/// Gives the database another name beside its own. Of a broken one the log goes with it, for a log beside another database
/// would be written into that.
fn keep(database: &Path, with_log: bool) -> std::io::Result<PathBuf> {
    let named = |number: u32, log: &str| {
        let mut name = database.as_os_str().to_owned();
        name.push(format!(".replaced-{number}{log}"));
        PathBuf::from(name)
    };
    let mut number = 1_u32;
    while named(number, "").exists() {
        number = number.saturating_add(1);
    }
    if with_log {
        for log in ["-wal", "-shm", "-journal"] {
            let mut path = database.as_os_str().to_owned();
            path.push(log);
            private::ignore_missing(fs::rename(path, named(number, log)))?;
        }
    }
    let kept = named(number, "");
    // Both names for a moment, so that at no time there is no database.
    fs::hard_link(database, &kept).or_else(|_| fs::rename(database, &kept))?;
    Ok(kept)
}

fn report(folder: &DataDir, kept: Option<&Path>, found: &Rehearsal) -> Shown {
    let place = folder.path().display();
    let mut text = Shown::from(format!(
        "{place} has the database of the copy: {} users, {} signing keys.",
        found.users, found.signing_keys
    ));
    if let Some(kept) = kept {
        text.line(format!(
            "The older one is kept as {}: remove it when all is well.",
            kept.display()
        ));
    }
    if found.logged_in.is_none() && !found.master_keys.is_empty() {
        let needs: Vec<&str> = found.master_keys.iter().map(String::as_str).collect();
        text.paragraph(format!(
            "It needs the master key {}, which is not here: put it into keys/master.key or PORTCULLIS_MASTER_KEY.",
            needs.join(", ")
        ));
    }
    text.paragraph(format!("Next: portcullis serve --data {place}"));
    text
}
