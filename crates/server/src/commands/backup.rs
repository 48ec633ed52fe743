//! `backup`: a copy of the database while it is in use, checked; and whether a copy is good.

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use portcullis_core::Clock as _;
use portcullis_sql::backup;
use serde_json::json;

use crate::config::{PlaceFlags, Settings};
use crate::data_dir::DataDir;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::output::{say, say_json};
use crate::place::Place;
use crate::rehearsal::{Rehearsal, copied, rehearse};
use crate::shown::Shown;
use crate::{clock, logging, private, signing};

/// What copies a database of several nodes.
const INSTEAD: &str = "Copy it with PostgreSQL's own tools: pg_dump -Fc portcullis > portcullis.dump, also while it is \
    served; keep the master key and the settings apart (docs/fleet.md).";

/// Copy the database while it is in use, and check copies
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:\n  portcullis backup /backups/users-$(date +%F).db\n  \
    portcullis backup verify /backups/users-2026-11-27.db\n  portcullis restore /backups/users-2026-11-27.db\n\n\
    The copy holds every write that was answered before it began: users with their hashes, and the signing keys, which are\n\
    encrypted. It does not hold the master key (keys/master.key or PORTCULLIS_MASTER_KEY), without which no key opens, nor\n\
    portcullis.toml: keep copies of both, and the master key apart from the backups.\n\n\
    A copy is checked before it gets its name: SQLite's integrity check, the rows of each table, every user, every key, and\n\
    a test log-in. It is for its owner alone (0600): hashes are secrets.")]
pub(crate) struct Backup {
    #[command(subcommand)]
    what: Option<What>,
    /// The copy, which must not be there yet
    file: Option<PathBuf>,
    /// Put the copy in the place of a file that is there
    #[arg(long)]
    force: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: PlaceFlags,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Check a copy: nothing is changed
    #[command(
        after_help = "Examples:\n  portcullis backup verify /backups/users-2026-11-27.db\n  \
        PORTCULLIS_MASTER_KEY=$(pass portcullis) portcullis backup verify users.db\n\n\
        The master key is taken from the environment or from the data folder; without one the keys are not opened.\n\
        It says which master key the copy needs."
    )]
    Verify {
        /// The copy
        file: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        place: PlaceFlags,
    },
}

impl Backup {
    pub(crate) async fn run(self) -> Outcome {
        if let Some(What::Verify { file, json, place }) = self.what {
            let settings = place.0.settings()?;
            logging::start(settings.log, "error");
            let master = signing::master_key_at_hand(&Place::of(&settings))?;
            let found = rehearse(&file, &settings, master).await?;
            found.tell(&file, json)?;
            return found.verdict("the copy");
        }
        let missing = || Failure::usage("where to?", "Name the file: portcullis backup FILE.");
        let settings = self.place.0.settings()?;
        logging::start(settings.log, "error");
        let file = self.file.as_deref().ok_or_else(missing)?;
        let place = Place::of(&settings);
        let folder = place.expect_folder("`backup` copies the SQLite database of a data folder", INSTEAD)?;
        let found = take(file, self.force, (&place, folder), &settings).await?;
        found.tell(file, self.json)?;
        found.verdict("the copy is whole and kept, but it, and so the database,")?;
        if let Err(error) = folder.note_backup(clock::of_this_machine().now_seconds()) {
            tracing::error!(%error, "when the copy was taken cannot be noted in the data folder, so nobody can be told its age");
        }
        Ok(())
    }
}

/// Copies, checks, and only then gives the copy its name.
async fn take(
    file: &Path,
    force: bool,
    (deployment, folder): (&Place, &DataDir),
    settings: &Settings,
) -> Outcome<Rehearsal> {
    let place = file.display();
    folder.expect_set_up()?;
    let database = folder.database();
    if file.exists() {
        let is = |path: PathBuf| path.canonicalize().ok();
        if !force {
            let what = format!("{place} is there already");
            return Err(Failure::new(what, "Name another file, or say --force to replace it."));
        }
        if !file.is_file() || is(file.to_owned()) == is(database.clone()) {
            let what = format!("{place} is no file that a copy could replace");
            return Err(Failure::usage(what, "Name another file."));
        }
    }
    let unwritable = format!("{place} cannot be written");
    let remedy = "Name a file in a folder that is there and has room.";
    let new = private::beside(file).or_fail(&unwritable, remedy)?;
    copied(|progress| backup::copy(&database, new.path(), progress))?;
    let master = signing::master_key_at_hand(deployment)?;
    let found = rehearse(new.path(), settings, master).await?;
    let named = match force {
        true => new.persist(file),
        false => new.persist_noclobber(file),
    };
    let named = named.map_err(|error| error.error);
    let on_disk = named.and_then(|_| private::sync_folder(&private::folder_of(file)));
    on_disk.or_fail(unwritable, remedy)?;
    Ok(found)
}

impl Rehearsal {
    /// Says what the copy holds and what was tried.
    fn tell(&self, file: &Path, as_json: bool) -> Outcome {
        let bytes = File::open(file)
            .and_then(|file| file.metadata())
            .map_or(0, |file| file.len());
        let master: Vec<&str> = self.master_keys.iter().map(String::as_str).collect();
        if as_json {
            return say_json(&json!({
                "file": file.display().to_string(),
                "bytes": bytes,
                "users": self.users,
                "users_not_read": self.unread,
                "signing_keys": self.signing_keys,
                "master_keys": master,
                "logged_in": self.logged_in,
                "tables": self.contents.tables,
                "orphans": self.contents.orphans,
                "troubles": self.troubles,
            }));
        }
        let or_none = |text: String| if text.is_empty() { "none".to_owned() } else { text };
        let tried = match self.logged_in {
            None => "not tried: no master key is at hand",
            Some(true) => "every key opens, and a test log-in went well",
            Some(false) => "FAILED",
        };
        let mut text = Shown::sheet(&[
            ("copy", format!("{} ({bytes} bytes, whole)", file.display())),
            ("users", self.users.to_string()),
            ("signing keys", self.signing_keys.to_string()),
            ("master key", or_none(master.join(", "))),
            ("log-in", tried.to_owned()),
        ]);
        if self.unread > 0 {
            text.line(format!(
                "{} users have hashes that are not read here (see `hash audit`).",
                self.unread
            ));
        }
        if self.contents.orphans > 0 {
            text.line(format!(
                "{} rows refer to rows that are not there.",
                self.contents.orphans
            ));
        }
        for trouble in &self.troubles {
            text.line(format!("  {trouble}"));
        }
        if !master.is_empty() {
            text.paragraph("The master key is not in the copy: keep it elsewhere, and portcullis.toml with it.");
        }
        say(text)
    }

    /// Fails where a server on this copy would not work.
    pub(crate) fn verdict(&self, what: &str) -> Outcome {
        if self.troubles.is_empty() && self.logged_in != Some(false) {
            return Ok(());
        }
        let first = self.troubles.first().map_or("nobody can log in", String::as_str);
        let needs: Vec<&str> = self.master_keys.iter().map(String::as_str).collect();
        let remedy = format!(
            "It needs the master key {}: give it in PORTCULLIS_MASTER_KEY or in the data folder.",
            needs.join(", ")
        );
        Err(Failure::new(format!("{what} does not open: {first}"), remedy))
    }
}
