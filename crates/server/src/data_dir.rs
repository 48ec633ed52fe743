//! The data folder: what lies where.
//!
//! ```text
//! portcullis-data/           0700
//! ├── portcullis.toml        the settings, commented
//! ├── users.db               the accounts and the signing keys, these encrypted (SQLite)
//! ├── last-backup            when it was copied last
//! └── keys/                  0700
//!     └── master.key         0600, what the signing keys are encrypted under, unless PORTCULLIS_MASTER_KEY is
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, OrFail as _, Outcome};
use crate::private;

mod setup;

/// The settings.
pub(crate) const CONFIG_FILE: &str = "portcullis.toml";

/// The accounts and the signing keys.
const DATABASE: &str = "users.db";

/// The folder of the master key, and of the keys of version 0.1.
const KEYS: &str = "keys";

/// When a copy of the database was last taken and found good.
const LAST_BACKUP: &str = "last-backup";

/// There from the first to the last moment of `init`.
const UNFINISHED: &str = "init.unfinished";

/// A data folder, set up or not.
#[derive(Debug, Clone)]
pub(crate) struct DataDir(PathBuf);

impl DataDir {
    pub(crate) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.0.join(CONFIG_FILE)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.0.join(DATABASE)
    }

    fn unfinished(&self) -> PathBuf {
        self.0.join(UNFINISHED)
    }

    fn keys(&self) -> PathBuf {
        self.0.join(KEYS)
    }

    /// Closes our own folder of keys to others, if there is one: the data folder around it may be open.
    pub(crate) fn close_keys(&self) {
        let keys = self.keys();
        if let Err(error) = private::ignore_missing(private::close_folder(&keys)) {
            tracing::warn!(folder = %keys.display(), %error, "the folder cannot be closed to others");
        }
    }

    /// Fails unless `init` was run here, and to its end.
    pub(crate) fn expect_set_up(&self) -> Outcome {
        self.expect_no_setup()?;
        let place = self.0.display();
        if self.database().exists() {
            return Ok(());
        }
        let what = format!("{place} is not a data folder of portcullis");
        Err(Failure::new(
            what,
            format!("Run `portcullis init --data {place}`, or name another with --data."),
        ))
    }

    /// Fails where an `init` was interrupted, or is at work.
    pub(crate) fn expect_no_setup(&self) -> Outcome {
        if !self.unfinished().exists() {
            return Ok(());
        }
        let place = self.0.display();
        let remedy = format!("Run `portcullis init --data {place}` again.");
        Err(Failure::new(format!("the setup of {place} was interrupted"), remedy))
    }

    /// The files `keys/<id>.json` of version 0.1, which kept its one signing key there as a JWK.
    ///
    /// # Errors
    /// The folder cannot be listed.
    pub(crate) fn older_keys(&self) -> Outcome<Vec<PathBuf>> {
        let folder = self.keys();
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let what = format!("the folder {} cannot be listed", folder.display());
        let mut found = Vec::new();
        for entry in fs::read_dir(&folder).or_fail(&what, "Run it as the owner of the data folder.")? {
            let path = entry.or_fail(&what, "Check the disk.")?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                found.push(path);
            }
        }
        Ok(found)
    }

    /// When a copy of the database was last taken and found good, in seconds since 1970; `None`: never, as far as is known.
    pub(crate) fn last_backup(&self) -> Option<u64> {
        fs::read_to_string(self.0.join(LAST_BACKUP)).ok()?.trim().parse().ok()
    }

    /// Notes that one was, at this time.
    pub(crate) fn note_backup(&self, now: u64) -> io::Result<()> {
        let path = self.0.join(LAST_BACKUP);
        private::replace(&path, &format!("{now}\n"))?;
        // Whoever takes the copy, the server reads it. It is no secret, and the folder around it is closed.
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
        Ok(())
    }

    /// Makes a folder for one process alone in this one, whose name begins so. Those that killed ones left are removed: whoever
    /// asks holds the database.
    pub(crate) fn make_beside(&self, prefix: &str) -> io::Result<tempfile::TempDir> {
        for entry in fs::read_dir(&self.0)?.flatten() {
            if entry.file_name().to_string_lossy().starts_with(prefix) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        tempfile::Builder::new().prefix(prefix).tempdir_in(&self.0)
    }

    /// The permissions of the database: made beforehand, for its owner alone.
    pub(crate) fn make_database_file(&self) -> io::Result<()> {
        private::make_file(&self.database())?.sync_all()
    }
}
