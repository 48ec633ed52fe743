//! The password grant (RFC 6749 §4.3): a name and a password for a token.

use std::sync::Arc;
use std::time::Duration;

use portcullis_password::{HashError, HashString, Password, Passwords, Verdict};

use crate::decoy::{Decoys, SAMPLE};
use crate::hashing::HashingGate;
use crate::scope::{Declared, ScopeSet};
use crate::store::ErasedStore;
use crate::user::{User, UserId};

mod error;

pub use error::LoginError;

/// What someone who logs in hands over.
#[derive(Debug)]
pub struct Credentials {
    username: String,
    password: Password,
    scope: ScopeSet,
    all_or_refuse: bool,
}

impl Credentials {
    /// A name and a password, asking for no scope.
    pub fn new(username: impl Into<String>, password: Password) -> Self {
        Self {
            username: username.into(),
            password,
            scope: ScopeSet::empty(),
            all_or_refuse: false,
        }
    }

    /// Asks for these scopes; of them is granted what the user may have.
    #[must_use]
    pub fn with_scope(mut self, scope: ScopeSet) -> Self {
        self.scope = scope;
        self
    }

    /// Refuses the login with [`LoginError::InvalidScope`] if nothing of what was asked for can be granted
    /// (RFC 6749 §3.3).
    #[must_use]
    pub fn refuse_empty_grant(mut self) -> Self {
        self.all_or_refuse = true;
        self
    }
}

/// Everything that checking a password needs.
pub(crate) struct PasswordCheck {
    pub(crate) passwords: Passwords,
    pub(crate) gate: HashingGate,
    pub(crate) decoys: Arc<Decoys>,
    /// What the application declares; nothing else is granted.
    pub(crate) declared: &'static [Declared],
    pub(crate) refuse_inactive: bool,
    /// What the gate's works may take together, in KiB.
    pub(crate) memory_budget: u64,
}

/// What is asked of the pool.
struct Question {
    password: Password,
    stored: Option<HashString>,
    /// Whether an outdated hash is to be made anew.
    upgrade: bool,
}

/// What came of verifying, beside the verdict: the upgraded hash, or what was wrong with the stored one.
struct Checked {
    matched: bool,
    upgraded: Option<HashString>,
    trouble: Option<HashError>,
}

impl PasswordCheck {
    /// The user who logs in with these credentials, and the scopes granted.
    pub(crate) async fn log_in<U: User>(
        &self,
        store: &dyn ErasedStore<U>,
        credentials: Credentials,
        now: Duration,
    ) -> Result<(U, ScopeSet), LoginError> {
        if self.decoys.is_due(now) {
            let sample = store.sample_hashes(SAMPLE).await?;
            self.decoys.learn(&self.passwords, &sample, self.memory_budget);
        }
        let Credentials {
            username,
            password,
            scope,
            all_or_refuse,
        } = credentials;
        // No store has such a name, and some cannot even be asked for it.
        let askable = username.len() <= UserId::MAX_LEN && !username.contains('\0');
        let user = if askable {
            store.by_login(&username).await?
        } else {
            None
        };
        let stored = user.as_ref().and_then(|user| user.password_hash().cloned());
        let question = Question {
            password,
            stored: stored.clone(),
            upgrade: store.takes_upgrades(),
        };
        let checked = self.check(&username, question).await?;
        if let (Some(trouble), Some(user)) = (&checked.trouble, &user) {
            tracing::warn!(user = %user.id(), error = %trouble, "a stored password hash cannot be verified");
        }
        let Some(user) = user.filter(|user| checked.matched && (user.is_active() || !self.refuse_inactive)) else {
            return Err(LoginError::Refused);
        };
        if let (Some(seen), Some(new)) = (&stored, &checked.upgraded) {
            upgrade(store, &user.id(), seen, new).await;
        }
        let declared = self.declared.iter().map(|declared| declared.name).collect();
        let granted = scope.intersection(user.scopes()).intersection(&declared);
        // An application without scopes ignores them.
        if all_or_refuse && !self.declared.is_empty() && !scope.is_empty() && granted.is_empty() {
            return Err(LoginError::InvalidScope);
        }
        Ok((user, granted))
    }

    /// Verifies through the gate. With nothing stored the name's imaginary record is verified instead, and a stored
    /// hash that cannot be verified costs the same.
    async fn check(&self, login: &str, question: Question) -> Result<Checked, LoginError> {
        let Question {
            password,
            stored,
            upgrade,
        } = question;
        let decoy = self.decoys.hash_for(&self.passwords, login);
        // A stored hash that asks for more memory than the pool has is verified by nobody, and costs what the name's
        // imaginary record costs.
        let memory = |hash: Option<&HashString>| self.passwords.memory_kib(hash).max(self.passwords.memory_kib(None));
        let affordable = |hash: &HashString| memory(Some(hash)) <= self.memory_budget;
        let over_budget = stored.as_ref().is_some_and(|hash| !affordable(hash));
        let stored = stored.filter(affordable);
        // The decoy may have to be verified beside what is stored, one after the other.
        let memory = memory(stored.as_ref()).max(memory(Some(&decoy)));
        let passwords = self.passwords.clone();
        let question = Question {
            password,
            stored,
            upgrade,
        };
        let work = move || verify_and_upgrade(&passwords, &question, &decoy);
        let checked = self.gate.run(memory, work).await??;
        if over_budget {
            tracing::warn!("a stored password hash asks for more memory than the hashing pool has");
        }
        Ok(checked)
    }

    /// Hashes a new password through the gate.
    pub(crate) async fn hash(&self, password: Password) -> Result<HashString, LoginError> {
        let passwords = self.passwords.clone();
        let memory = passwords.memory_kib(None);
        Ok(self.gate.run(memory, move || passwords.hash(&password)).await??)
    }

    /// Whether `password` is the one stored.
    pub(crate) async fn verify(
        &self,
        login: &str,
        password: Password,
        stored: Option<HashString>,
    ) -> Result<bool, LoginError> {
        let question = Question {
            password,
            stored,
            upgrade: false,
        };
        Ok(self.check(login, question).await?.matched)
    }
}

fn verify_and_upgrade(passwords: &Passwords, question: &Question, decoy: &HashString) -> Result<Checked, HashError> {
    let password = &question.password;
    let mut checked = Checked {
        matched: false,
        upgraded: None,
        trouble: None,
    };
    let Some(stored) = &question.stored else {
        let _never_a_match = passwords.verify(password, Some(decoy))?;
        return Ok(checked);
    };
    match passwords.verify(password, Some(stored)) {
        Ok(Verdict::Mismatch) => {
            // A plain digest is wrong within microseconds, which would tell the name from an unknown one.
            if passwords.decoy_like(stored, &[0; 32]).is_none() {
                let _never_a_match = passwords.verify(password, Some(decoy))?;
            }
        }
        Ok(Verdict::Match) => checked.matched = true,
        Ok(Verdict::Outdated) => {
            checked.matched = true;
            // A password that the current scheme cannot take (too long, say) keeps its old hash.
            if question.upgrade {
                checked.upgraded = passwords.hash(password).ok();
            }
        }
        Err(trouble) => {
            let _never_a_match = passwords.verify(password, Some(decoy))?;
            checked.trouble = Some(trouble);
        }
    }
    Ok(checked)
}

/// Stores the better hash; the login stands whether that succeeds or not.
async fn upgrade<U>(store: &dyn ErasedStore<U>, id: &UserId, seen: &HashString, new: &HashString) {
    match store.swap_hash(id, seen, new).await {
        Ok(true) => tracing::info!(user = %id, "password hash upgraded"),
        Ok(false) => tracing::info!(user = %id, "password hash changed meanwhile; not upgraded"),
        Err(error) => tracing::warn!(user = %id, %error, "password hash could not be upgraded"),
    }
}
