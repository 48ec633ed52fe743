//! What changes the keys.

use portcullis_jose::{Algorithm, SigningKey};

use super::SigningKeys;
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

    /// Ends a key at once: every token that it signed is refused from now on. If it is the one that signs, the next one
    /// takes its place, or a new one.
    ///
    /// # Errors
    /// [`KeysError::Unknown`]; the store fails.
    pub async fn retire(&self, id: &str) -> Result<KeyStatus, KeysError> {
        let key = self.status(id).await?;
        if key.state == KeyState::Active {
            let keys = self.list().await?;
            let next = keys.iter().find(|key| key.state == KeyState::Next);
            match next {
                Some(next) => self.activate(&next.record.id).await?,
                None => drop(self.rotate(None, true).await?),
            }
        }
        if key.state != KeyState::Retired {
            self.inner.store.change(id, KeyChange::End(self.now())).await?;
        }
        let key = self.reported(id).await?;
        self.ensure_one_signs().await?;
        Ok(key)
    }

    /// Encrypts every stored key under another master key; says how many. What is encrypted under that one already is
    /// passed over, so that an interrupted change can be repeated. Processes that hold the old master key go on with
    /// the keys they have loaded, and must be started anew before the next key comes.
    ///
    /// # Errors
    /// A key is encrypted under a third master key; the store fails.
    pub async fn rewrap(store: &S, old: &MasterKey, new: &MasterKey) -> Result<usize, KeysError> {
        let mut done: usize = 0;
        for record in store.list().await? {
            let (id, sealed) = (record.id.as_str(), record.sealed.as_slice());
            if sealed.is_empty() || new.is_of(sealed) {
                continue;
            }
            let failed = |cause| KeysError::Master {
                id: id.to_owned(),
                cause,
            };
            let text = old.open(id, record.algorithm, sealed).map_err(failed)?;
            let random = portcullis_password::OsRandom;
            let anew = new.seal(id, record.algorithm, &text, &random).map_err(failed)?;
            if store.reseal(id, sealed, &anew).await? {
                done = done.saturating_add(1);
            }
        }
        Ok(done)
    }

    /// The first key, or one in the place of a last one that was taken away.
    pub(super) async fn ensure_one_signs(&self) -> Result<(), KeysError> {
        for _ in 0..TRIES {
            if self.inner.ring.load().keys.signing_key().is_some() {
                return Ok(());
            }
            let records = self.inner.store.list().await?;
            let keys = timeline(&records, self.now());
            let next = keys.iter().find(|key| key.state == KeyState::Next);
            if keys.iter().any(|key| key.state == KeyState::Active) {
                // Another process was faster.
            } else if let Some(next) = next {
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
        self.inner.store.change(id, change).await?;
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
        let in_use = timeline(records, now);
        if in_use.iter().filter(|key| key.state != KeyState::Retired).count() >= MOST {
            return Err(KeysError::TooMany);
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
            token_lifetime: self.inner.schedule.token_lifetime.as_secs(),
            sealed: sealed.map_err(|cause: MasterKeyError| KeysError::Master { id: id.clone(), cause })?,
        };
        let newest = records.last().map(|record| record.id.as_str());
        Ok(self.inner.store.add(&record, newest).await?.then_some(id))
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

fn next_exists(next: &KeyStatus) -> KeysError {
    KeysError::NextExists {
        id: next.record.id.clone(),
        activates: next.record.activates,
    }
}
