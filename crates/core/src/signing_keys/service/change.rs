//! What changes the keys.

use portcullis_jose::{Algorithm, SigningKey};

use super::SigningKeys;
use crate::audit::AuditKind;
use crate::signing_keys::error::{KeysError, MasterKeyError};
use crate::signing_keys::master::MasterKey;
use crate::signing_keys::record::{KeyRecord, KeyState, KeyStatus, timeline};
use crate::signing_keys::store::{KeyChange, KeyStore};

/// How many keys are in use at once, at most.
const MOST: usize = 32;

/// How often a change is tried anew when another process was faster.
const TRIES: usize = 8;

/// For how long, in seconds, an encrypted key is kept beyond its end: a clock that was set wrong for a moment must not
/// cost one.
const KEPT: u64 = 7 * 24 * 60 * 60;

impl<S: KeyStore> SigningKeys<S> {
    /// Adds a new key of `algorithm` (`None`: that of the schedule). It is published at once and signs after
    /// [`publish_ahead`](crate::KeySchedule::publish_ahead), or at once if `now` is asked; a next key that is there
    /// already then signs at once in its place. Older keys verify until their last token has ended.
    ///
    /// # Errors
    /// [`KeysError::NextExists`], unless `now` is asked and the next key is of that algorithm;
    /// [`KeysError::TooMany`]; the store fails.
    pub async fn rotate(&self, algorithm: Option<Algorithm>, now: bool) -> Result<KeyStatus, KeysError> {
        for _ in 0..TRIES {
            let records = self.inner.store.list().await?;
            let keys = timeline(&records, self.now());
            let next = keys.iter().find(|key| key.state == KeyState::Next);
            let id = match next {
                Some(next) if now && algorithm.is_none_or(|asked| asked == next.record.algorithm) => {
                    self.activate(&next.record.id).await?;
                    Some(next.record.id.clone())
                }
                Some(next) => return Err(next_exists(next)),
                None => {
                    let key = self
                        .generate(algorithm.unwrap_or(self.inner.schedule.algorithm))
                        .await?;
                    self.add(key, &records, self.begin(now)).await?
                }
            };
            if let Some(id) = id {
                return self.reported(&id).await;
            }
        }
        Err(KeysError::Busy)
    }

    /// Adds a key from elsewhere, as [`SigningKeys::rotate`] adds a new one; a key without an id gets its thumbprint
    /// (RFC 7638), a shared secret a random one.
    ///
    /// # Errors
    /// [`KeysError::Known`]; [`KeysError::NextExists`]; [`KeysError::TooMany`]; the store fails.
    pub async fn import(&self, key: SigningKey, now: bool) -> Result<KeyStatus, KeysError> {
        let key = self.identified(key)?;
        for _ in 0..TRIES {
            let records = self.inner.store.list().await?;
            if records.iter().any(|record| Some(record.id.as_str()) == key.key_id()) {
                return Err(KeysError::Known);
            }
            let keys = timeline(&records, self.now());
            if let Some(next) = keys.iter().find(|key| key.state == KeyState::Next) {
                return Err(next_exists(next));
            }
            if let Some(id) = self.add(key.clone(), &records, self.begin(now)).await? {
                return self.reported(&id).await;
            }
        }
        Err(KeysError::Busy)
    }

    /// Ends a key at once and for good: every token that it signed is refused from now on. Whatever fails after that, it
    /// has ended; whether it can be decrypted does not matter. If it is the one that signs, the next one takes its place,
    /// or a new one.
    ///
    /// # Errors
    /// [`KeysError::Unknown`]; the store fails. [`KeysError::NoSuccessor`]: it has ended, and no other signs.
    pub async fn retire(&self, id: &str) -> Result<KeyStatus, KeysError> {
        // Who ended it first said when. A store in which something cannot be read may still be told.
        let ended = self.status(id).await.is_ok_and(|key| key.record.ended.is_some());
        if !ended {
            let act = self.act(AuditKind::KeyRetired, id, |event| event);
            let found = act.change(id, KeyChange::End(self.now())).await?;
            act.happened(found).await;
            if !found {
                return Err(KeysError::Unknown);
            }
        }
        let succeeded = async {
            self.load().await?;
            self.ensure_one_signs().await
        };
        succeeded.await.map_err(|cause| KeysError::NoSuccessor {
            id: id.to_owned(),
            cause: Box::new(cause),
        })?;
        self.status(id).await
    }

    /// Encrypts every stored key under another master key; says how many. What is encrypted under that one already is
    /// passed over, so that an interrupted change can be repeated. Processes that hold the old master key go on with the
    /// keys they have loaded, follow what is ended, and must be started anew before they can sign with the next one.
    ///
    /// # Errors
    /// A key that is not over cannot be decrypted with the old master key; the others are encrypted anew all the same.
    /// The store fails.
    pub async fn rewrap(store: &S, old: &MasterKey, new: &MasterKey) -> Result<usize, KeysError> {
        let mut done: usize = 0;
        for _ in 0..TRIES {
            let (mut again, mut failed) = (false, Ok(()));
            for record in store.list().await? {
                if record.sealed.is_empty() || new.is_of(&record.sealed) {
                    continue;
                }
                match resealed(&record, old, new) {
                    Ok(anew) => {
                        again = true;
                        let swapped = store.reseal(&record.id, &record.sealed, &anew).await?;
                        done = done.saturating_add(usize::from(swapped));
                    }
                    // Nobody needs it any more.
                    Err(_) if record.is_over() => {}
                    Err(error) => failed = failed.and(Err(error)),
                }
            }
            // Once more: a process with the old master key may have added one meanwhile.
            if !again {
                return failed.map(|()| done);
            }
        }
        Err(KeysError::Busy)
    }

    /// The first key, or one in the place of a last one that was taken away.
    ///
    /// # Errors
    /// There is one that signs, and it cannot be decrypted here.
    pub(super) async fn ensure_one_signs(&self) -> Result<(), KeysError> {
        for _ in 0..TRIES {
            if self.inner.ring.load().keys.signing_key().is_some() {
                return Ok(());
            }
            let records = self.inner.store.list().await?;
            let keys = timeline(&records, self.now());
            let state = |state| keys.iter().find(|key| key.state == state);
            if let Some(active) = state(KeyState::Active) {
                // Another process was faster, or it does not open.
                self.decrypted(&active.record)?;
            } else if let Some(next) = state(KeyState::Next) {
                self.activate(&next.record.id).await?;
            } else {
                let key = self.generate(self.inner.schedule.algorithm).await?;
                let algorithm = key.algorithm();
                if let Some(key) = self.add(key, &records, self.now()).await? {
                    tracing::info!(key, %algorithm, "a signing key was made");
                }
            }
            self.load().await?;
        }
        Err(KeysError::Busy)
    }

    /// The next key, unless another process added one since `records` were read.
    pub(super) async fn add_scheduled(&self, records: &[KeyRecord], activates: u64) -> Result<(), KeysError> {
        let key = self.generate(self.inner.schedule.algorithm).await?;
        let algorithm = key.algorithm();
        if let Some(key) = self.add(key, records, activates).await? {
            let signs_in = activates.saturating_sub(self.now());
            tracing::info!(key, %algorithm, signs_in, "the next signing key is published");
            self.load().await?;
        }
        Ok(())
    }

    /// Forgets the private halves of keys that are long over.
    pub(super) async fn wipe(&self, keys: &[KeyStatus]) -> Result<(), KeysError> {
        let now = self.now();
        let over = |key: &&KeyStatus| key.ends.is_some_and(|ends| ends.saturating_add(KEPT) <= now);
        for key in keys.iter().filter(over).filter(|key| !key.record.sealed.is_empty()) {
            self.inner.store.reseal(&key.record.id, &key.record.sealed, &[]).await?;
        }
        Ok(())
    }

    /// When a key that is added now signs.
    fn begin(&self, now: bool) -> u64 {
        let ahead = if now {
            0
        } else {
            self.inner.schedule.publish_ahead.as_secs()
        };
        self.now().saturating_add(ahead)
    }

    async fn activate(&self, id: &str) -> Result<(), KeysError> {
        let change = KeyChange::Activate(self.now());
        let act = self.act(AuditKind::KeyActivated, id, |event| event);
        let found = act.change(id, change).await?;
        act.happened(found).await;
        Ok(())
    }

    /// A new key under a new id.
    async fn generate(&self, algorithm: Algorithm) -> Result<SigningKey, KeysError> {
        // RSA takes a while.
        let made = tokio::task::spawn_blocking(move || SigningKey::generate(algorithm)).await;
        let key = made.map_err(|_| KeysError::Busy)??;
        Ok(key.with_key_id(&self.random_id()?)?)
    }

    fn identified(&self, key: SigningKey) -> Result<SigningKey, KeysError> {
        if key.key_id().is_some() {
            return Ok(key);
        }
        let id = match key.verifying_key().thumbprint() {
            Some(thumbprint) => thumbprint,
            None => self.random_id()?,
        };
        Ok(key.with_key_id(&id)?)
    }

    fn random_id(&self) -> Result<String, KeysError> {
        let mut id = [0_u8; 8];
        self.inner.random.fill(&mut id)?;
        Ok(id.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Adds a key after `records`; `None` if another process added one since they were read.
    async fn add(&self, key: SigningKey, records: &[KeyRecord], activates: u64) -> Result<Option<String>, KeysError> {
        let now = self.now();
        let keys = timeline(records, now);
        let in_use = keys.iter().filter(|key| key.state != KeyState::Retired);
        if in_use.clone().count() >= MOST {
            return Err(KeysError::TooMany);
        }
        // A process that was not started anew after a change of the master key would add one that nobody else opens.
        let newest_sealed = records.iter().rev().find(|record| !record.sealed.is_empty());
        for record in in_use.map(|key| &key.record).chain(newest_sealed) {
            if let Some(cause) = self.inner.master.other_than_of(&record.sealed) {
                let id = record.id.clone();
                return Err(KeysError::Master { id, cause });
            }
        }
        let id = key.key_id().unwrap_or_default().to_owned();
        let text = key.export_private_jwk()?;
        let sealed = self.inner.master.seal(&id, key.algorithm(), &text, &*self.inner.random);
        let record = KeyRecord {
            id: id.clone(),
            algorithm: key.algorithm(),
            created: now,
            activates,
            ended: None,
            token_lifetime: self.longest(),
            sealed: sealed.map_err(|cause: MasterKeyError| KeysError::Master { id: id.clone(), cause })?,
        };
        let newest = records.last().map(|record| record.id.as_str());
        let act = self.act(AuditKind::KeyAdded, &id, |event| {
            event
                .with("algorithm", record.algorithm.name())
                .with("activates", record.activates)
        });
        let added = act.add(&record, newest).await?;
        act.happened(added).await;
        Ok(added.then_some(id))
    }

    /// How a key stands after a change, which holds here at once.
    async fn reported(&self, id: &str) -> Result<KeyStatus, KeysError> {
        self.load().await?;
        self.status(id).await
    }

    async fn status(&self, id: &str) -> Result<KeyStatus, KeysError> {
        let keys = self.list().await?;
        let key = keys.into_iter().find(|key| key.record.id == id);
        key.ok_or(KeysError::Unknown)
    }
}

/// The encrypted key of a record under another master key.
fn resealed(record: &KeyRecord, old: &MasterKey, new: &MasterKey) -> Result<Vec<u8>, KeysError> {
    let (id, algorithm) = (record.id.as_str(), record.algorithm);
    let text = old.open(id, algorithm, &record.sealed);
    let anew = text.and_then(|text| new.seal(id, algorithm, &text, &portcullis_password::OsRandom));
    anew.map_err(|cause| KeysError::Master { id: id.into(), cause })
}

fn next_exists(next: &KeyStatus) -> KeysError {
    KeysError::NextExists {
        id: next.record.id.clone(),
        activates: next.record.activates,
    }
}
