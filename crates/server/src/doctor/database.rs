//! The database: whether it is whole, and a copy of it to ask the rest of.

use std::path::PathBuf;

use portcullis_core::MasterKey;
use portcullis_sql::{AnyUsers, SqliteUsers, backup};
use tempfile::TempDir;

use super::finding::{Finding, advice, fault, good};
use crate::config::Settings;
use crate::data_dir::DataDir;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::place::Place;
use crate::rehearsal::{Rehearsal, copied, rehearse};
use crate::signing;

const FILE: &str = "users.db";

/// What is asked. A copy of a data folder's database, opened as a server would open it, so that what is asked of it changes
/// nothing; or the database of several nodes itself.
pub(super) struct Copy {
    pub(super) users: AnyUsers,
    pub(super) rehearsal: Rehearsal,
    pub(super) settings: Settings,
    pub(super) master: Option<MasterKey>,
    /// Goes with it.
    folder: Option<TempDir>,
}

impl Copy {
    /// Where it lies, if it is one.
    pub(super) fn file(&self) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.path().join(FILE))
    }

    /// Whether it is one, and so somebody could log in to it.
    pub(super) fn is_one(&self) -> bool {
        self.folder.is_some()
    }
}

fn failed(check: &'static str) -> impl Fn(Failure) -> Vec<Finding> {
    move |failure: Failure| vec![fault(check, failure.sentence(), failure.remedy())]
}

/// Copies the database of a data folder, also while it is in use, and rehearses with the copy.
///
/// # Errors
/// What is wrong with it, or with the master key.
pub(super) async fn copy(folder: &DataDir, place: &Place, settings: &Settings) -> Result<Copy, Vec<Finding>> {
    let master = signing::master_key_at_hand(place).map_err(failed("master_key"))?;
    let temporary = temporary().map_err(failed("database"))?;
    let path = temporary.path().join(FILE);
    let database = folder.database();
    // Who is told of the copy's faults is told of the database's: no other copy is asked for, but one is brought back.
    let unusable = |failure: Failure| {
        let what = failure
            .sentence()
            .replace(&*path.to_string_lossy(), &database.to_string_lossy());
        let of_copies = ["Name another", "Name a file", "Bring back", "Look at"];
        let remedy = match of_copies.iter().any(|begins| failure.remedy().starts_with(begins)) {
            true => "Bring back a copy: portcullis restore FILE --force.",
            false => failure.remedy(),
        };
        vec![fault("database", what, remedy)]
    };
    copied(|progress| backup::copy(&database, &path, progress)).map_err(unusable)?;
    let rehearsal = rehearse(&path, settings, master.clone()).await.map_err(unusable)?;
    let what = "the database cannot be used";
    let users = SqliteUsers::open(&path)
        .await
        .or_fail(what, "Look at the reason above.");
    Ok(Copy {
        users: AnyUsers::Sqlite(users.map_err(failed("database"))?),
        rehearsal,
        settings: settings.clone(),
        master,
        folder: Some(temporary),
    })
}

/// The database of several nodes, and what can be found out about it without writing.
///
/// # Errors
/// It cannot be reached, is not set up, or something is wrong with the master key.
pub(super) async fn shared(place: &Place, settings: &Settings) -> Result<Copy, Vec<Finding>> {
    let master = signing::master_key_at_hand(place).map_err(failed("master_key"))?;
    let users = place.users().await.map_err(failed("database"))?;
    let rehearsal = Rehearsal::look(&users, settings, master.clone()).await;
    Ok(Copy {
        rehearsal: rehearsal.map_err(failed("database"))?,
        users,
        settings: settings.clone(),
        master,
        folder: None,
    })
}

pub(super) fn temporary() -> Outcome<TempDir> {
    let folder = tempfile::Builder::new().prefix("portcullis-doctor-").tempdir();
    folder.or_fail("no temporary folder can be made", "Name one with room in TMPDIR.")
}

pub(super) fn all(copy: &Copy) -> Vec<Finding> {
    let users = copy.rehearsal.users;
    if !copy.is_one() {
        return vec![good("database", format!("it answers, and has {users} users"))];
    }
    let orphans = match copy.rehearsal.contents.orphans {
        0 => good("orphans", "every row refers to one that is there"),
        rows => advice(
            "orphans",
            format!("{rows} rows refer to others that are not there"),
            "A program that writes into the database too left them: look at its tables.",
        ),
    };
    vec![good("database", format!("it is whole, and has {users} users")), orphans]
}
