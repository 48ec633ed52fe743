//! The keys of a store kept in a ring: loaded, rotated, retired, imported.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use portcullis_jose::{KeySet, SigningKey};
use portcullis_password::{OsRandom, Random};
use tokio::sync::Mutex;

use super::error::KeysError;
use super::master::MasterKey;
use super::record::{KeyRecord, KeyState, KeyStatus, timeline};
use super::schedule::KeySchedule;
use super::store::{KeyChange, KeyStore};
use crate::clock::{Clock, SystemClock};
use crate::keys::{KeyRing, Keys};

mod change;
mod source;

/// The signing keys of a store: what every process that signs or verifies with them holds. Cheap to clone.
///
/// ```
/// # tokio::runtime::Builder::new_multi_thread().build().unwrap().block_on(async {
/// use portcullis_core::{Account, Auth, KeySchedule, MasterKey, MemoryKeys, MemoryUsers, SigningKeys};
///
/// let master = MasterKey::from_hex("09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7")?;
/// let keys = SigningKeys::open(MemoryKeys::new(), master.clone(), KeySchedule::default()).await?;
/// let auth = Auth::<Account>::builder(keys.ring(), MemoryUsers::new())
///     .decoy_key(*master.derive_secret("imaginary records")?)
///     .build()?;
///
/// // A task of the application does this about twice a second.
/// keys.tend().await?;
///
/// keys.rotate(None, true).await?;
/// assert_eq!(keys.list().await?.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub struct SigningKeys<S: KeyStore> {
    inner: Arc<Inner<S>>,
}

struct Inner<S> {
    store: S,
    master: MasterKey,
    schedule: KeySchedule,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    ring: KeyRing,
    /// How many loads have begun.
    begun: AtomicU64,
    loaded: Mutex<Loaded>,
}

/// What the last load left.
#[derive(Default)]
struct Loaded {
    /// The keys in use, decrypted.
    opened: HashMap<String, SigningKey>,
    /// What the ring holds: ids, and whether each signs.
    shown: Vec<(String, bool)>,
}

impl<S: KeyStore> Clone for SigningKeys<S> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
        }
    }
}

impl<S: KeyStore> fmt::Debug for SigningKeys<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKeys")
            .field("schedule", &self.inner.schedule)
            .field("ring", &self.inner.ring)
            .finish_non_exhaustive()
    }
}

impl<S: KeyStore> SigningKeys<S> {
    /// The keys of a store, loaded; the first one is made where there is none that signs.
    ///
    /// # Errors
    /// The store fails, or a key in use cannot be decrypted: the master key is another one.
    pub async fn open(store: S, master: MasterKey, schedule: KeySchedule) -> Result<Self, KeysError> {
        let keys = Self::new(store, master, schedule, SystemClock);
        keys.ready().await?;
        Ok(keys)
    }

    /// The keys of a store by this clock, not loaded yet: for importing a first key before [`SigningKeys::ready`] makes
    /// one.
    pub fn new(store: S, master: MasterKey, schedule: KeySchedule, clock: impl Clock) -> Self {
        Self {
            inner: Arc::new(Inner {
                store,
                master,
                schedule,
                clock: Arc::new(clock),
                random: Arc::new(OsRandom),
                ring: KeyRing::new(Keys::none()),
                begun: AtomicU64::new(0),
                loaded: Mutex::default(),
            }),
        }
    }

    /// Loads the keys; makes the first one where there is none that signs.
    ///
    /// # Errors
    /// As [`SigningKeys::open`].
    pub async fn ready(&self) -> Result<(), KeysError> {
        self.load().await?;
        self.ensure_one_signs().await
    }

    /// The ring to build an [`Auth`](crate::Auth) with. It follows every load; a token that names a key which is not
    /// known has the keys loaded anew.
    pub fn ring(&self) -> KeyRing {
        self.inner.ring.clone().with_source(self.clone())
    }

    /// All keys, also those that are over, in the order in which they sign.
    ///
    /// # Errors
    /// The store fails.
    pub async fn list(&self) -> Result<Vec<KeyStatus>, KeysError> {
        Ok(timeline(&self.inner.store.list().await?, self.now()))
    }

    /// The key of this id, whole: whoever has it can sign.
    ///
    /// # Errors
    /// There is none, it was wiped, it cannot be decrypted, or the store fails.
    pub async fn signing_key(&self, id: &str) -> Result<SigningKey, KeysError> {
        let records = self.inner.store.list().await?;
        let record = records.iter().find(|record| record.id == id);
        self.decrypted(record.ok_or(KeysError::Unknown)?)
    }

    /// The schedule.
    pub fn schedule(&self) -> &KeySchedule {
        &self.inner.schedule
    }

    /// Does what is due: loads what other processes changed, adds the next key on schedule, wipes what is long over. To
    /// be called about twice a second; with nothing due it is one look at the store.
    ///
    /// # Errors
    /// The store fails or a key cannot be decrypted; the ring then stays as it was.
    pub async fn tend(&self) -> Result<(), KeysError> {
        let records = self.load().await?;
        self.ensure_one_signs().await?;
        let keys = timeline(&records, self.now());
        if let Some(activates) = self.inner.schedule.due(&keys, self.now()) {
            self.add_scheduled(&records, activates).await?;
        }
        self.wipe(&keys).await
    }

    /// Brings the ring up to date; gives what is stored.
    async fn load(&self) -> Result<Vec<KeyRecord>, KeysError> {
        let mut loaded = self.inner.loaded.lock().await;
        self.load_into(&mut loaded).await
    }

    async fn load_into(&self, loaded: &mut Loaded) -> Result<Vec<KeyRecord>, KeysError> {
        self.inner.begun.fetch_add(1, Ordering::SeqCst);
        let records = self.inner.store.list().await?;
        let keys = timeline(&records, self.now());
        let in_use = || keys.iter().filter(|key| key.state != KeyState::Retired);
        let shown: Vec<(String, bool)> = in_use()
            .map(|key| (key.record.id.clone(), key.state == KeyState::Active))
            .collect();
        if shown == loaded.shown {
            return Ok(records);
        }
        for key in in_use() {
            let id = &key.record.id;
            if key.state == KeyState::Active {
                self.cover_lifetime(&key.record).await?;
            }
            if !loaded.opened.contains_key(id) {
                let opened = self.decrypted(&key.record)?;
                loaded.opened.insert(id.clone(), opened);
            }
        }
        loaded.opened.retain(|id, _| shown.iter().any(|(shown, _)| shown == id));
        self.inner.ring.replace(ring_of(&shown, &loaded.opened)?);
        loaded.shown = shown;
        Ok(records)
    }

    /// Before a key signs here, its record says that it verifies for as long as what we sign lives.
    async fn cover_lifetime(&self, record: &KeyRecord) -> Result<(), KeysError> {
        let lifetime = self.inner.schedule.token_lifetime.as_secs();
        if record.token_lifetime < lifetime {
            let change = KeyChange::TokenLifetime(lifetime);
            self.inner.store.change(&record.id, change).await?;
        }
        Ok(())
    }

    fn decrypted(&self, record: &KeyRecord) -> Result<SigningKey, KeysError> {
        if record.sealed.is_empty() {
            return Err(KeysError::Wiped);
        }
        let text = self.inner.master.open(&record.id, record.algorithm, &record.sealed);
        let text = text.map_err(|cause| KeysError::Master {
            id: record.id.clone(),
            cause,
        })?;
        Ok(SigningKey::from_jwk(text.as_bytes())?.with_key_id(&record.id)?)
    }

    fn now(&self) -> u64 {
        self.inner.clock.now_seconds()
    }
}

fn ring_of(shown: &[(String, bool)], opened: &HashMap<String, SigningKey>) -> Result<Keys, KeysError> {
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
        return Ok(Keys::none());
    }
    Ok(Keys::verifying(KeySet::of_own_keys_mixed(others)?))
}

#[cfg(test)]
mod tests;
