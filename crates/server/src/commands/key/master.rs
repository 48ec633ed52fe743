//! The master key changed, or lost.

use std::path::Path;

use portcullis_core::{
    AuditEvent, AuditKind, KeyChange, KeyStore as _, MasterKey, SecretStore as _, Secrets, SigningKeys,
};
use portcullis_sql::Database;

use crate::config::{Given, OLD_MASTER_KEY_VARIABLE, Settings};
use crate::data_dir::DataDir;
use crate::deployment;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::output::say;
use crate::whoever::whoever;
use crate::{kept, logging, private, signing, times};

pub(super) fn folder(given: &Given) -> Outcome<(DataDir, Settings)> {
    let settings = given.settings()?;
    logging::start(settings.log, "warn");
    let folder = DataDir::at(&settings.data);
    folder.expect_set_up()?;
    Ok((folder, settings))
}

/// Encrypts every key under the present master key.
pub(super) async fn rewrap(given: &Given, old_file: Option<&Path>) -> Outcome {
    let (folder, settings) = folder(given)?;
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
    let users = deployment::open_users(&folder).await?;
    let store = signing::store(users.database()).await?;
    // Made if it is not there: the former one is at hand, so nothing is lost.
    let new = signing::master_key(&folder, &settings, &[])?;
    let done = SigningKeys::rewrap(&store, &old, &new)
        .await
        .map_err(signing::failure)?;
    let secrets = kept::secrets(users.database()).await?;
    Secrets::rewrap(&secrets, &old, &new).await.map_err(kept::failure)?;
    let event = AuditEvent::new(AuditKind::KeysRewrapped, whoever())
        .of(&new.id())
        .with("keys", done);
    record(users.database(), &new, event).await?;
    say(format!(
        "Encrypted anew: {done}. Restart running servers with the present master key ({}).",
        new.id()
    ))
}

/// Writes down what was done.
async fn record(database: &Database, master: &MasterKey, event: AuditEvent) -> Outcome {
    let audit = kept::trail(database, master).await?;
    written(audit.record(event).await)
}

fn written(done: Result<(), impl std::error::Error + Send + Sync + 'static>) -> Outcome {
    done.or_fail("it is done, and could not be written down", "Look at the disk.")
}

/// Ends and wipes every key, and makes a new one.
pub(super) async fn reset(given: &Given, yes: bool) -> Outcome {
    let (folder, settings) = folder(given)?;
    if !yes {
        let what = "this ends every signing key, and with it every token";
        return Err(Failure::usage(what, "Say --yes if that is meant."));
    }
    let users = deployment::open_users(&folder).await?;
    let store = signing::store(users.database()).await?;
    let now = times::now().as_secs();
    for record in signing::list(&store).await? {
        let what = "the keys cannot be ended";
        let ended = store.change(&record.id, KeyChange::End(now)).await;
        ended.or_fail(what, "Try again.")?;
        let wiped = store.reseal(&record.id, &record.sealed, &[]).await;
        wiped.or_fail(what, "Try again.")?;
    }
    let secrets = kept::secrets(users.database()).await?;
    for record in secrets
        .list()
        .await
        .or_fail("the secrets cannot be read", "Try again.")?
    {
        let wiped = secrets.reseal(record.number, &record.sealed, &[]).await;
        wiped.or_fail("the secrets cannot be wiped", "Try again.")?;
    }
    // Their digests were made with those secrets.
    let api_keys = kept::api_keys(users.database()).await?;
    let ended = api_keys.end_all(now.saturating_mul(1_000)).await;
    ended.or_fail("the API keys cannot be ended", "Try again.")?;
    let (keys, master) = signing::open(&folder, &settings, users.database()).await?;
    let audit = kept::trail(users.database(), &master).await?;
    written(audit.reset(whoever()).await)?;
    let all = keys.list().await.map_err(signing::failure)?;
    let id = all.last().map(|key| key.record.id.clone()).unwrap_or_default();
    say(format!(
        "Every older key has ended. {id} signs, encrypted under the master key {}. Servers may start.",
        master.id()
    ))
}
