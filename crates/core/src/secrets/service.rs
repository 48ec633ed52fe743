//! The secrets of a store, decrypted.

use std::fmt;
use std::sync::Arc;

use portcullis_password::{OsRandom, Random as _};
use zeroize::Zeroizing;

use super::error::SecretsError;
use super::store::{SecretRecord, SecretStore};
use crate::clock::Clock;
use crate::keyed::MacKey;
use crate::signing_keys::{MasterKey, MasterKeyError};

/// How many bytes a secret has.
pub const SECRET_LEN: usize = 32;

/// The number of a secret, from 1: it stands beside everything that was made with it.
pub type SecretNumber = u8;

/// How often a change is tried anew when another process was faster.
const TRIES: usize = 8;

type Secret = Zeroizing<[u8; SECRET_LEN]>;

/// The secrets of a store, decrypted: the newest makes new digests, older ones are read with the one whose number stands
/// beside them. Cheap to clone; `Debug` shows numbers only.
#[derive(Clone)]
pub struct Secrets(Arc<Opened>);

struct Opened {
    newest: (SecretNumber, Secret),
    older: Vec<(SecretNumber, Secret)>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let older = self.older().map(|(number, _)| number);
        f.debug_struct("Secrets")
            .field("newest", &self.newest().0)
            .field("older", &older.collect::<Vec<_>>())
            .finish()
    }
}

impl Secrets {
    /// The secrets of a store; the first one is made where there is none that was not wiped. Processes that do so at once
    /// come to the same.
    ///
    /// # Errors
    /// The store fails; a secret cannot be decrypted (the master key is another one).
    pub async fn open<S: SecretStore>(store: &S, master: &MasterKey, clock: &dyn Clock) -> Result<Self, SecretsError> {
        for _ in 0..TRIES {
            let records = store.list().await?;
            if let Some(secrets) = Self::of_records(&records, master)? {
                return Ok(secrets);
            }
            let newest = records.last().map(|record| record.number);
            let first = made(newest, master, clock)?;
            if store.add(&first, newest).await? {
                tracing::info!(
                    number = first.number,
                    "a secret for refresh tokens and clients was made"
                );
            }
        }
        Err(SecretsError::Busy)
    }

    /// The same, and none is made: `None` where there is none that was not wiped. For whoever only looks.
    ///
    /// # Errors
    /// As for [`Secrets::open`].
    pub async fn look<S: SecretStore>(store: &S, master: &MasterKey) -> Result<Option<Self>, SecretsError> {
        Self::of_records(&store.list().await?, master)
    }

    fn of_records(records: &[SecretRecord], master: &MasterKey) -> Result<Option<Self>, SecretsError> {
        let mut older = Vec::new();
        for record in records.iter().filter(|record| !record.sealed.is_empty()) {
            older.push((record.number, opened(record, master)?));
        }
        let newest = older.pop();
        Ok(newest.map(|newest| Self(Arc::new(Opened { newest, older }))))
    }

    /// One secret that no store keeps, with the number 1.
    pub fn of_one(secret: [u8; SECRET_LEN]) -> Self {
        Self(Arc::new(Opened {
            newest: (1, Zeroizing::new(secret)),
            older: Vec::new(),
        }))
    }

    /// These as one realm uses them: what is made with them there is nothing to another realm, nor where none is named.
    pub(crate) fn of_realm(&self, realm: &str) -> Self {
        let own = |(number, secret): &(SecretNumber, Secret)| {
            let derived = MacKey::new(secret).mac(&[b"portcullis realm ", realm.as_bytes()]);
            (*number, Zeroizing::new(derived))
        };
        Self(Arc::new(Opened {
            newest: own(&self.0.newest),
            older: self.0.older.iter().map(own).collect(),
        }))
    }

    /// The same with a newer one.
    #[cfg(test)]
    pub(crate) fn and_newer(&self, number: SecretNumber, secret: [u8; SECRET_LEN]) -> Self {
        let older = self.0.older.iter().chain([&self.0.newest]).cloned();
        Self(Arc::new(Opened {
            newest: (number, Zeroizing::new(secret)),
            older: older.collect(),
        }))
    }

    /// The secret of a number; `None` if there is none, or it was wiped.
    pub fn of(&self, number: SecretNumber) -> Option<&[u8; SECRET_LEN]> {
        let mut all = self.older().chain(std::iter::once(self.newest()));
        all.find(|(one, _)| *one == number).map(|(_, secret)| secret)
    }

    /// The one that new digests are made with, and its number.
    pub fn newest(&self) -> (SecretNumber, &[u8; SECRET_LEN]) {
        let (number, secret) = &self.0.newest;
        (*number, secret)
    }

    /// The others, the oldest first; without those that were wiped.
    pub fn older(&self) -> impl Iterator<Item = (SecretNumber, &[u8; SECRET_LEN])> {
        self.0.older.iter().map(|(number, secret)| (*number, &**secret))
    }

    /// Encrypts every stored secret under another master key; says how many. What is encrypted under that one already is
    /// passed over, so that an interrupted change can be repeated. The secrets stay what they are.
    ///
    /// # Errors
    /// One cannot be decrypted with the old master key; the others are encrypted anew all the same. The store fails.
    pub async fn rewrap<S: SecretStore>(store: &S, old: &MasterKey, new: &MasterKey) -> Result<usize, SecretsError> {
        let mut done: usize = 0;
        for _ in 0..TRIES {
            let (mut again, mut failed) = (false, Ok(()));
            for record in store.list().await? {
                if record.sealed.is_empty() || new.is_of(&record.sealed) {
                    continue;
                }
                match opened(&record, old).and_then(|secret| sealed(record.number, &secret, new)) {
                    Ok(anew) => {
                        again = true;
                        let swapped = store.reseal(record.number, &record.sealed, &anew).await?;
                        done = done.saturating_add(usize::from(swapped));
                    }
                    Err(error) => failed = failed.and(Err(error)),
                }
            }
            // Once more: a process with the old master key may have added one meanwhile.
            if !again {
                return failed.map(|()| done);
            }
        }
        Err(SecretsError::Busy)
    }
}

/// A new secret with the number after `newest`.
fn made(newest: Option<SecretNumber>, master: &MasterKey, clock: &dyn Clock) -> Result<SecretRecord, SecretsError> {
    let number = newest.unwrap_or(0).checked_add(1).ok_or(SecretsError::TooMany)?;
    let mut secret = Zeroizing::new([0; SECRET_LEN]);
    let filled = OsRandom.fill(&mut *secret).map_err(|_| MasterKeyError::Unusable);
    filled.map_err(|cause| SecretsError::Master { number, cause })?;
    Ok(SecretRecord {
        number,
        created: u64::try_from(clock.now().as_millis()).unwrap_or(u64::MAX),
        sealed: sealed(number, &secret, master)?,
    })
}

fn opened(record: &SecretRecord, master: &MasterKey) -> Result<Secret, SecretsError> {
    let number = record.number;
    let opened = master.open_bytes(&bound_to(number), &record.sealed).and_then(|clear| {
        let secret = clear.first_chunk().filter(|_| clear.len() == SECRET_LEN);
        secret
            .map(|secret| Zeroizing::new(*secret))
            .ok_or(MasterKeyError::Broken)
    });
    opened.map_err(|cause| SecretsError::Master { number, cause })
}

fn sealed(number: SecretNumber, secret: &Secret, master: &MasterKey) -> Result<Vec<u8>, SecretsError> {
    let sealed = master.seal_bytes(&bound_to(number), &**secret, &OsRandom);
    sealed.map_err(|cause| SecretsError::Master { number, cause })
}

/// What an encrypted secret belongs to.
fn bound_to(number: SecretNumber) -> Vec<u8> {
    [b"portcullis secret\0".as_slice(), &[number]].concat()
}

#[cfg(test)]
mod tests {
    use super::super::memory::MemorySecrets;
    use super::*;
    use crate::clock::ManualClock;

    const CLOCK: fn() -> ManualClock = || ManualClock::at(1_000);

    fn master(byte: u8) -> MasterKey {
        MasterKey::new(&[byte; 32]).expect("a master key")
    }

    async fn open(store: &MemorySecrets, byte: u8) -> Result<Secrets, SecretsError> {
        Secrets::open(store, &master(byte), &CLOCK()).await
    }

    #[tokio::test]
    async fn under_another_master_key_no_secret_opens_and_none_is_made() {
        let store = MemorySecrets::new();
        open(&store, 1).await.expect("made");
        let before = store.list().await.expect("listed");
        let refused = open(&store, 2).await;
        assert!(matches!(
            refused,
            Err(SecretsError::Master {
                number: 1,
                cause: MasterKeyError::Other { .. }
            })
        ));
        assert_eq!(store.list().await.expect("listed"), before);
    }

    #[tokio::test]
    async fn whoever_only_looks_makes_none() {
        let store = MemorySecrets::new();
        let look = async || Secrets::look(&store, &master(1)).await;
        assert!(look().await.expect("looked").is_none());
        assert!(store.list().await.expect("listed").is_empty());
        open(&store, 1).await.expect("made");
        assert_eq!(look().await.expect("looked").map(|secrets| secrets.newest().0), Some(1));
    }

    #[tokio::test]
    async fn a_secret_that_was_moved_to_another_number_or_changed_does_not_open() {
        let store = MemorySecrets::new();
        open(&store, 1).await.expect("made");
        let mut moved = store.list().await.expect("listed").remove(0);
        moved.number = 2;
        assert!(store.add(&moved, Some(1)).await.expect("added"));
        let refused = open(&store, 1).await;
        assert!(matches!(
            refused,
            Err(SecretsError::Master {
                number: 2,
                cause: MasterKeyError::Broken
            })
        ));
    }

    #[tokio::test]
    async fn a_signing_key_is_no_secret() {
        let store = MemorySecrets::new();
        let algorithm = portcullis_jose::Algorithm::EdDSA;
        let sealed = master(1)
            .seal("1", algorithm, &"k".repeat(32), &OsRandom)
            .expect("sealed");
        let record = SecretRecord {
            number: 1,
            created: 0,
            sealed,
        };
        assert!(store.add(&record, None).await.expect("added"));
        assert!(open(&store, 1).await.is_err());
    }

    #[tokio::test]
    async fn the_first_secret_is_made_once_and_stays() {
        let store = MemorySecrets::new();
        let (one, two) = tokio::join!(open(&store, 1), open(&store, 1));
        let (one, two) = (one.expect("opened"), two.expect("opened"));
        assert_eq!(one.newest(), two.newest());
        assert!(one.newest().0 == 1 && *one.newest().1 != [0; 32] && one.older().next().is_none());
        let stored = store.list().await.expect("listed");
        assert!(stored.len() == 1 && stored[0].created == 1_000_000, "{stored:?}");
    }

    #[tokio::test]
    async fn another_master_key_leaves_every_secret_what_it_is() {
        let store = MemorySecrets::new();
        let before = open(&store, 1).await.expect("made");
        assert!(Secrets::rewrap(&store, &master(3), &master(2)).await.is_err());
        assert_eq!(
            Secrets::rewrap(&store, &master(1), &master(2))
                .await
                .expect("rewrapped"),
            1
        );
        assert_eq!(Secrets::rewrap(&store, &master(1), &master(2)).await.expect("again"), 0);
        assert!(open(&store, 1).await.is_err());
        assert_eq!(open(&store, 2).await.expect("opened").newest(), before.newest());
    }

    #[tokio::test]
    async fn after_the_last_one_was_wiped_another_is_made_under_the_next_number() {
        let store = MemorySecrets::new();
        let before = open(&store, 1).await.expect("made");
        let sealed = store.list().await.expect("listed").remove(0).sealed;
        assert!(store.reseal(1, &sealed, &[]).await.expect("wiped"));
        let after = open(&store, 2).await.expect("opened");
        assert!(after.newest().0 == 2 && after.newest().1 != before.newest().1);
        assert!(after.older().next().is_none());
    }

    #[tokio::test]
    async fn a_later_one_is_the_newest_and_the_others_are_kept_and_none_is_shown() {
        let store = MemorySecrets::new();
        let first = open(&store, 1).await.expect("made");
        let second = made(Some(1), &master(1), &CLOCK()).expect("made");
        assert!(store.add(&second, Some(1)).await.expect("added"));
        let both = open(&store, 1).await.expect("opened");
        assert!(both.newest().0 == 2 && both.older().eq([first.newest()]));
        assert_eq!(format!("{both:?}"), "Secrets { newest: 2, older: [1] }");
    }
}
