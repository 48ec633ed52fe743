//! The database: whether it is whole, and a copy of it to ask the rest of.

use portcullis_core::MasterKey;
use portcullis_sql::{SqliteUsers, backup};
use tempfile::TempDir;

use super::finding::{Finding, advice, fault, good};
use crate::config::Settings;
use crate::data_dir::DataDir;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::rehearsal::{Rehearsal, copied, rehearse};
use crate::signing;

/// A copy, opened as a server would open it: what is asked of it changes nothing.
pub(super) struct Copy {
    pub(super) users: SqliteUsers,
    pub(super) rehearsal: Rehearsal,
    pub(super) settings: Settings,
    pub(super) master: Option<MasterKey>,
    /// Goes with it.
    _folder: TempDir,
}

/// Copies the database, also while it is in use, and rehearses with the copy.
///
/// # Errors
/// What is wrong with it, or with the master key.
pub(super) async fn copy(folder: &DataDir, settings: &Settings) -> Result<Copy, Vec<Finding>> {
    let failed = |check| move |failure: Failure| vec![fault(check, failure.sentence(), failure.remedy())];
    let master = signing::master_key_at_hand(folder, settings).map_err(failed("master_key"))?;
    let place = temporary().map_err(failed("database"))?;
    let path = place.path().join("users.db");
    let database = folder.database();
    copied(|progress| backup::copy(&database, &path, progress)).map_err(failed("database"))?;
    let rehearsal = rehearse(&path, settings, master.clone())
        .await
        .map_err(failed("database"))?;
    let what = "the database cannot be used";
    let users = SqliteUsers::open(&path)
        .await
        .or_fail(what, "Look at the reason above.");
    Ok(Copy {
        users: users.map_err(failed("database"))?,
        rehearsal,
        settings: settings.clone(),
        master,
        _folder: place,
    })
}

fn temporary() -> Outcome<TempDir> {
    let folder = tempfile::Builder::new().prefix("portcullis-doctor-").tempdir();
    folder.or_fail("no temporary folder can be made", "Name one with room in TMPDIR.")
}

pub(super) fn all(copy: &Copy) -> Vec<Finding> {
    let users = copy.rehearsal.users;
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
