//! Whether there are copies of the database.

use portcullis_core::{Clock as _, rfc3339};

use super::finding::{Finding, advice, good};
use crate::clock;
use crate::data_dir::DataDir;

/// After this much time, in seconds, a copy is old.
const OLD: u64 = 7 * 24 * 60 * 60;

pub(super) fn last(folder: &DataDir) -> Finding {
    let now = clock::of_this_machine().now_seconds();
    let remedy = "portcullis backup /backups/users-$(date +%F).db, every day.";
    match folder.last_backup() {
        None => advice("backup", "no copy of the database was taken yet", remedy),
        Some(taken) if now.saturating_sub(taken) > OLD => {
            let what = format!("the last copy of the database is of {}", rfc3339(taken));
            advice("backup", what, remedy)
        }
        Some(taken) => good(
            "backup",
            format!("the last copy was taken and checked at {}", rfc3339(taken)),
        ),
    }
}
