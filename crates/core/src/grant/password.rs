//! The password grant (RFC 6749 §4.3): a name and a password for a token.

use std::sync::Arc;
use std::time::Duration;

use portcullis_password::{HashString, Password, PasswordRules};

use crate::attempt::Attempt;
use crate::breached::BreachedWatch;
use crate::hashing::Place;
use crate::role::RoleBook;
use crate::scope::{Declared, ScopeSet};
use crate::store::{ErasedStore, StoredCredentials};
use crate::throttle::{Entered, Reserved, Throttle};
use crate::user::{User, UserId};

mod check;
mod credentials;
mod error;

pub(crate) use check::PasswordCheck;
pub use credentials::Credentials;
pub use error::LoginError;

use check::Question;

/// The grant: who checks passwords, and what may be granted at all.
pub(crate) struct PasswordGrant {
    pub(crate) check: PasswordCheck,
    /// What the application declares; nothing else is granted.
    pub(crate) declared: &'static [Declared],
    /// What users may have by roles.
    pub(crate) roles: RoleBook,
    pub(crate) refuse_inactive: bool,
    /// What new passwords must be.
    pub(crate) rules: PasswordRules,
    /// Which passwords are known from breaches.
    pub(crate) breached: Option<BreachedWatch>,
}

/// Somebody who logged in.
pub(crate) struct LoggedIn<U> {
    pub(crate) user: U,
    /// What is granted.
    pub(crate) scopes: ScopeSet,
    /// What their device shows next time, where logins are throttled.
    pub(crate) device: Option<String>,
    /// Whether their hash was made anew.
    pub(crate) upgraded: bool,
}

/// Somebody whose password it is, and what is to be stored in the place of their hash.
struct Proven<U> {
    user: U,
    upgrade: Option<Upgrade>,
}

/// A better hash for the one that was seen, of a password that is right.
struct Upgrade {
    seen: HashString,
    new: HashString,
    username: String,
    password: Arc<Password>,
}

/// A name and a password.
struct Proof {
    username: String,
    password: Arc<Password>,
    /// Whether a disabled account is refused.
    refuse_inactive: bool,
}

impl PasswordGrant {
    /// The user who logs in with these credentials, and the scopes granted.
    ///
    /// The gate's place comes first, so that who is refused there costs the store nothing; before it only what the memory
    /// of the throttle knows. Until the password matched the store is asked the same for every name (and for the user of
    /// a device that knows the account); only then is it asked for the user.
    pub(crate) async fn log_in<U: User>(
        &self,
        store: &dyn ErasedStore<U>,
        credentials: Credentials,
        now: Duration,
        door: Option<(&Throttle, &Attempt)>,
    ) -> Result<LoggedIn<U>, LoginError> {
        let Credentials {
            username,
            password,
            scope,
            within,
            refuse_empty_grant,
            refuse_inactive,
        } = credentials;
        let entered = door.map(|(throttle, attempt)| throttle.enter(&username, &password, attempt));
        let entered = entered.transpose()?;
        let proof = Proof {
            username,
            password: Arc::new(password),
            refuse_inactive: refuse_inactive || self.refuse_inactive,
        };
        let (place, found) = match self.prepare(store, &proof, now).await {
            Ok(prepared) => prepared,
            Err(error) => {
                entered.into_iter().for_each(Entered::undone);
                return Err(error);
            }
        };
        let reserved = reserve(store, entered, found.as_ref(), &proof.password).await?;
        let proven = self.prove(store, proof, place, found).await;
        let device = settle(reserved, &proven).await;
        let Proven { user, upgrade } = proven?;
        let granted = scope.granted(&self.roles.resolved(user.scopes()), self.declared);
        let scopes = within.map_or_else(|| granted.clone(), |within| granted.intersection(&within));
        // An application without scopes ignores them.
        if refuse_empty_grant && !self.declared.is_empty() && !scope.is_empty() && scopes.is_empty() {
            return Err(LoginError::InvalidScope);
        }
        let (user, upgraded) = match upgrade {
            Some(upgrade) => self.upgrade(store, user, upgrade).await,
            None => (user, false),
        };
        Ok(LoggedIn {
            user,
            scopes,
            device,
            upgraded,
        })
    }

    /// A place in the gate, and what the name logs in with.
    async fn prepare<U: User>(
        &self,
        store: &dyn ErasedStore<U>,
        proof: &Proof,
        now: Duration,
    ) -> Result<(Place<'_>, Option<StoredCredentials>), LoginError> {
        let place = self.check.admit()?;
        let found = self.check.look_up(store, &proof.username, now).await?;
        Ok((place, found))
    }

    /// The user whose password it is.
    async fn prove<U: User>(
        &self,
        store: &dyn ErasedStore<U>,
        proof: Proof,
        place: Place<'_>,
        found: Option<StoredCredentials>,
    ) -> Result<Proven<U>, LoginError> {
        let Proof {
            username,
            password,
            refuse_inactive,
        } = proof;
        let question = Question {
            password: password.clone(),
            stored: found.as_ref().and_then(|found| found.password_hash.clone()),
            refused: refuse_inactive && found.as_ref().is_some_and(|found| !found.active),
            upgrade: store.takes_upgrades(),
        };
        let checked = self.check.verify(place, &username, question).await?;
        let Some(StoredCredentials { id, password_hash, .. }) = found else {
            return Err(LoginError::Refused);
        };
        if let Some(trouble) = &checked.trouble {
            tracing::warn!(user = %id, error = %trouble, "a stored password hash cannot be verified");
        }
        let Some(seen) = password_hash.filter(|_| checked.matched) else {
            return Err(LoginError::Refused);
        };
        let user = store
            .by_id(&id)
            .await?
            .filter(|user| user.is_active() || !refuse_inactive);
        let user = user.ok_or(LoginError::Refused)?;
        self.still_right(&user, &seen, &username, password.clone()).await?;
        if let Some(breached) = &self.breached {
            breached.look_up_later(&id, checked.upgraded.as_ref().unwrap_or(&seen), password.clone());
        }
        let upgrade = checked.upgraded.map(|new| Upgrade {
            seen,
            new,
            username,
            password,
        });
        Ok(Proven { user, upgrade })
    }

    /// Stores the better hash, and gives the user as they are now, for their epoch may follow from the hash
    /// ([`epoch_of`](crate::epoch_of)). Where the password was changed meanwhile they stay as they were before, so that what is
    /// issued for the old one ends with it.
    async fn upgrade<U: User>(&self, store: &dyn ErasedStore<U>, user: U, upgrade: Upgrade) -> (U, bool) {
        let Upgrade {
            seen,
            new,
            username,
            password,
        } = upgrade;
        let swapped = upgraded(store, &user.id(), &seen, &new).await;
        let Ok(Some(now)) = store.by_id(&user.id()).await else {
            return (user, swapped);
        };
        // Another login may have been faster, with another hash of the same password.
        let stored = if swapped { new } else { seen };
        match self.still_right(&now, &stored, &username, password).await {
            Ok(()) => (now, swapped),
            Err(_) => (user, swapped),
        }
    }

    /// Refuses a password that is not the user's any more. Their hash may have changed since it was `seen`: to that of a new
    /// password, or by the upgrade at another login.
    async fn still_right<U: User>(
        &self,
        user: &U,
        seen: &HashString,
        username: &str,
        password: Arc<Password>,
    ) -> Result<(), LoginError> {
        let stored = user.password_hash();
        if stored.is_some_and(|now| now.as_str() == seen.as_str()) {
            return Ok(());
        }
        match self.check.is_right(username, password, stored.cloned()).await? {
            true => Ok(()),
            false => Err(LoginError::Refused),
        }
    }
}

/// Takes the attempt's place in the budgets of the account. Whoever shows a device of the account knows that there is one, so
/// its user may be asked for: with another epoch the device counts for nothing.
async fn reserve<U: User>(
    store: &dyn ErasedStore<U>,
    entered: Option<Entered>,
    found: Option<&StoredCredentials>,
    password: &Password,
) -> Result<Option<Reserved>, LoginError> {
    let Some(entered) = entered else {
        return Ok(None);
    };
    let epoch = match found {
        Some(found) if entered.shows_device() => match store.by_id(&found.id).await {
            Ok(user) => user.map(|user| user.token_epoch()),
            Err(error) => {
                entered.undone();
                return Err(error.into());
            }
        },
        _ => None,
    };
    Ok(Some(entered.reserve(epoch, password).await?))
}

/// Tells the throttle what came of it, and gives what a device shows next time.
async fn settle<U: User>(reserved: Option<Reserved>, proven: &Result<Proven<U>, LoginError>) -> Option<String> {
    let reserved = reserved?;
    match proven {
        Ok(proven) => return reserved.right(proven.user.token_epoch()).await,
        Err(LoginError::Refused) => reserved.wrong(),
        Err(_) => reserved.undone().await,
    }
    None
}

/// Stores the better hash; the login stands whether that succeeds or not.
async fn upgraded<U>(store: &dyn ErasedStore<U>, id: &UserId, seen: &HashString, new: &HashString) -> bool {
    let swapped = store.swap_hash(id, seen, new).await;
    match &swapped {
        Ok(true) => tracing::info!(user = %id, "password hash upgraded"),
        Ok(false) => tracing::info!(user = %id, "password hash changed meanwhile; not upgraded"),
        Err(error) => tracing::warn!(user = %id, %error, "password hash could not be upgraded"),
    }
    matches!(swapped, Ok(true))
}
