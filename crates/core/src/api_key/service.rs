//! The API keys of a store, made and known by rule.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use portcullis_password::Random;
use zeroize::Zeroizing;

use super::digests::Digests;
use super::error::{ApiKeyError, ApiKeyRefusal};
use super::record::ApiKeyRecord;
use super::rules::{API_KEYS_AN_HOUR, API_KEYS_MAX, NewApiKey};
use super::store::{ApiKeyRoom, ErasedApiKeys};
use super::text::{SECRET, decode, encode};
use super::uses::Uses;
use crate::audit::{Act, Audit, AuditEvent, AuditKind};
use crate::cause::Cause;
use crate::clock::Clock;
use crate::keeper::Keeper;
use crate::keyed::Unusable;
use crate::lately::{Lately, Losses};
use crate::record_id::ApiKeyId;
use crate::role::RoleBook;
use crate::scope::ScopeSet;
use crate::secrets::Secrets;
use crate::session::millis;
use crate::store::StoreError;
use crate::user::{User, UserId};

mod keep;

/// For how long keys that are over or have ended are kept: a copy of the store that is no older does not bring back what ended,
/// and by a clock that was set forth no further nothing is removed that is good when it is right again.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

const HOUR: Duration = Duration::from_secs(60 * 60);

/// The API keys of an [`Auth`](crate::Auth). Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct ApiKeys {
    inner: Arc<Inner>,
    /// On whose behalf; `None`: of one who may do everything that the owner may.
    within: Option<ScopeSet>,
    cause: Cause,
}

/// What an [`ApiKeys`] is made of.
pub(crate) struct ApiKeyParts {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) audit: Option<Audit>,
    pub(crate) roles: RoleBook,
    /// Those who read what ended.
    pub(crate) losses: Losses,
}

struct Inner {
    store: Arc<dyn ErasedApiKeys>,
    digests: Digests,
    parts: ApiKeyParts,
    /// How often this process ended keys.
    changes: AtomicU64,
    uses: Uses,
    lately: Lately<(ApiKeyId, UserId)>,
    keeper: Keeper,
}

/// A key that was made.
pub struct AddedApiKey {
    /// What is stored of it.
    pub record: ApiKeyRecord,
    /// Its text, which nobody can show again.
    pub text: Zeroizing<String>,
}

impl fmt::Debug for AddedApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AddedApiKey")
            .field("record", &self.record)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeys").finish_non_exhaustive()
    }
}

impl ApiKeys {
    pub(crate) fn over(store: Arc<dyn ErasedApiKeys>, secrets: &Secrets, parts: ApiKeyParts) -> Result<Self, Unusable> {
        Ok(Self {
            inner: Arc::new(Inner {
                store,
                digests: Digests::new(secrets)?,
                parts,
                changes: AtomicU64::new(0),
                uses: Uses::default(),
                lately: Lately::default(),
                keeper: Keeper::default(),
            }),
            within: None,
            cause: Cause::default(),
        })
    }

    /// The same on behalf of somebody: it is they who make and end keys.
    #[must_use]
    pub fn by(mut self, cause: Cause) -> Self {
        self.cause = cause;
        self
    }

    /// The same on behalf of one who has these scopes (of a token that was narrowed, say) and can give no others.
    #[must_use]
    pub fn within(mut self, scopes: ScopeSet) -> Self {
        self.within = Some(scopes);
        self
    }

    /// Makes a key for a user. It ends with their epoch: with a new password, and when they are disabled or deleted.
    ///
    /// # Errors
    /// [`ApiKeyError::Unfit`], [`ApiKeyError::Beyond`], [`ApiKeyError::Inactive`], [`ApiKeyError::TooMany`].
    pub async fn add<U: User>(&self, owner: &U, new: NewApiKey) -> Result<AddedApiKey, ApiKeyError> {
        new.check()?;
        if !owner.is_active() {
            return Err(ApiKeyError::Inactive);
        }
        let own = self.inner.parts.roles.resolved(owner.scopes());
        let most = [Some(&own), self.within.as_ref()];
        let mut most = most.into_iter().flatten();
        if !most.all(|most| new.scopes.iter().all(|scope| most.contains(scope))) {
            return Err(ApiKeyError::Beyond);
        }
        let Inner {
            digests, parts, store, ..
        } = &*self.inner;
        let now = parts.clock.now();
        let id = ApiKeyId::generate(now, &*parts.random)?;
        let mut secret = Zeroizing::new([0; SECRET]);
        parts.random.fill(&mut *secret)?;
        let (key, digest) = digests.make(id, &secret);
        let record = ApiKeyRecord {
            id,
            user: owner.id(),
            epoch: owner.token_epoch(),
            name: new.name,
            scopes: new.scopes,
            key,
            digest,
            created: millis(now),
            expires: new.lifetime.map(|lifetime| millis(now.saturating_add(lifetime))),
            used: None,
            ended: None,
        };
        let act = Act::on(
            &**store,
            |store, row| store.noting(row),
            parts.audit.as_ref(),
            || self.told(AuditKind::ApiKeyAdded, &record),
        );
        let room = ApiKeyRoom {
            good: API_KEYS_MAX,
            made: API_KEYS_AN_HOUR,
            since: millis(now.saturating_sub(HOUR)),
            before: millis(now.saturating_sub(KEPT)),
        };
        let added = act.add_api_key(&record, room).await?;
        act.happened(added).await;
        if !added {
            return Err(ApiKeyError::TooMany);
        }
        tracing::info!(user = %record.user, key = %id, "an API key was made");
        let text = encode(id, &secret);
        Ok(AddedApiKey { record, text })
    }

    /// The keys of a user that end with this epoch, the oldest first; also those whose time is over.
    ///
    /// # Errors
    /// The store fails.
    pub async fn keys_of(&self, user: &UserId, epoch: u64) -> Result<Vec<ApiKeyRecord>, StoreError> {
        let mut found = self.inner.store.api_keys_of(user).await?;
        found.retain(|key| key.epoch == epoch);
        Ok(found)
    }

    /// The key of this id that has not ended, whosever it is.
    ///
    /// # Errors
    /// [`ApiKeyError::Unknown`] if there is none.
    pub async fn find(&self, id: ApiKeyId) -> Result<ApiKeyRecord, ApiKeyError> {
        let found = self.inner.store.api_key(id).await?;
        found.filter(|key| key.ended.is_none()).ok_or(ApiKeyError::Unknown)
    }

    /// Ends a key of a user: here it is refused when this comes back, in another process half a second later.
    ///
    /// # Errors
    /// [`ApiKeyError::Unknown`]: there is no such key, or it is somebody else's.
    pub async fn end(&self, id: ApiKeyId, user: &UserId) -> Result<(), ApiKeyError> {
        let record = self.find(id).await?;
        let Inner { store, parts, .. } = &*self.inner;
        let act = Act::on(
            &**store,
            |store, row| store.noting(row),
            parts.audit.as_ref(),
            || self.told(AuditKind::ApiKeyEnded, &record),
        );
        let now = parts.clock.now();
        let ended = act.end_api_key(id, user, millis(now)).await?;
        act.happened(ended).await;
        self.changed();
        self.keep();
        if !ended {
            return Err(ApiKeyError::Unknown);
        }
        self.inner.lately.note(now, [(id, user.clone())]);
        tracing::info!(%user, key = %id, "an API key has ended");
        Ok(())
    }

    /// Ends all keys of a user, also those that are over; how many.
    ///
    /// # Errors
    /// The store fails; some may have ended.
    pub async fn end_all(&self, user: &UserId) -> Result<usize, ApiKeyError> {
        let mut ended = 0_usize;
        for key in self.inner.store.api_keys_of(user).await? {
            match self.end(key.id, user).await {
                Ok(()) => ended = ended.saturating_add(1),
                // Somebody else was faster.
                Err(ApiKeyError::Unknown) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(ended)
    }

    /// Ends what was made under a user's former epochs. They are refused whether that succeeds or not; what is noted here holds
    /// where an older copy of the users is brought back, too.
    pub(crate) async fn user_changed(&self, user: &UserId, epoch: u64) -> Result<(), StoreError> {
        let ended = self.inner.store.end_api_keys_of(user, epoch, self.now()).await?;
        if ended > 0 {
            self.changed();
            tracing::info!(%user, keys = ended, "API keys ended with the epoch of their owner");
        }
        Ok(())
    }

    /// The key whose text this is, as the store has it now.
    pub(crate) async fn look_up(&self, text: &str) -> Result<Result<ApiKeyRecord, ApiKeyRefusal>, StoreError> {
        let Some((id, secret)) = decode(text) else {
            return Ok(Err(ApiKeyRefusal::NotOurs));
        };
        let Some(record) = self.inner.store.api_key(id).await? else {
            return Ok(Err(ApiKeyRefusal::Unknown));
        };
        if record.ended.is_some() {
            return Ok(Err(ApiKeyRefusal::Ended));
        }
        if !self.inner.digests.is_of((record.key, &record.digest), id, &secret) {
            return Ok(Err(ApiKeyRefusal::Wrong));
        }
        match record.is_over(self.now()) {
            true => Ok(Err(ApiKeyRefusal::Over)),
            false => Ok(Ok(record)),
        }
    }

    /// Notes that a key was used; whoever calls it does so once a minute.
    pub(crate) fn saw(&self, id: ApiKeyId, now: Duration) {
        self.keep();
        self.inner.uses.saw(id, now);
    }

    /// Counts up when this process ended a key: whoever remembers one looks at it before.
    pub(crate) fn generation(&self) -> u64 {
        self.inner.changes.load(Ordering::SeqCst)
    }

    /// In milliseconds since 1970.
    fn now(&self) -> u64 {
        millis(self.inner.parts.clock.now())
    }

    fn changed(&self) {
        self.inner.changes.fetch_add(1, Ordering::SeqCst);
    }

    fn told(&self, kind: AuditKind, key: &ApiKeyRecord) -> AuditEvent {
        let event = AuditEvent::new(kind, self.cause.clone()).of(key.user.as_str());
        let event = event.with("key", key.id.to_string()).with("name", key.name.as_str());
        event.with("scope", key.scopes.as_str())
    }
}

#[cfg(test)]
mod tests;
