//! The signing keys of a data folder: the master key over them, and the keys of version 0.1 taken over.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use portcullis_core::jose::SigningKey;
use portcullis_core::{KeyRecord, KeySchedule, KeyStore as _, KeysError, MasterKey, MasterKeyError, SigningKeys};
use portcullis_sql::{AnyDatabase, AnyKeys};
use zeroize::Zeroizing;

use crate::config::{MASTER_KEY_VARIABLE, Settings};
use crate::data_dir::DataDir;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::place::Place;
use crate::whoever::whoever;
use crate::{clock, generate, kept, private};

/// The keys of a deployment.
pub(crate) type Keys = SigningKeys<AnyKeys>;

/// What imaginary records are drawn from: the same as long as the master key stays, whatever signs.
const IMAGINARY_RECORDS: &str = "imaginary records";

/// Opens the keys of a data folder; makes the master key and the first signing key where there are none.
pub(crate) async fn open(place: &Place, settings: &Settings, database: &AnyDatabase) -> Outcome<(Keys, MasterKey)> {
    let (keys, master) = unopened(place, settings, database).await?;
    let store = store(database).await?;
    if list(&store).await?.is_empty() {
        // The trail of a deployment is opened behind its keys: the first one is told by a trail of its own.
        let first = SigningKeys::new(store, master.clone(), schedule(settings), clock::of(database)).by(whoever());
        first.tell(&kept::trail(database, &master).await?);
        first.ready().await.map_err(failure)?;
    }
    keys.ready().await.map_err(failure)?;
    Ok((keys, master))
}

/// The keys of a data folder as they stand there, whether they can be opened or not: for looking at them and ending them.
pub(crate) async fn unopened(place: &Place, settings: &Settings, database: &AnyDatabase) -> Outcome<(Keys, MasterKey)> {
    let store = store(database).await?;
    let records = list(&store).await?;
    let master = master_key(place, &records)?;
    let keys = SigningKeys::new(store, master.clone(), schedule(settings), clock::of(database));
    if let Some(folder) = place.data_folder() {
        take_over(folder, &keys, &records).await?;
    }
    Ok((keys, master))
}

/// Where the keys are kept.
pub(crate) async fn store(database: &AnyDatabase) -> Outcome<AnyKeys> {
    let store = AnyKeys::on(database.clone()).await;
    store.or_fail("the signing keys cannot be read", "Look at the reason above.")
}

/// What is stored.
pub(crate) async fn list(store: &AnyKeys) -> Outcome<Vec<KeyRecord>> {
    let records = store.list().await;
    records.or_fail("the signing keys cannot be read", "Look at the reason above.")
}

/// The secret for imaginary records.
pub(crate) fn decoy_key(master: &MasterKey) -> Outcome<[u8; 32]> {
    let secret = master.derive_secret(IMAGINARY_RECORDS);
    Ok(*secret.or_fail("the master key cannot be used", "Try again.")?)
}

pub(crate) fn schedule(settings: &Settings) -> KeySchedule {
    let rotate_every = Duration::from_secs(u64::from(settings.key_rotation_days).saturating_mul(24 * 60 * 60));
    KeySchedule {
        algorithm: settings.algorithm,
        rotate_every: (!rotate_every.is_zero()).then_some(rotate_every),
        publish_ahead: Duration::from_secs(u64::from(settings.key_publish_minutes).saturating_mul(60)),
        token_lifetime: Duration::from_secs(u64::from(settings.access_token_minutes).saturating_mul(60)),
    }
}

/// The master key: from the environment, or else from its file, which is made where nothing is encrypted yet.
pub(crate) fn master_key(place: &Place, records: &[KeyRecord]) -> Outcome<MasterKey> {
    if let Some(master) = master_key_at_hand(place)? {
        return Ok(master);
    }
    let path = master_key_file(place)?;
    if records.iter().any(|record| !record.sealed.is_empty()) {
        return Err(Failure::new(
            format!("the master key {} is missing", path.display()),
            format!(
                "Restore it from a backup or copy it from another node, or give it in {MASTER_KEY_VARIABLE}. If it is lost \
                 for good, everywhere, `portcullis key reset` starts anew; all tokens end."
            ),
        ));
    }
    if let Some(folder) = place.data_folder() {
        folder.close_keys();
    }
    make_master_key(&path)
}

/// The master key that there is: in the environment, or else in its file.
pub(crate) fn master_key_at_hand(place: &Place) -> Outcome<Option<MasterKey>> {
    if let Some(master) = master_key_from(MASTER_KEY_VARIABLE)? {
        return Ok(Some(master));
    }
    let Some(path) = place.master_key_file() else {
        return Ok(None);
    };
    match private::read(&path) {
        Ok(text) => of_file(&path, &text).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            let what = format!("the master key {} cannot be read", path.display());
            Err(error).or_fail(what, "Run it as the owner of that file.")
        }
    }
}

/// Where the master key stands if it is not in the environment.
fn master_key_file(place: &Place) -> Outcome<PathBuf> {
    place.master_key_file().ok_or_else(|| {
        Failure::usage(
            "the master key is not given",
            format!(
                "Every node of a deployment has the same: give it in {MASTER_KEY_VARIABLE} (`portcullis key new` makes one), \
                 or name its file with --master-key-file."
            ),
        )
    })
}

/// A master key in an environment variable.
pub(crate) fn master_key_from(variable: &str) -> Outcome<Option<MasterKey>> {
    let text = match std::env::var(variable) {
        Ok(text) => Ok(Zeroizing::new(text)),
        Err(std::env::VarError::NotPresent) => return Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(MasterKeyError::NotHex),
    };
    let master = text.and_then(|text| MasterKey::from_hex(&text));
    let remedy = "Make one with `portcullis key new`.";
    master.map(Some).or_fail(format!("{variable} is no master key"), remedy)
}

/// The master key in the text of a file.
pub(crate) fn of_file(path: &Path, text: &str) -> Outcome<MasterKey> {
    let what = format!("{} is no master key", path.display());
    MasterKey::from_hex(text).or_fail(what, "Restore it from a backup.")
}

fn make_master_key(path: &Path) -> Outcome<MasterKey> {
    let text = MasterKey::generate_hex(&generate::random()).or_fail("no master key could be made", "Try again.")?;
    // With room for the line's end from the start: a text that grows leaves a copy behind.
    let mut line = Zeroizing::new(String::with_capacity(text.len().saturating_add(1)));
    line.extend([text.as_str(), "\n"]);
    match private::make_folder(&private::folder_of(path)).and_then(|_| private::write_new(path, &line)) {
        Ok(()) => {
            tracing::info!(file = %path.display(), "a master key was made");
            of_file(path, &text)
        }
        // Another process was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let text = private::read(path).or_fail("the master key cannot be read", "Try again.")?;
            of_file(path, &text)
        }
        Err(error) => {
            let what = format!("the master key {} cannot be written", path.display());
            Err(error).or_fail(what, "Check the disk and who owns the folder.")
        }
    }
}

/// Version 0.1 kept its one key as a file: it becomes the first one here, and the file goes once the key is stored.
async fn take_over(folder: &DataDir, keys: &Keys, records: &[KeyRecord]) -> Outcome {
    let files = folder.older_keys()?;
    if records.is_empty() && files.len() > 1 {
        let what = format!("there are several keys in {}", folder.path().join("keys").display());
        return Err(Failure::new(what, "Leave the one that signs."));
    }
    for path in files {
        let place = path.display();
        let id = path.file_stem().unwrap_or_default();
        let mut known = records.iter().any(|record| id == record.id.as_str());
        if records.is_empty() {
            let remedy = "Restore it from a backup; without it all tokens end.";
            let text = private::read(&path).or_fail(format!("the key {place} cannot be read"), remedy)?;
            let key = SigningKey::from_jwk(text.as_bytes()).or_fail(format!("{place} is not a key"), remedy)?;
            match keys.import(key, true).await {
                Ok(key) => tracing::info!(key = key.record.id, file = %place, "the key of version 0.1 is taken over"),
                Err(KeysError::Known) => {}
                Err(error) => return Err(failure(error)),
            }
            known = true;
        }
        if known {
            let what = format!("{place}, which is stored encrypted now, cannot be removed");
            private::remove(&path).or_fail(what, "Remove it by hand.")?;
        } else {
            tracing::warn!(file = %place, "this key is not in use; `portcullis key import` brings it in");
        }
    }
    Ok(())
}

/// A failure with the keys, and what to do.
pub(crate) fn failure(error: KeysError) -> Failure {
    let remedy = match &error {
        KeysError::Master {
            cause: MasterKeyError::Other { .. },
            ..
        } => {
            "Give the master key that encrypted it, in PORTCULLIS_MASTER_KEY or in the file that master_key_file names. \
             `portcullis key rewrap` changes the master key; `portcullis key reset` starts anew where it is lost."
        }
        KeysError::Master { .. } => "Restore the database from a backup; `portcullis key reset` starts anew.",
        KeysError::NextExists { .. } => {
            "It signs at once with `portcullis key rotate --now`; `portcullis key retire` takes it away."
        }
        KeysError::Unknown => "See `portcullis key list` for those that there are.",
        KeysError::Known => "See `portcullis key list --all`; give it another id (`kid`).",
        KeysError::TooMany => "Wait until some are over, or end some with `portcullis key retire`.",
        KeysError::Wiped => "Only its record is left.",
        KeysError::NoSuccessor { .. } => {
            "Nobody can log in until another signs. With the right master key at hand, `portcullis key rotate --now` makes one."
        }
        _ => "Try again.",
    };
    Failure::new("the signing keys", remedy).because(error)
}
