//! Whether a password is the right one, at a cost that tells nothing: through the gate, with the name's imaginary record
//! where nothing is stored.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use portcullis_password::{HashError, HashString, Password, Passwords};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use super::LoginError;
use crate::decoy::{Decoys, SAMPLE};
use crate::durations::DurationsBy;
use crate::hashing::{GateError, GateMetrics, GateSettings, HashingGate, Place};
use crate::store::{ErasedStore, StoreError, StoredCredentials};
use crate::user::{User, UserId};

/// How many look-ups of logins may be on their way for each hashing thread: enough that a store which takes a few times
/// as long as a hash keeps the threads busy, and so few that a storm of logins leaves it to others.
const LOOK_UPS_PER_THREAD: usize = 4;

/// What stands for the scheme where no scheme of the context reads what is stored.
const UNREADABLE: &str = "none";

/// Everything that checking a password needs.
pub(crate) struct PasswordCheck {
    passwords: Passwords,
    gate: HashingGate,
    decoys: Decoys,
    look_ups: Semaphore,
    /// What the gate's works may take together, in KiB.
    memory_budget: u64,
    times: Arc<DurationsBy>,
}

/// What is asked of the pool.
pub(super) struct Question {
    pub(super) password: Arc<Password>,
    pub(super) stored: Option<HashString>,
    /// Whether the answer is no, whatever the password: it costs what a wrong one costs.
    pub(super) refused: bool,
    /// Whether an outdated hash is to be made anew.
    pub(super) upgrade: bool,
}

/// What came of it: the upgraded hash beside the answer, or what was wrong with the stored one.
#[derive(Default)]
pub(super) struct Checked {
    pub(super) matched: bool,
    pub(super) upgraded: Option<HashString>,
    pub(super) trouble: Option<HashError>,
}

impl PasswordCheck {
    /// Starts the hashing threads, unless the current scheme could never be verified by them.
    pub(crate) fn new(passwords: Passwords, settings: GateSettings, decoys: Decoys) -> Result<Self, GateError> {
        let (asked_kib, budget_kib) = (passwords.memory_kib(None), settings.memory_kib);
        if asked_kib > budget_kib {
            return Err(GateError::OverBudget { asked_kib, budget_kib });
        }
        let look_ups = settings.threads.saturating_mul(LOOK_UPS_PER_THREAD);
        let memory_budget = settings.memory_kib;
        let names: BTreeSet<_> = passwords.names().collect();
        let times = DurationsBy::new(names.into_iter().chain([UNREADABLE]));
        Ok(Self {
            passwords,
            gate: HashingGate::new(settings)?,
            decoys,
            look_ups: Semaphore::new(look_ups.min(Semaphore::MAX_PERMITS)),
            memory_budget,
            times: Arc::new(times),
        })
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.passwords
    }

    pub(crate) fn metrics(&self) -> GateMetrics {
        self.gate.metrics()
    }

    /// How long passwords were hashed, by the scheme of what they were held against or became.
    pub(crate) fn times(&self) -> &DurationsBy {
        &self.times
    }

    /// A place in the gate, or that there is none.
    pub(super) fn admit(&self) -> Result<Place<'_>, LoginError> {
        Ok(self.gate.admit()?)
    }

    /// What this name logs in with. Look-ups of logins have a bound of their own, beside that of the gate.
    pub(super) async fn look_up<U: User>(
        &self,
        store: &dyn ErasedStore<U>,
        login: &str,
        now: Duration,
    ) -> Result<Option<StoredCredentials>, StoreError> {
        // Never closed.
        let _turn = self.look_ups.acquire().await.ok();
        if let Some(due) = self.decoys.due(now) {
            match store.sample_hashes(SAMPLE).await {
                Ok(sample) => self.decoys.learn(&self.passwords, &sample, self.memory_budget),
                // What was learnt before stands for another while.
                Err(error) => tracing::warn!(%error, "the stored hashes could not be sampled"),
            }
            due.done();
        }
        // No store has such a name, and some cannot even be asked for it.
        if login.len() > UserId::MAX_LEN || login.contains('\0') {
            return Ok(None);
        }
        store.credentials(login).await
    }

    /// Verifies in this place. With nothing stored the name's imaginary record is verified instead, and a stored hash
    /// that cannot be verified costs the same.
    pub(super) async fn verify(
        &self,
        place: Place<'_>,
        login: &str,
        question: Question,
    ) -> Result<Checked, LoginError> {
        let decoy = self.decoys.hash_for(&self.passwords, login);
        // A stored hash that asks for more memory than the pool has is verified by nobody, and costs what the name's
        // imaginary record costs.
        let memory = |hash: Option<&HashString>| self.passwords.memory_kib(hash).max(self.passwords.memory_kib(None));
        let affordable = |hash: &HashString| memory(Some(hash)) <= self.memory_budget;
        let over_budget = question.stored.as_ref().is_some_and(|hash| !affordable(hash));
        let question = Question {
            stored: question.stored.filter(affordable),
            // Of several schemes that read a hash the first would find the right one, and a wrong one is asked of all.
            password: match question.refused {
                true => Arc::new(other_than(&question.password)),
                false => question.password,
            },
            ..question
        };
        // The decoy may have to be verified beside what is stored, one after the other.
        let memory = memory(question.stored.as_ref()).max(memory(Some(&decoy)));
        let work = Work {
            passwords: self.passwords.clone(),
            login: login.to_owned(),
            decoy,
            question,
            times: self.times.clone(),
        };
        let work = move || work.answer();
        let checked = place.run(memory, work).await?;
        if over_budget {
            tracing::warn!("a stored password hash asks for more memory than the hashing pool has");
        }
        Ok(checked)
    }

    /// Hashes a new password through the gate.
    pub(crate) async fn hash(&self, password: Password) -> Result<HashString, LoginError> {
        let (passwords, times) = (self.passwords.clone(), self.times.clone());
        let memory = passwords.memory_kib(None);
        let work = move || timed(&times, passwords.current(), || passwords.hash(&password));
        Ok(self.gate.run(memory, work).await??)
    }

    /// Whether `password` is the one stored.
    pub(crate) async fn is_right(
        &self,
        login: &str,
        password: Arc<Password>,
        stored: Option<HashString>,
    ) -> Result<bool, LoginError> {
        let question = Question {
            password,
            stored,
            refused: false,
            upgrade: false,
        };
        Ok(self.verify(self.admit()?, login, question).await?.matched)
    }
}

/// Does this, and counts how long it took.
fn timed<T>(times: &DurationsBy, scheme: &str, work: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let done = work();
    times.add(scheme, begun.elapsed());
    done
}

/// Another password of the same length.
fn other_than(password: &Password) -> Password {
    let mut bytes = Zeroizing::new(password.as_bytes().to_vec());
    let is_x = bytes.first().is_some_and(|byte| byte.eq_ignore_ascii_case(&b'x'));
    let continued = bytes.iter().skip(1).take_while(|byte| **byte & 0xc0 == 0x80);
    let first_character = continued.count().saturating_add(1);
    for byte in bytes.iter_mut().take(first_character) {
        *byte = if is_x { b'y' } else { b'x' };
    }
    Password::from(bytes.as_slice())
}

/// The work in the pool.
struct Work {
    passwords: Passwords,
    login: String,
    decoy: HashString,
    question: Question,
    times: Arc<DurationsBy>,
}

impl Work {
    fn answer(&self) -> Checked {
        let Question {
            stored,
            refused,
            upgrade,
            ..
        } = &self.question;
        let mut checked = Checked::default();
        let Some(stored) = stored else {
            self.spend();
            return checked;
        };
        match self.verify(stored, *upgrade && !refused) {
            Ok((true, upgraded)) if !refused => {
                checked.matched = true;
                checked.upgraded = upgraded;
            }
            // A plain digest is done within microseconds, which would tell the name from an unknown one.
            Ok(_) if self.passwords.decoy_like(stored, &[0; 32]).is_some() => {}
            Ok(_) => self.spend(),
            Err(trouble) => {
                self.spend();
                checked.trouble = Some(trouble);
            }
        }
        checked
    }

    fn verify(&self, hash: &HashString, upgrade: bool) -> Result<(bool, Option<HashString>), HashError> {
        let scheme = self.passwords.identify(hash).unwrap_or(UNREADABLE);
        timed(&self.times, scheme, || self.verify_untimed(hash, upgrade))
    }

    /// Whether the password is the one of `hash`, and the better hash, if one is due and can be made. Some schemes take
    /// the user's name for a salt; a store that does not say it has the name that was typed.
    fn verify_untimed(&self, hash: &HashString, upgrade: bool) -> Result<(bool, Option<HashString>), HashError> {
        let password = &*self.question.password;
        if upgrade {
            let verified = self.passwords.verify_and_update(password, Some(hash));
            // What cannot be made anew may be verified all the same.
            return verified.or_else(|_| self.verify_untimed(hash, false));
        }
        match self.passwords.verify(password, Some(hash)) {
            Err(HashError::Missing { .. }) if hash.user().is_none() => {
                let named = hash.clone().with_user(self.login.as_str());
                let verdict = self.passwords.verify(password, Some(&named))?;
                Ok((verdict.is_match(), None))
            }
            verified => Ok((verified?.is_match(), None)),
        }
    }

    /// Does the work of a verification that never matches. An imaginary record is like stored ones, and where those
    /// cannot be verified (their salt is missing, say), neither can it be: then the work is the current scheme's.
    fn spend(&self) {
        if self.verify(&self.decoy, false).is_err()
            && let Err(error) = self.passwords.verify(&self.question.password, None)
        {
            tracing::error!(%error, "no password can be verified");
        }
    }
}
