//! A key that was found, and what it is called.

use portcullis_core::KeyStatus;

use crate::failure::{Failure, Outcome};
use crate::signing::{Keys, failure};

/// The key whose id is this, or begins so.
pub(super) async fn find(keys: &Keys, id: &str) -> Outcome<KeyStatus> {
    let all = keys.list().await.map_err(failure)?;
    let exact = all.iter().find(|key| key.record.id == id).cloned();
    let mut begins = all
        .into_iter()
        .filter(|key| !id.is_empty() && key.record.id.starts_with(id));
    let first = exact.clone().or_else(|| begins.next());
    if exact.is_none() && begins.next().is_some() {
        let what = format!("several keys begin with {id}");
        return Err(Failure::new(
            what,
            "Give more of the id; see `portcullis key list --all`.",
        ));
    }
    first.ok_or_else(|| Failure::new(format!("there is no key {id}"), "See `portcullis key list --all`."))
}

/// Its id and its algorithm.
pub(super) fn described(key: &KeyStatus) -> String {
    format!("{} ({})", key.record.id, key.record.algorithm)
}
