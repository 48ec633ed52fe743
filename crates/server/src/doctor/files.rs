//! Who can read and write the files of a data folder, and whether there is room.

use std::fs;
use std::path::{Path, PathBuf};

use super::finding::{Finding, advice, fault, good};
use crate::config::MASTER_KEY_VARIABLE;
use crate::data_dir::DataDir;
use crate::place::{MASTER_KEY, Place};
use crate::private::folder_of;

/// What others can do that they should not: to read, and to write.
const READ: u32 = 0o044;
pub(super) const WRITE: u32 = 0o022;

/// Below this nothing can be kept for long.
const ROOM_LEAST: u64 = 64 << 20;

pub(super) fn all(folder: &DataDir) -> Vec<Finding> {
    let mut found = vec![
        data_folder(folder),
        owners(folder),
        database_rights(folder),
        settings_rights(folder),
        left_copies(folder),
        older_keys(folder),
    ];
    found.extend(disk(folder));
    found
}

/// The bits of a file's mode; 0 where there is none, or no such bits.
pub(super) fn mode(path: &Path) -> u32 {
    #[cfg(unix)]
    return fs::metadata(path).map_or(0, |file| std::os::unix::fs::PermissionsExt::mode(&file.permissions()));
    #[cfg(not(unix))]
    {
        let _ = path;
        0
    }
}

fn data_folder(folder: &DataDir) -> Finding {
    let place = folder.path().display();
    match mode(folder.path()) {
        mode if mode & WRITE != 0 => fault(
            "data_folder",
            format!("others can put files into {place}"),
            format!("chmod 700 {place}"),
        ),
        mode if mode & 0o055 != 0 => advice(
            "data_folder",
            format!("others can look into {place}"),
            format!("chmod 700 {place}"),
        ),
        _ => good("data_folder", format!("{place} is its owner's")),
    }
}

/// Whose a file is; `None` where it is not there, or nobody's.
fn owner(path: &Path) -> Option<u32> {
    #[cfg(unix)]
    return fs::metadata(path)
        .ok()
        .map(|file| std::os::unix::fs::MetadataExt::uid(&file));
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

/// What root left in the folder of a server's user, that server cannot use.
fn owners(folder: &DataDir) -> Finding {
    let place = folder.path();
    let key = place.join(MASTER_KEY);
    let all = database_files(folder).into_iter().chain([folder_of(&key), key]);
    let whose = owner(place);
    let of_others: Vec<String> = all
        .filter(|path| owner(path).is_some_and(|owner| Some(owner) != whose))
        .map(|path| path.display().to_string())
        .collect();
    if of_others.is_empty() {
        return good("owners", "what is in the folder is its owner's");
    }
    let (of_others, place) = (of_others.join(" "), place.display());
    fault(
        "owners",
        format!("another user than that of {place} owns {of_others}: a server that runs as the folder's cannot use it"),
        format!("chown --reference={place} {of_others}"),
    )
}

/// The database, and what stands beside it while it is in use.
fn database_files(folder: &DataDir) -> [PathBuf; 3] {
    let database = folder.database();
    let beside = |ending: &str| {
        let mut name = database.clone().into_os_string();
        name.push(ending);
        name.into()
    };
    [database.clone(), beside("-wal"), beside("-shm")]
}

fn database_rights(folder: &DataDir) -> Finding {
    let open: Vec<String> = database_files(folder)
        .iter()
        .filter(|path| mode(path) & (READ | WRITE) != 0)
        .map(|path| path.display().to_string())
        .collect();
    if open.is_empty() {
        return good("database_rights", "the database is its owner's");
    }
    let open = open.join(" ");
    let what = format!("others can read password hashes in {open}");
    fault("database_rights", what, format!("chmod 600 {open}"))
}

fn settings_rights(folder: &DataDir) -> Finding {
    let place = folder.config();
    let place = place.display();
    match mode(&folder.config()) & WRITE {
        0 => good("settings_rights", "nobody else writes the settings"),
        _ => fault(
            "settings_rights",
            format!("others can write {place}"),
            format!("chmod 644 {place}"),
        ),
    }
}

pub(super) fn master_key_rights(place: &Place) -> Finding {
    if std::env::var_os(MASTER_KEY_VARIABLE).is_some() {
        return good("master_key_rights", "the master key comes from the environment");
    }
    let Some(path) = place.master_key_file() else {
        return good("master_key_rights", "no file is named for the master key");
    };
    let around = folder_of(&path);
    match mode(&path) & (READ | WRITE) {
        0 if mode(&around) & WRITE != 0 => fault(
            "master_key_rights",
            format!("others can put another master key into {}", around.display()),
            format!("chmod 700 {}", around.display()),
        ),
        0 => good("master_key_rights", "the master key is its owner's"),
        _ => fault(
            "master_key_rights",
            format!("others can read the master key {}", path.display()),
            format!(
                "chmod 600 {0}; if anybody may have: portcullis key new > NEW, then portcullis key rewrap",
                path.display()
            ),
        ),
    }
}

/// Copies that were made before a change: they hold hashes, and what they were for is over.
fn left_copies(folder: &DataDir) -> Finding {
    let names = fs::read_dir(folder.path()).into_iter().flatten().flatten();
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    let is_copy = |name: &String| name.starts_with("users.db.before-") || name.starts_with("users.db.replaced-");
    let mut left: Vec<String> = names.filter(is_copy).collect();
    left.sort();
    match left.as_slice() {
        [] => good("left_copies", "no older copies lie beside the database"),
        [first, ..] => advice(
            "left_copies",
            format!("older copies of the database lie beside it, such as {first}: they hold password hashes too"),
            format!("When all is well: rm {}", folder.path().join(first).display()),
        ),
    }
}

fn older_keys(folder: &DataDir) -> Finding {
    let left = folder.older_keys().unwrap_or_default();
    match left.first() {
        None => good("older_keys", "no keys lie open in files"),
        Some(first) => advice(
            "older_keys",
            format!("a signing key lies open in {}", first.display()),
            "portcullis key import brings it in; remove the file then.",
        ),
    }
}

#[cfg(unix)]
fn disk(folder: &DataDir) -> Option<Finding> {
    let system = rustix::fs::statvfs(folder.path()).ok()?;
    let free = system.f_bavail.saturating_mul(system.f_frsize);
    let database = fs::metadata(folder.database()).map_or(0, |file| file.len());
    Some(room(free, database))
}

#[cfg(not(unix))]
fn disk(_: &DataDir) -> Option<Finding> {
    None
}

/// A migration and a backup copy the database, and its log may grow to its size.
fn room(free: u64, database: u64) -> Finding {
    let needed = database.saturating_mul(2).saturating_add(ROOM_LEAST);
    let mib = |bytes: u64| bytes.checked_div(1 << 20).unwrap_or_default();
    match free {
        free if free < ROOM_LEAST => fault(
            "disk",
            format!("{} MiB are free on the disk", mib(free)),
            "Make room: nobody can log in once the database cannot be written.",
        ),
        free if free < needed => advice(
            "disk",
            format!(
                "{} MiB are free on the disk: not enough for copies of the database",
                mib(free)
            ),
            format!("Make room for {} MiB, for backups and upgrades.", mib(needed)),
        ),
        free => good("disk", format!("{} MiB are free", mib(free))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Grade;
    use super::*;

    #[test]
    fn a_disk_without_room_is_a_fault_and_one_without_room_for_copies_worth_a_word() {
        for (free, grade) in [
            (0, Grade::Fault),
            (ROOM_LEAST - 1, Grade::Fault),
            (ROOM_LEAST, Grade::Advice),
            (ROOM_LEAST + 20_000, Grade::Good),
        ] {
            assert_eq!(room(free, 10_000).grade, grade, "{free}");
        }
    }
}
