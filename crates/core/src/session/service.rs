//! The sessions of a store: begun, refreshed, listed, ended.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use portcullis_password::Random;

use super::activity::Activities;
use super::erased::ErasedSessions;
use super::error::{RefreshError, SessionError};
use super::flight::Shared;
use super::record::{EndReason, Family, Session, millis};
use super::request::{Begun, Inspected, NewSession, RefreshRevocation, Refreshed};
use super::secrets::RefreshSecrets;
use super::settings::SessionSettings;
use super::store::Ending;
use super::text::RefreshToken;
use super::told::{ended, labelled, logged_in};
use crate::attempt::Attempt;
use crate::audit::{Act, Audit, AuditEvent};
use crate::cause::Cause;
use crate::clock::Clock;
use crate::keeper::Keeper;
use crate::lately::{Lately, Losses};
use crate::record_id::SessionId;
use crate::revocation::{Entry, Occasion};
use crate::store::StoreError;
use crate::user::UserId;

mod begin;
mod cookie;
mod keep;
mod turn;

/// A store of sessions for one act.
type SessionAct<'a> = Act<'a, dyn ErasedSessions>;

/// What is told at once what ends tokens from now on.
pub(crate) type Apply = Arc<dyn Fn(&[Entry]) + Send + Sync>;

/// What sessions are made with.
pub(crate) struct SessionParts {
    pub(crate) secrets: RefreshSecrets,
    pub(crate) settings: SessionSettings,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    /// The longest life of an access token.
    pub(crate) token_lifetime: Duration,
    /// Those in this process who check tokens.
    pub(crate) apply: Apply,
    /// Those who read the store.
    pub(crate) losses: Losses,
    /// Where it is written down.
    pub(crate) audit: Option<Audit>,
}

/// The sessions of a store. Cheap to clone; all clones are one.
///
/// Within a tokio runtime a task of its own writes when sessions were used last, every ten seconds, and removes what is
/// over; it ends with the last clone. [`Sessions::flush`] before the end of a program loses nothing of that.
#[derive(Clone)]
pub struct Sessions {
    inner: Arc<Inner>,
    /// On whose behalf sessions are ended.
    cause: Cause,
}

struct Inner {
    store: Arc<dyn ErasedSessions>,
    parts: SessionParts,
    flights: Shared<Result<Refreshed, RefreshError>>,
    activities: Activities,
    lately: Lately<(SessionId, EndReason)>,
    keeper: Keeper,
    /// Whose turn it is to write uses.
    flushing: tokio::sync::Mutex<()>,
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions")
            .field("settings", &self.inner.parts.settings)
            .field("secrets", &self.inner.parts.secrets)
            .finish_non_exhaustive()
    }
}

impl Sessions {
    #[allow(dead_code, reason = "an `Auth` makes them")]
    pub(crate) fn new(store: Arc<dyn ErasedSessions>, parts: SessionParts) -> Self {
        Self {
            inner: Arc::new(Inner {
                store,
                parts,
                flights: Shared::default(),
                activities: Activities::default(),
                lately: Lately::default(),
                keeper: Keeper::default(),
                flushing: tokio::sync::Mutex::default(),
            }),
            cause: Cause::default(),
        }
    }

    /// The same on behalf of somebody: it is they who end sessions.
    #[must_use]
    pub fn by(mut self, cause: Cause) -> Self {
        self.cause = cause;
        self
    }

    /// The choices.
    pub fn settings(&self) -> &SessionSettings {
        &self.inner.parts.settings
    }

    /// Begins a session with its first family of refresh tokens.
    ///
    /// # Errors
    /// No randomness, or the store fails.
    pub async fn begin(&self, new: NewSession<'_>) -> Result<Begun, SessionError> {
        self.keep();
        let attempt = new.attempt;
        let (session, family, refresh_token) = self.inner.make(new)?;
        let act = self.inner.act(|| logged_in(&session, &family, attempt));
        act.begin(&session, &family).await?;
        act.happened(true).await;
        Ok(Begun {
            session: session.id,
            generation: family.generation,
            refresh_token,
            ends: Duration::from_millis(family.idle),
        })
    }

    /// What is known of a refresh token, if it is the good one of a family that lives (RFC 7662). It stays what it is.
    ///
    /// # Errors
    /// The store fails.
    pub async fn inspect(&self, text: &str) -> Result<Option<Inspected>, StoreError> {
        let Some((_, family)) = self.inner.good(text).await? else {
            return Ok(None);
        };
        Ok(Some(Inspected {
            session: family.session,
            user: family.user,
            epoch: family.epoch,
            client: family.client,
            scopes: family.scopes,
            audience: family.audience,
            issued: Duration::from_millis(family.rotated),
            ends: Duration::from_millis(family.idle),
        }))
    }

    /// Ends the session of a refresh token that `client` wants to be revoked (RFC 7009 §2.1); `None`: the server's own.
    /// One that was used already does it too: whoever lost its successor on the way wants to be logged out all the same.
    ///
    /// # Errors
    /// The store fails.
    pub async fn revoke(&self, text: &str, client: Option<&str>) -> Result<RefreshRevocation, StoreError> {
        let Some(token) = RefreshToken::parse(text, &self.inner.parts.secrets) else {
            return Ok(RefreshRevocation::Unknown);
        };
        let Some((family, _)) = self.inner.store.family(token.family).await? else {
            return Ok(RefreshRevocation::Unknown);
        };
        if family.client.as_deref() != client {
            return Ok(RefreshRevocation::OtherClient);
        }
        let ending = Ending::Session(family.session);
        let event = || {
            // Whoever has the token is its user, as far as is known.
            let cause = match self.cause.actor {
                None => Cause::user(&family.user).from(&self.cause.attempt),
                Some(_) => self.cause.clone(),
            };
            ended(&cause, &ending, EndReason::Revoked).of(family.user.as_str())
        };
        let act = self.inner.act(event);
        self.inner.end(act, &ending, EndReason::Revoked, &[]).await?;
        Ok(RefreshRevocation::Ended(family.session))
    }

    /// Ends sessions, with their families and access tokens, and says which they were; `also` is told to those who check
    /// tokens in the same step. In this process it holds when this comes back.
    ///
    /// # Errors
    /// The store fails.
    pub async fn end(&self, which: &Ending, why: EndReason, also: &[Entry]) -> Result<Vec<SessionId>, StoreError> {
        let act = match why {
            // What changed is written down, and this with it.
            EndReason::UserChanged | EndReason::ClientChanged => Act::silent(&*self.inner.store),
            _ => self.inner.act(|| ended(&self.cause, which, why)),
        };
        self.inner.end(act, which, why, also).await
    }

    /// A session, ended or not.
    ///
    /// # Errors
    /// The store fails.
    pub async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        self.inner.store.session(id).await
    }

    /// A user's sessions that live, the one used last first. One that began under another epoch than the user's is over.
    ///
    /// # Errors
    /// The store fails.
    pub async fn sessions_of(&self, user: &UserId, epoch: u64) -> Result<Vec<Session>, StoreError> {
        self.flush().await;
        let now = self.inner.now();
        let mut sessions = self.inner.store.sessions_of(user, millis(now)).await?;
        sessions.retain(|session| session.epoch == epoch);
        Ok(sessions)
    }

    /// Sets what a user calls one of their sessions; whether there is such a living one. How long a label may be is for the
    /// caller to say.
    ///
    /// # Errors
    /// The store fails.
    pub async fn label(&self, id: SessionId, user: &UserId, label: &str) -> Result<bool, StoreError> {
        let act = self.inner.act(|| labelled(&self.cause, id, user));
        let done = act.label(id, user, label).await?;
        act.happened(done).await;
        Ok(done)
    }

    /// Notes that an access token of a session was seen, at `now` (since 1970): its holder has got the answer that it came
    /// with. Costs next to nothing, and may be lost in a crash.
    pub fn saw(&self, session: SessionId, generation: Option<u32>, peer: Option<IpAddr>, now: Duration) {
        self.inner.activities.saw(session, generation, peer, now);
        self.keep();
    }
}

impl Inner {
    fn now(&self) -> Duration {
        self.parts.clock.now()
    }

    fn occasion(&self) -> Occasion {
        Occasion {
            now: self.now(),
            lifetime: self.parts.token_lifetime,
        }
    }

    /// An act of which this tells, where that is asked for.
    fn act(&self, event: impl FnOnce() -> AuditEvent) -> SessionAct<'_> {
        self.act_if(self.parts.audit.as_ref(), event)
    }

    fn act_if(&self, audit: Option<&Audit>, event: impl FnOnce() -> AuditEvent) -> SessionAct<'_> {
        Act::on(&*self.store, |store, row| store.noting(row), audit, event)
    }

    async fn end(
        &self,
        act: SessionAct<'_>,
        which: &Ending,
        why: EndReason,
        also: &[Entry],
    ) -> Result<Vec<SessionId>, StoreError> {
        let occasion = self.occasion();
        let ended = act.end(which, why, occasion, also).await?;
        act.happened(!ended.is_empty()).await;
        self.lately.note(occasion.now, ended.iter().map(|id| (*id, why)));
        let entries = ended.iter().map(|id| occasion.session(*id)).chain(also.iter().copied());
        (self.parts.apply)(&entries.collect::<Vec<_>>());
        Ok(ended)
    }

    /// The tag of the network of whoever asks, by the secret of this number.
    fn network(&self, token: &RefreshToken, key: u8, attempt: &Attempt) -> Option<u32> {
        Some(self.parts.secrets.keys(key)?.network(token.family, attempt.peer?))
    }

    /// The family of a refresh token that is its good one and lives.
    async fn good(&self, text: &str) -> Result<Option<(RefreshToken, Family)>, StoreError> {
        let secrets = &self.parts.secrets;
        let Some(token) = RefreshToken::parse(text, secrets) else {
            return Ok(None);
        };
        let found = self.store.family(token.family).await?;
        let now = millis(self.now());
        let good = found.filter(|(family, session)| {
            session.lives(now)
                && family.lives(now)
                && token.generation == family.generation
                && token.digest(secrets) == Some(family.digest)
        });
        Ok(good.map(|(family, _)| (token, family)))
    }
}

#[cfg(test)]
mod tests;
