//! `init`: a folder is made, filled, and only then counts as set up.

use std::fs::{self, File};
use std::io::{self, Write as _};

use super::{CONFIG_FILE, DATABASE, DataDir, UNFINISHED};
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::private;

impl DataDir {
    /// Makes the folder, only for its owner, and marks it unfinished; leftovers of an interrupted setup go.
    ///
    /// # Errors
    /// The folder is set up already, holds something else, or another setup is under way.
    pub(crate) fn begin(&self) -> Outcome<Unfinished> {
        let place = self.0.display();
        let remedy = format!("Check that {place} can be written, or name another folder with --data.");
        // Before anything is written: a folder that is not ours stays as it is.
        if !self.unfinished().exists()
            && let Some(why) = self.in_the_way()
        {
            return Err(why);
        }
        let made = private::make_folder(&self.0).or_fail(format!("the folder {place} cannot be made"), &remedy)?;
        if !made {
            private::warn_if_others_write(&self.0);
        }
        let (marker, fresh) = self.mark(&remedy)?;
        if fresh && let Some(why) = self.in_the_way() {
            let _ = fs::remove_file(self.unfinished());
            return Err(why);
        }
        self.clear()
            .or_fail(format!("leftovers in {place} cannot be removed"), LEFTOVERS)?;
        Ok(Unfinished {
            folder: self.clone(),
            _lock: marker,
        })
    }

    /// Marks the folder unfinished and holds the mark; says whether it is new.
    fn mark(&self, remedy: &str) -> Outcome<(File, bool)> {
        let place = self.0.display();
        let unwritable = format!("nothing can be written in {place}");
        let fresh = match private::make_file(&self.unfinished()) {
            Ok(_) => true,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
            Err(error) => return Err(error).or_fail(unwritable, remedy),
        };
        let marker = File::open(self.unfinished()).or_fail(unwritable, remedy)?;
        // Held until the end: two setups at once do not mix, and a killed one lets go.
        let busy = format!("another `init` is at work in {place}");
        marker.try_lock().or_fail(&busy, "Wait until it has ended.")?;
        if !self.unfinished().exists() {
            return Err(Failure::new(busy, "Wait until it has ended."));
        }
        Ok((marker, fresh))
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
        let remedy = "Name an empty folder, or one that does not exist yet, with --data.";
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => return Some(Failure::new(format!("{place} cannot be looked into"), remedy).because(error)),
        };
        let foreign = entries
            .flatten()
            .map(|entry| entry.file_name())
            .find(|name| !ours.iter().any(|ours| name == *ours))?;
        let what = format!("{place} is not empty: it holds {}", foreign.display());
        Some(Failure::new(what, remedy))
    }

    fn clear(&self) -> io::Result<()> {
        let journals = [
            DATABASE.to_owned(),
            format!("{DATABASE}-wal"),
            format!("{DATABASE}-shm"),
        ];
        for file in journals {
            private::remove(&self.0.join(file))?;
        }
        Ok(())
    }
}

const LEFTOVERS: &str = "Remove them by hand and try again.";

/// A folder that is being set up.
pub(crate) struct Unfinished {
    folder: DataDir,
    _lock: File,
}

impl Unfinished {
    /// The same without the keys that a setup which was interrupted made: nobody has used them. Whoever fills the folder from
    /// elsewhere may have put a master key there.
    pub(crate) fn without_keys(self) -> Outcome<Self> {
        let removed = private::ignore_missing(fs::remove_dir_all(self.folder.keys()));
        removed.or_fail("leftover keys cannot be removed", LEFTOVERS)?;
        Ok(self)
    }

    /// Writes the settings, unless some are there.
    pub(crate) fn write_config(&self, text: &str) -> Outcome {
        let path = self.folder.config();
        if path.exists() {
            return Ok(());
        }
        let written = private::make_file(&path).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written.or_fail(format!("{} cannot be written", path.display()), "Check the disk.")
    }

    /// From here on the folder counts as set up.
    pub(crate) fn finish(self) -> Outcome {
        let folder = self.folder.path();
        let done = private::sync_folder(folder)
            .and_then(|()| fs::remove_file(self.folder.unfinished()))
            .and_then(|()| private::sync_folder(folder));
        done.or_fail(
            format!("the setup of {} cannot be ended", folder.display()),
            "Check the disk and run it again.",
        )
    }
}
