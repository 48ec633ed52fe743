//! Files and folders that only their owner may read.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use zeroize::Zeroizing;

/// A file beyond this is no key.
const LARGEST: u64 = 64 * 1024;

/// Makes the folder for its owner alone, and those above it as usual; says whether it did. One that is there already stays
/// as it is: whose it is, and who reads it, is for its owner to say.
pub(crate) fn make_folder(path: &Path) -> io::Result<bool> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    match builder.create(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Closes a folder of our own to others. What a link leads to is not our own, and stays.
pub(crate) fn close_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if fs::symlink_metadata(path)?.is_dir() {
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Makes a file for its owner alone; fails if it is there.
pub(crate) fn make_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a file with this text for its owner alone, whole or not at all; fails if it is there. It outlasts a power
/// failure. Its owner is that of the folder, as far as we may say so.
pub(crate) fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut beside = beside(path)?;
    beside.write_all(text.as_bytes())?;
    give_to_owner_of(&folder_of(path), beside.as_file());
    beside.as_file().sync_all()?;
    beside.persist_noclobber(path)?;
    sync_folder(&folder_of(path))
}

/// Puts this text in the place of a file, whole or not at all: its owner, group and mode stay, and what a link leads to is
/// replaced and not the link. A file that is not there is made for its owner alone. It outlasts a power failure.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = match fs::canonicalize(path) {
        Ok(path) => path,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return write_new(path, text),
        Err(error) => return Err(error),
    };
    let mut beside = beside(&path)?;
    beside.write_all(text.as_bytes())?;
    put(beside, &path)
}

/// Puts a file in the place of one that is there: owner, group and mode stay. It outlasts a power failure.
fn put(beside: NamedTempFile, path: &Path) -> io::Result<()> {
    keep_owner_and_mode(path, beside.as_file())?;
    beside.as_file().sync_all()?;
    beside.persist(path)?;
    sync_folder(&folder_of(path))
}

/// Puts a file that holds no secret in its place, whether there is one or not: a new one can be read by others.
pub(crate) fn put_public(beside: NamedTempFile, path: &Path) -> io::Result<()> {
    match fs::canonicalize(path) {
        Ok(path) => put(beside, &path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            #[cfg(unix)]
            {
                let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
                beside.as_file().set_permissions(mode)?;
            }
            beside.as_file().sync_all()?;
            beside.persist(path)?;
            sync_folder(&folder_of(path))
        }
        Err(error) => Err(error),
    }
}

/// A file for its owner alone in the folder of this one, which becomes this one or goes. Its name is new each time: what a
/// killed process left is in nobody's way.
pub(crate) fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let mut prefix = path.file_name().unwrap_or_default().to_owned();
    prefix.push(".");
    tempfile::Builder::new()
        .prefix(&prefix)
        .suffix(".new")
        .tempfile_in(folder_of(path))
}

/// Gives a file to whoever owns the folder: what root makes in the folder of a server, the server must be able to read.
/// Nobody but root can, and then it is their own folder.
pub(crate) fn give_to_owner_of(folder: &Path, file: &File) {
    #[cfg(unix)]
    if let (Ok(folder), Ok(made)) = (fs::metadata(folder), file.metadata()) {
        use std::os::unix::fs::{MetadataExt as _, fchown};
        if (folder.uid(), folder.gid()) != (made.uid(), made.gid()) {
            let _ = fchown(file, Some(folder.uid()), Some(folder.gid()));
        }
    }
    #[cfg(not(unix))]
    let _ = (folder, file);
}

/// The folder that a file is in.
pub(crate) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn keep_owner_and_mode(of: &Path, file: &File) -> io::Result<()> {
    let (old, new) = (fs::metadata(of)?, file.metadata()?);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, fchown};
        if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
            fchown(file, Some(old.uid()), Some(old.gid()))?;
        }
    }
    #[cfg(not(unix))]
    let _ = new;
    // After the owner: a change of owner takes bits away.
    file.set_permissions(old.permissions())
}

/// Reads a file with a secret; warns if others can read it.
pub(crate) fn read(path: &Path) -> io::Result<Zeroizing<String>> {
    let file = File::open(path)?;
    // Reserved at once: a text that grows leaves copies of itself behind.
    let length = file.metadata()?.len().clamp(4096, LARGEST);
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(length).unwrap_or(0)));
    warn_if_open(path, &file);
    file.take(LARGEST).read_to_string(&mut text)?;
    Ok(text)
}

/// Makes what was done in a folder outlast a power failure.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(path)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Removes a file; that it is not there is no failure.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    ignore_missing(fs::remove_file(path))
}

/// That something is not there is no failure.
pub(crate) fn ignore_missing(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Warns if others can put files into a folder that we did not make.
pub(crate) fn warn_if_others_write(folder: &Path) {
    #[cfg(unix)]
    if let Ok(metadata) = fs::metadata(folder) {
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o7777;
        if mode & 0o022 != 0 {
            let mode = format!("{mode:04o}");
            tracing::warn!(folder = %folder.display(), mode, "others can put files into this folder, which was there; run: chmod 700 on it");
        }
    }
    #[cfg(not(unix))]
    let _ = folder;
}

fn warn_if_open(path: &Path, file: &File) {
    #[cfg(unix)]
    if let Ok(metadata) = file.metadata() {
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
        if mode & 0o077 != 0 {
            let mode = format!("{mode:04o}");
            tracing::warn!(file = %path.display(), mode, "others can read or write this key; run: chmod 600 on it");
        }
    }
    #[cfg(not(unix))]
    let _ = (path, file);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_is_not_written_over_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("master.key");
        write_new(&path, "first").expect("written");
        assert!(write_new(&path, "second").is_err());
        assert_eq!(read(&path).expect("read").as_str(), "first");
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_there_keeps_its_mode_and_what_is_made_is_closed() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o7777;
        let folder = tempfile::tempdir().expect("a folder");
        let (shared, link) = (folder.path().join("shared"), folder.path().join("link"));
        fs::create_dir(&shared).expect("made");
        fs::set_permissions(&shared, fs::Permissions::from_mode(0o1777)).expect("set");
        symlink(&shared, &link).expect("made");
        for there in [shared.as_path(), &link, &folder.path().join("."), Path::new("/")] {
            let before = mode(there);
            assert!(!make_folder(there).expect("there"));
            assert_eq!(mode(there), before, "{}", there.display());
        }
        close_folder(&link).expect("passed over");
        assert_eq!(mode(&shared), 0o1777, "what a link leads to is not ours");
        let made = shared.join("a/b");
        assert!(make_folder(&made).expect("made"));
        assert_eq!((mode(&made), mode(&shared)), (0o700, 0o1777));
        fs::set_permissions(&made, fs::Permissions::from_mode(0o755)).expect("set");
        close_folder(&made).expect("closed");
        assert_eq!(mode(&made), 0o700);
        assert!(make_folder(&folder.path().join("link/a/b/c")).expect("made"));
    }

    #[cfg(unix)]
    #[test]
    fn a_replaced_file_keeps_its_mode_and_its_link_and_a_failure_leaves_it_whole() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().expect("a folder");
        let (path, link) = (folder.path().join("real.toml"), folder.path().join("link.toml"));
        fs::write(&path, "first").expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("set");
        symlink(&path, &link).expect("made");
        replace(&link, "second").expect("replaced");
        assert_eq!(fs::read_to_string(&path).expect("read"), "second");
        assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o640);
        // What a file cannot take the place of.
        let stuck = folder.path().join("stuck");
        fs::create_dir(&stuck).expect("made");
        assert!(replace(&stuck, "third").is_err());
        assert_eq!(
            fs::read_dir(folder.path()).expect("listed").count(),
            3,
            "nothing is left"
        );
        let missing = folder.path().join("new.toml");
        replace(&missing, "made").expect("made");
        assert_eq!(
            fs::metadata(&missing).expect("there").permissions().mode() & 0o777,
            0o600
        );
    }
}
