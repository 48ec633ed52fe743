//! What the store holds, brought into the ring. What has ended leaves the ring, whatever else fails.

use std::collections::HashMap;
use std::error::Error as _;

use portcullis_jose::{KeySet, SigningKey};

use super::SigningKeys;
use crate::keys::Keys;
use crate::signing_keys::error::KeysError;
use crate::signing_keys::record::{KeyRecord, KeyState, KeyStatus, timeline};
use crate::signing_keys::store::{KeyChange, KeyStore};

/// What the last load left.
#[derive(Default)]
pub(super) struct Loaded {
    /// The keys in use, decrypted.
    opened: HashMap<String, SigningKey>,
    /// Those in use that cannot be decrypted, and why, as the log was told.
    closed: HashMap<String, String>,
    /// What the ring holds, once there was a load: ids, and whether each signs.
    shown: Option<Vec<(String, bool)>>,
}

impl<S: KeyStore> SigningKeys<S> {
    /// Brings the ring up to date; gives what is stored.
    pub(super) async fn load(&self) -> Result<Vec<KeyRecord>, KeysError> {
        let mut loaded = self.inner.loaded.lock().await;
        let mut records = self.inner.store.list().await?;
        let covered = self.cover(&mut records, &loaded).await;
        let keys = timeline(&records, self.now());
        let in_use: Vec<&KeyStatus> = keys.iter().filter(|key| key.state != KeyState::Retired).collect();
        self.open_all(&in_use, &mut loaded);
        let longest = self.longest();
        let signs = |key: &KeyStatus| key.state == KeyState::Active && key.record.token_lifetime >= longest;
        let opened = in_use.iter().filter(|key| loaded.opened.contains_key(&key.record.id));
        let shown: Vec<_> = opened.map(|key| (key.record.id.clone(), signs(key))).collect();
        if loaded.shown.as_ref() != Some(&shown) {
            self.inner.ring.replace(keys_of(&shown, &loaded.opened)?);
            loaded.shown = Some(shown);
        }
        covered.map(|()| records)
    }

    /// Each key that signed here, or may sign, verifies for as long as what we sign lives: its record says so before its
    /// end is reckoned. One whose record cannot be told signs no more.
    async fn cover(&self, records: &mut [KeyRecord], loaded: &Loaded) -> Result<(), KeysError> {
        let (longest, now) = (self.longest(), self.now());
        if records.iter().all(|record| record.token_lifetime >= longest) {
            return Ok(());
        }
        let states = timeline(records, now).into_iter().map(|key| key.state);
        for (record, state) in records.iter_mut().zip(states) {
            let ours = state != KeyState::Retired || loaded.opened.contains_key(&record.id);
            if ours && !record.is_over() && record.token_lifetime < longest {
                let change = KeyChange::TokenLifetime(longest);
                self.inner.store.change(&record.id, change).await?;
                *record = record.clone().changed(change);
            }
        }
        Ok(())
    }

    /// Decrypts what is new. What does not open is passed over, and told once.
    fn open_all(&self, in_use: &[&KeyStatus], loaded: &mut Loaded) {
        let is_in_use = |id: &String| in_use.iter().any(|key| key.record.id == *id);
        loaded.opened.retain(|id, _| is_in_use(id));
        loaded.closed.retain(|id, _| is_in_use(id));
        for key in in_use {
            let id = &key.record.id;
            if loaded.opened.contains_key(id) {
                continue;
            }
            match self.decrypted(&key.record) {
                Ok(opened) => {
                    loaded.closed.remove(id);
                    loaded.opened.insert(id.clone(), opened);
                }
                Err(error) => {
                    let cause = error.source().map(ToString::to_string).unwrap_or_default();
                    if loaded.closed.get(id) != Some(&cause) {
                        let state = key.state;
                        tracing::warn!(%error, cause, %state, "a signing key is passed over");
                        loaded.closed.insert(id.clone(), cause);
                    }
                }
            }
        }
    }
}

fn keys_of(shown: &[(String, bool)], opened: &HashMap<String, SigningKey>) -> Result<Keys, KeysError> {
    let signing = shown
        .iter()
        .find(|(_, signs)| *signs)
        .and_then(|(id, _)| opened.get(id));
    let others = shown.iter().filter(|(_, signs)| !signs);
    let others = others.filter_map(|(id, _)| Some(opened.get(id)?.verifying_key()));
    if let Some(signing) = signing {
        return Ok(Keys::new(signing.clone(), others)?);
    }
    let others: Vec<_> = others.collect();
    if others.is_empty() {
        return Ok(Keys::none_left());
    }
    Ok(Keys::verifying(KeySet::of_own_keys_mixed(others)?))
}
