//! The master key changed, or lost.

use std::path::Path;

use portcullis_core::{
    AuditEvent, AuditKind, Clock as _, KeyChange, KeyStore as _, MasterKey, SecretStore as _, Secrets, SigningKeys,
};
use portcullis_sql::AnyDatabase;

use crate::config::{Given, OLD_MASTER_KEY_VARIABLE, Settings};
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::output::say;
use crate::place::Place;
use crate::whoever::whoever;
use crate::{clock, kept, logging, private, signing};

/// The place, its settings and its database, for what needs no logins.
pub(super) async fn opened(given: &Given) -> Outcome<(Place, Settings, AnyDatabase)> {
    let settings = given.settings()?;
    logging::start(settings.log, "warn");
    let place = Place::of(&settings);
    let database = place.users().await?.database();
    Ok((place, settings, database))
}

/// Encrypts every key under the present master key.
pub(super) async fn rewrap(given: &Given, old_file: Option<&Path>) -> Outcome {
    let (place, _, database) = opened(given).await?;
    let old = match old_file {
        Some(path) => {
            let what = format!("the former master key {} cannot be read", path.display());
            let text = private::read(path).or_fail(what, "Name the file with --old-file.")?;
            signing::of_file(path, &text)?
        }
        None => signing::master_key_from(OLD_MASTER_KEY_VARIABLE)?.ok_or_else(|| {
            let remedy = format!("Name its file with --old-file, or give it in {OLD_MASTER_KEY_VARIABLE}.");
            Failure::usage("the former master key is not given", remedy)
        })?,
    };
    let store = signing::store(&database).await?;
    // Made if it is not there: the former one is at hand, so nothing is lost.
    let new = signing::master_key(&place, &[])?;
    let done = SigningKeys::rewrap(&store, &old, &new)
        .await
        .map_err(signing::failure)?;
    let secrets = kept::secrets(&database).await?;
    Secrets::rewrap(&secrets, &old, &new).await.map_err(kept::failure)?;
    let event = AuditEvent::new(AuditKind::KeysRewrapped, whoever())
        .of(&new.id())
        .with("keys", done);
    record(&database, &new, event).await?;
    say(format!(
        "Encrypted anew: {done}. Restart running servers with the present master key ({}).",
        new.id()
    ))
}

/// Writes down what was done.
async fn record(database: &AnyDatabase, master: &MasterKey, event: AuditEvent) -> Outcome {
    let audit = kept::trail(database, master).await?;
    written(audit.record(event).await)
}

fn written(done: Result<(), impl std::error::Error + Send + Sync + 'static>) -> Outcome {
    done.or_fail("it is done, and could not be written down", "Look at the disk.")
}

/// Ends and wipes every key, and makes a new one.
pub(super) async fn reset(given: &Given, yes: bool) -> Outcome {
    if !yes {
        let what = "this ends every signing key, and with it every token";
        return Err(Failure::usage(what, "Say --yes if that is meant."));
    }
    let (place, settings, database) = opened(given).await?;
    let store = signing::store(&database).await?;
    let now = clock::of(&database).now_seconds();
    for record in signing::list(&store).await? {
        let what = "the keys cannot be ended";
        let ended = store.change(&record.id, KeyChange::End(now)).await;
        ended.or_fail(what, "Try again.")?;
        let wiped = store.reseal(&record.id, &record.sealed, &[]).await;
        wiped.or_fail(what, "Try again.")?;
    }
    let secrets = kept::secrets(&database).await?;
    for record in secrets
        .list()
        .await
        .or_fail("the secrets cannot be read", "Try again.")?
    {
        let wiped = secrets.reseal(record.number, &record.sealed, &[]).await;
        wiped.or_fail("the secrets cannot be wiped", "Try again.")?;
    }
    // Their digests were made with those secrets.
    let api_keys = kept::api_keys(&database).await?;
    let ended = api_keys.end_all(now.saturating_mul(1_000)).await;
    ended.or_fail("the API keys cannot be ended", "Try again.")?;
    let (keys, master) = signing::open(&place, &settings, &database).await?;
    let audit = kept::trail(&database, &master).await?;
    written(audit.reset(whoever()).await)?;
    let all = keys.list().await.map_err(signing::failure)?;
    let id = all.last().map(|key| key.record.id.clone()).unwrap_or_default();
    say(format!(
        "Every older key has ended. {id} signs, encrypted under the master key {}. Servers may start.",
        master.id()
    ))
}
