//! The end of a key, here and wherever its tokens are checked.

use portcullis_core::{Clock as _, KeyState, Occasion, RevocationStore as _};
use portcullis_sql::AnyDatabase;

use super::found::{described, find};
use super::master;
use crate::config::PlaceFlags;
use crate::failure::{OrFail as _, Outcome};
use crate::output::say;
use crate::signing::{self, failure};
use crate::whoever::whoever;
use crate::{clock, kept};

/// Ends a key first, and tells those who follow; a key that has ended already is told of again, for the first time may have
/// been interrupted.
pub(super) async fn retire(place: &PlaceFlags, id: &str) -> Outcome {
    let (place, settings, database) = master::opened(&place.0).await?;
    let (keys, master) = signing::unopened(&place, &settings, &database).await?;
    // A key is ended whatever else fails.
    match kept::trail(&database, &master).await {
        Ok(audit) => keys.tell(&audit),
        Err(error) => tracing::warn!(error = error.sentence(), "the end of the key is not written down"),
    }
    let keys = keys.by(whoever());
    let key = find(&keys, id).await?;
    if key.state == KeyState::Retired {
        tell(&database, &key.record.id, key.record.token_lifetime).await?;
        return say(format!("{} is retired already.", key.record.id));
    }
    let key = keys.retire(&key.record.id).await.map_err(failure)?;
    tell(&database, &key.record.id, key.record.token_lifetime).await?;
    let all = keys.list().await.map_err(failure)?;
    let active = all.iter().find(|key| key.state == KeyState::Active);
    let active = active.map_or_else(String::new, |key| format!(" {} signs.", described(key)));
    say(format!(
        "{} is retired: its tokens are refused from now on.{active}",
        key.record.id
    ))
}

/// `lifetime`, in seconds, is that of the longest-lived token that the key signed.
async fn tell(database: &AnyDatabase, id: &str, lifetime: u64) -> Outcome {
    let occasion = Occasion {
        now: clock::of(database).now(),
        lifetime: std::time::Duration::from_secs(lifetime),
    };
    let told = kept::sessions(database).await?.revoke(&[occasion.key(id)]).await;
    told.or_fail(
        "the key has ended here, and those who follow could not be told",
        "Run it again.",
    )
}
