//! The data folder: what lies where, and who may read it.
//!
//! ```text
//! portcullis-data/           0700
//! ├── portcullis.toml        the settings, commented
//! ├── users.db               the accounts (SQLite)
//! └── keys/                  0700
//!     └── 5e0c….json         0600, one JWK (RFC 7517); the file's name is the key's id
//! ```

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use portcullis_core::jose::SigningKey;

use crate::failure::{Failure, OrFail, Outcome};
use crate::key_file;

/// The settings.
pub(crate) const CONFIG_FILE: &str = "portcullis.toml";

/// The accounts.
const DATABASE: &str = "users.db";

/// The keys.
const KEYS: &str = "keys";

/// There from the first to the last moment of `init`.
const UNFINISHED: &str = "init.unfinished";

/// A file beyond this is no key.
const LARGEST_KEY: u64 = 64 * 1024;

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

    /// Fails unless `init` was run here, and to its end.
    pub(crate) fn expect_set_up(&self) -> Outcome {
        let place = self.0.display();
        if self.is_unfinished() {
            let what = format!("the setup of {place} was interrupted");
            return Err(Failure::new(
                what,
                format!("Run `portcullis init --data {place}` again."),
            ));
        }
        if self.database().exists() && self.keys().is_dir() {
            return Ok(());
        }
        let what = format!("{place} is not a data folder of portcullis");
        Err(Failure::new(
            what,
            format!("Run `portcullis init --data {place}`, or name another with --data."),
        ))
    }

    /// Makes the folder, only for its owner, and marks it unfinished; leftovers of an interrupted setup go.
    ///
    /// # Errors
    /// The folder is set up already, holds something else, or another setup is under way.
    pub(crate) fn begin(&self) -> Outcome<Unfinished> {
        let place = self.0.display();
        let remedy = format!("Check that {place} can be written, or name another folder with --data.");
        make_private_folder(&self.0).or_fail(format!("the folder {place} cannot be made"), &remedy)?;
        let unwritable = format!("nothing can be written in {place}");
        let fresh = match private_file(&self.unfinished()) {
            Ok(_) => true,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
            Err(error) => return Err(error).or_fail(unwritable, remedy),
        };
        let marker = File::open(self.unfinished()).or_fail(unwritable, &remedy)?;
        // Held until the end: two setups at once do not mix, and a killed one lets go.
        let busy = format!("another `init` is at work in {place}");
        marker.try_lock().or_fail(&busy, "Wait until it has ended.")?;
        if !self.is_unfinished() {
            return Err(Failure::new(busy, "Wait until it has ended."));
        }
        if fresh && let Some(why) = self.in_the_way() {
            let _ = fs::remove_file(self.unfinished());
            return Err(why);
        }
        self.clear().or_fail(
            format!("leftovers in {place} cannot be removed"),
            "Remove them by hand and try again.",
        )?;
        Ok(Unfinished {
            folder: self.clone(),
            _lock: marker,
        })
    }

    /// What speaks against a setup in a folder where none was interrupted.
    fn in_the_way(&self) -> Option<Failure> {
        let place = self.0.display();
        if self.database().exists() || self.keys().exists() {
            let what = format!("{place} is set up already; nothing was changed");
            let remedy = "Use it with `portcullis serve`; `portcullis user passwd NAME` sets a password that was lost.";
            return Some(Failure::new(what, remedy));
        }
        let ours = [CONFIG_FILE, UNFINISHED, "lost+found"];
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let foreign = entries
            .map(|entry| entry.file_name())
            .find(|name| !ours.iter().any(|ours| name == *ours))?;
        let what = format!("{place} is not empty: it holds {}", foreign.display());
        Some(Failure::new(
            what,
            "Name an empty folder, or one that does not exist yet, with --data.",
        ))
    }

    fn is_unfinished(&self) -> bool {
        self.unfinished().exists()
    }

    fn clear(&self) -> io::Result<()> {
        let journals = [
            DATABASE.to_owned(),
            format!("{DATABASE}-wal"),
            format!("{DATABASE}-shm"),
        ];
        for file in journals {
            ignore_missing(fs::remove_file(self.0.join(file)))?;
        }
        ignore_missing(fs::remove_dir_all(self.keys()))
    }

    /// The one key that signs.
    ///
    /// # Errors
    /// There is none, there are several, or it cannot be read. A key that others can read is only warned of.
    pub(crate) fn signing_key(&self) -> Outcome<SigningKey> {
        let keys = self.keys();
        let remedy = "Restore the folder from a backup, or set up a new one with `portcullis init`.";
        let unreadable = || format!("the keys in {} cannot be listed", keys.display());
        let mut files = Vec::new();
        for entry in fs::read_dir(&keys).or_fail(unreadable(), remedy)? {
            let path = entry.or_fail(unreadable(), remedy)?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                files.push(path);
            }
        }
        match files.as_slice() {
            [one] => read_key(one),
            [] => Err(Failure::new(format!("there is no key in {}", keys.display()), remedy)),
            _ => Err(Failure::new(
                format!("there are several keys in {}", keys.display()),
                "Leave the one that signs.",
            )),
        }
    }

    /// The permissions of the database: made beforehand, for its owner alone.
    pub(crate) fn make_database_file(&self) -> io::Result<()> {
        private_file(&self.database())?.sync_all()
    }
}

/// A folder that is being set up.
pub(crate) struct Unfinished {
    folder: DataDir,
    _lock: File,
}

impl Unfinished {
    /// Writes a key as `keys/<id>.json`.
    pub(crate) fn write_key(&self, id: &str, jwk: &str) -> Outcome {
        let folder = self.folder.keys();
        let written = make_private_folder(&folder).and_then(|()| {
            let mut file = private_file(&folder.join(format!("{id}.json")))?;
            file.write_all(jwk.as_bytes())?;
            file.sync_all()?;
            sync_folder(&folder)
        });
        written.or_fail(
            format!("the key in {} cannot be written", folder.display()),
            "Check the disk.",
        )
    }

    /// Writes the settings, unless some are there.
    pub(crate) fn write_config(&self, text: &str) -> Outcome {
        let path = self.folder.config();
        if path.exists() {
            return Ok(());
        }
        let written = private_file(&path).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written.or_fail(format!("{} cannot be written", path.display()), "Check the disk.")
    }

    /// From here on the folder counts as set up.
    pub(crate) fn finish(self) -> Outcome {
        let folder = self.folder.path();
        let done = sync_folder(folder)
            .and_then(|()| fs::remove_file(self.folder.unfinished()))
            .and_then(|()| sync_folder(folder));
        done.or_fail(
            format!("the setup of {} cannot be ended", folder.display()),
            "Check the disk and run it again.",
        )
    }
}

fn read_key(path: &Path) -> Outcome<SigningKey> {
    let place = path.display();
    let remedy = "Restore it from a backup; without it all tokens end.";
    let mut text = String::new();
    let read = File::open(path).and_then(|file| {
        warn_if_open(path, &file);
        file.take(LARGEST_KEY).read_to_string(&mut text)
    });
    read.or_fail(format!("the key {place} cannot be read"), remedy)?;
    key_file::read(&text).or_fail(format!("{place} is not a key"), remedy)
}

fn ignore_missing(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Makes the folder for its owner alone. One that is there already stays, and is closed to others.
fn make_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    match builder.create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {
            #[cfg(unix)]
            if let Err(error) = fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700)) {
                tracing::warn!(folder = %path.display(), %error, "the folder cannot be closed to others");
            }
            Ok(())
        }
        made => made,
    }
}

/// Makes a file for its owner alone; fails if it is there.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes what was done in a folder outlast a power failure.
fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(path)?.sync_all()?;
    Ok(())
}

fn warn_if_open(path: &Path, file: &File) {
    #[cfg(unix)]
    if let Ok(metadata) = file.metadata() {
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
        if mode & 0o077 != 0 {
            let mode = format!("{mode:04o}");
            tracing::warn!(file = %path.display(), mode, "others can read or write the signing key; run: chmod 600 on it");
        }
    }
    #[cfg(not(unix))]
    let _ = (path, file);
}
