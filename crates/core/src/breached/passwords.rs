//! The file of breached passwords, as it is asked.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use portcullis_password::Password;

use super::error::{BreachedError, Kind};
use super::file::Set;

/// A file of breached passwords, asked where it lies: two reads a look-up and no memory. The file may be replaced at any time;
/// the next look-up asks the new one. Cheap to clone.
#[derive(Debug, Clone)]
pub struct BreachedPasswords {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    opened: Mutex<Opened>,
}

/// What is open, and what was found in its place since and could not be used.
#[derive(Debug, Default)]
struct Opened {
    set: Option<Arc<Set>>,
    which: Option<Which>,
    unfit: Option<Which>,
    /// Counts the sets.
    number: u64,
}

/// Which state of which file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Which {
    file: (u64, u64),
    length: u64,
    changed: Option<std::time::SystemTime>,
}

impl Which {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let file = {
            use std::os::unix::fs::MetadataExt as _;
            (metadata.dev(), metadata.ino())
        };
        #[cfg(not(unix))]
        let file = (0, 0);
        Self {
            file,
            length: metadata.len(),
            changed: metadata.modified().ok(),
        }
    }
}

impl BreachedPasswords {
    /// The file at `path`. Nothing is read yet: [`BreachedPasswords::len`] says, at the start of a program, whether it can be.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            inner: Arc::new(Inner {
                path: path.into(),
                opened: Mutex::default(),
            }),
        }
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// How many passwords it holds. Opens it: 4 MiB are read and held against their checksum.
    ///
    /// # Errors
    /// It is absent, cut off, damaged, of another version, or something else.
    pub fn len(&self) -> Result<u64, BreachedError> {
        Ok(self.current()?.1.count())
    }

    /// Whether it holds none.
    ///
    /// # Errors
    /// As for [`BreachedPasswords::len`].
    pub fn is_empty(&self) -> Result<bool, BreachedError> {
        Ok(self.len()? == 0)
    }

    /// Whether it holds this password; of those that it does not hold 5 in 100,000 are taken for one it does (where it has
    /// 900 million). Waits for the disk.
    ///
    /// # Errors
    /// As for [`BreachedPasswords::len`], and it cannot be read.
    pub fn contains(&self, password: &Password) -> Result<bool, BreachedError> {
        self.holds(&self.current()?.1, password)
    }

    fn holds(&self, set: &Set, password: &Password) -> Result<bool, BreachedError> {
        let found = digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
        set.holds(found.as_ref()).map_err(|kind| self.error(kind))
    }

    /// As [`BreachedPasswords::contains`], where `fresh` says that this very set was not asked yet: it is given the set's
    /// number, which comes back.
    pub(super) fn contains_if(
        &self,
        password: &Password,
        fresh: impl FnOnce(u64) -> bool,
    ) -> Result<(u64, Option<bool>), BreachedError> {
        let (number, set) = self.current()?;
        let found = fresh(number).then(|| self.holds(&set, password)).transpose()?;
        Ok((number, found))
    }

    /// The set that lies there now, with its number. One that cannot be used in the place of one that can leaves that one in
    /// use, and one that is gone too.
    fn current(&self) -> Result<(u64, Arc<Set>), BreachedError> {
        let mut opened = self.inner.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let now = fs::metadata(&self.inner.path).map(|metadata| Which::of(&metadata));
        if let (Some(set), Some(which)) = (&opened.set, &opened.which)
            && now
                .as_ref()
                .map_or(true, |now| now == which || opened.unfit == Some(*now))
        {
            return Ok((opened.number, set.clone()));
        }
        let now = now.map_err(|error| self.error(Kind::Io(error)))?;
        match Set::open(&self.inner.path) {
            Ok(set) => {
                let set = Arc::new(set);
                opened.number = opened.number.saturating_add(1);
                (opened.set, opened.which, opened.unfit) = (Some(set.clone()), Some(now), None);
                Ok((opened.number, set))
            }
            Err(kind) => {
                let error = self.error(kind);
                // What was written over in its place is not what it was.
                let replaced = opened.which.is_some_and(|which| which.file != now.file);
                match opened.set.clone().filter(|_| replaced) {
                    Some(set) => {
                        tracing::error!(%error, "the new file of breached passwords is not used, and the former still is");
                        opened.unfit = Some(now);
                        Ok((opened.number, set))
                    }
                    None => {
                        (opened.set, opened.which) = (None, None);
                        Err(error)
                    }
                }
            }
        }
    }

    fn error(&self, kind: Kind) -> BreachedError {
        BreachedError::new(self.inner.path.clone(), kind)
    }
}
