//! The keys of a store kept in a ring: loaded, rotated, retired, imported.

use std::fmt;
use std::sync::{Arc, OnceLock};

use portcullis_jose::SigningKey;
use portcullis_password::{OsRandom, Random};
use tokio::sync::Mutex;

use super::error::KeysError;
use super::master::MasterKey;
use super::record::{KeyRecord, KeyStatus, timeline};
use super::schedule::KeySchedule;
use super::store::KeyStore;
use crate::audit::{Act, Audit, AuditEvent, AuditKind, AuditRow};
use crate::cause::Cause;
use crate::clock::{Clock, SystemClock};
use crate::keys::{KeyRing, Keys};

mod change;
mod load;
mod source;

use load::Loaded;
use source::Looks;

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
    cause: Cause,
}

struct Inner<S> {
    store: S,
    master: MasterKey,
    schedule: KeySchedule,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    ring: KeyRing,
    loaded: Mutex<Loaded>,
    looks: Looks,
    audit: OnceLock<Audit>,
}

impl<S: KeyStore> Clone for SigningKeys<S> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            cause: self.cause.clone(),
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
    /// The store fails, or no key in use can be decrypted: the master key is another one. Single ones that cannot be are
    /// passed over, and the log says so; where the one that signs is among them, nothing is signed until another does.
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
                loaded: Mutex::default(),
                looks: Looks::default(),
                audit: OnceLock::new(),
            }),
            cause: Cause::server(),
        }
    }

    /// From now on, what changes the keys here is written down there; once is enough, for all clones are told.
    pub fn tell(&self, audit: &Audit) {
        let _ = self.inner.audit.set(audit.clone());
    }

    /// The same on behalf of somebody: it is they who change keys, and not the server on its schedule.
    #[must_use]
    pub fn by(mut self, cause: Cause) -> Self {
        self.cause = cause;
        self
    }

    /// A change of a key, and what is written down of it.
    fn act(&self, kind: AuditKind, id: &str, more: impl FnOnce(AuditEvent) -> AuditEvent) -> Act<'_, S> {
        let event = || more(AuditEvent::new(kind, self.cause.clone()).of(id));
        let noting = |store: &S, row: &AuditRow| store.noting(row).map(Arc::new);
        Act::on(&self.inner.store, noting, self.inner.audit.get(), event)
    }

    /// Loads the keys; makes the first one where there is none that signs.
    ///
    /// # Errors
    /// As [`SigningKeys::open`].
    pub async fn ready(&self) -> Result<(), KeysError> {
        self.load().await?;
        match self.ensure_one_signs().await {
            // Those that are out can be read.
            Err(KeysError::Master { .. } | KeysError::Key(_)) if self.verifies() => Ok(()),
            ready => ready,
        }
    }

    fn verifies(&self) -> bool {
        self.inner.ring.load().keys.key_set().is_some()
    }

    /// The ring to build an [`Auth`](crate::Auth) with. It follows every load; a token that names a key which is not
    /// known has the keys loaded anew.
    pub fn ring(&self) -> KeyRing {
        self.inner.ring.clone().with_source(self.clone())
    }

    /// All keys, also those that are over, in the order in which they were added.
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

    /// Why the private half of this key cannot be had here, if so. Such a key is passed over: it verifies and signs
    /// nothing in this process.
    pub fn trouble(&self, key: &KeyStatus) -> Option<KeysError> {
        self.decrypted(&key.record).err()
    }

    /// The schedule.
    pub fn schedule(&self) -> &KeySchedule {
        &self.inner.schedule
    }

    /// Does what is due: loads what other processes changed, makes a key where none signs, adds the next one on schedule,
    /// wipes what is long over. To be called about twice a second; with nothing due it is one look at the store.
    ///
    /// # Errors
    /// The store fails, or the key that signs cannot be decrypted. What was ended has left the ring all the same.
    pub async fn tend(&self) -> Result<(), KeysError> {
        let records = self.load().await?;
        let keys = timeline(&records, self.now());
        let wiped = self.wipe(&keys).await;
        self.ensure_one_signs().await?;
        if let Some(activates) = self.inner.schedule.due(&keys, self.now()) {
            self.add_scheduled(&records, activates).await?;
        }
        wiped
    }

    /// For how long, in seconds, what is signed here lives at most.
    fn longest(&self) -> u64 {
        let said = self.inner.ring.longest_lifetime();
        self.inner.schedule.token_lifetime.max(said).as_secs()
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

#[cfg(test)]
mod tests;
