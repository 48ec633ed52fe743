//! How many connections the system's limit of open files leaves room for.

/// Files that are kept free beside connections: a database opens some when it is asked much, a key is read, a log rotated.
const KEPT_LEAST: usize = 16;
const KEPT_MOST: usize = 128;

/// How many of `wanted` connections there can be. The soft limit of files is raised towards the hard one as far as they
/// need it.
#[cfg(unix)]
pub(super) fn connections(wanted: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let used = in_use();
    let limit = getrlimit(Resource::Nofile);
    let needed = u64::try_from(wanted.saturating_add(used).saturating_add(KEPT_MOST)).unwrap_or(u64::MAX);
    let target = limit.maximum.map_or(needed, |hard| hard.min(needed));
    let mut files = limit.current;
    if files.is_some_and(|files| files < target) {
        let raised = Rlimit {
            current: Some(target),
            maximum: limit.maximum,
        };
        if setrlimit(Resource::Nofile, raised).is_ok() {
            files = Some(target);
        }
    }
    let Some(files) = files.and_then(|files| usize::try_from(files).ok()) else {
        return wanted;
    };
    let room = room(files, used);
    if room < wanted {
        tracing::warn!(
            files,
            used,
            connections = room,
            "the limit of open files leaves room for fewer connections than are allowed: raise it (ulimit -n, LimitNOFILE=)"
        );
    }
    wanted.min(room)
}

#[cfg(not(unix))]
pub(super) fn connections(wanted: usize) -> usize {
    wanted
}

/// What is left of a limit of files.
#[cfg(unix)]
fn room(files: usize, used: usize) -> usize {
    let kept = files.checked_div(8).unwrap_or_default().clamp(KEPT_LEAST, KEPT_MOST);
    files.saturating_sub(used).saturating_sub(kept).max(1)
}

/// How many files the process has open. Where nobody tells, as many as a server with its database has.
#[cfg(unix)]
fn in_use() -> usize {
    const ASSUMED: usize = 32;
    std::fs::read_dir("/dev/fd").map_or(ASSUMED, |open| open.count())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_small_limit_leaves_files_for_others_and_one_place_at_least() {
        assert_eq!(room(64, 20), 28);
        assert_eq!(room(1024, 20), 1024 - 20 - 128);
        assert_eq!(room(16, 20), 1);
    }

    #[test]
    fn what_is_wanted_is_never_exceeded_and_files_are_counted() {
        assert_eq!(connections(3), 3);
        assert!(in_use() > 2);
    }
}
