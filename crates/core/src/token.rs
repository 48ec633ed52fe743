//! Our tokens: which claims go in, and what must hold when one comes back.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use portcullis_jose::{MAX_LEEWAY, Verifier, VerifyError, VerifyingKey};

use crate::auth_error::AuthError;
use crate::clock::Clock;
use crate::facts::TokenFacts;
use crate::foreign::{Claims as ForeignClaims, Foreign};
use crate::keys::{KeyRing, Keys};
use crate::revocation::{Marks, Revocations};
use crate::scope::ScopeSet;
use crate::subject::Subject;
use crate::token_kind::{TokenKinds, TokenSettings};
use crate::user::UserId;

mod claims;
pub(crate) mod issue;
pub(crate) mod machine;
mod present;
mod read;
mod stamp;

use claims::AccessClaims;
pub(crate) use claims::Origin;
use present::Present;
use read::{foreign_facts, own_facts};
pub(crate) use stamp::Stamp;

/// Signs and reads tokens of every kind.
pub(crate) struct Tokens {
    ring: KeyRing,
    /// Keys that verify beside those in the ring, whatever comes into it.
    also: Vec<VerifyingKey>,
    /// What the keys were that were in the ring last time.
    present: ArcSwap<Present>,
    settings: TokenSettings,
    kinds: TokenKinds,
    /// What may have ended a key before the ring knows of it.
    ended: Option<Revocations>,
}

/// What a good access token says of a user, and of itself.
pub(crate) struct Said {
    pub(crate) user: UserId,
    pub(crate) epoch: u64,
    pub(crate) token: Arc<TokenFacts>,
    /// Until when it is taken, since the epoch.
    pub(crate) until: Duration,
    /// What it is looked up by where revocations are known.
    pub(crate) marks: Option<Marks>,
}

impl Tokens {
    pub(crate) fn new(
        ring: KeyRing,
        also: Vec<VerifyingKey>,
        settings: TokenSettings,
        ended: Option<Revocations>,
    ) -> Self {
        let kinds = TokenKinds::new(&settings);
        let present = Present::new(&ring.load(), &also, &settings, &kinds);
        Self {
            ring,
            also,
            present: ArcSwap::from_pointee(present),
            settings,
            kinds,
            ended,
        }
    }

    /// The present keys; what verifies with them is made anew when they were replaced.
    pub(crate) fn present(&self) -> Arc<Present> {
        let known = self.present.load();
        let keys = self.ring.load();
        if known.number == keys.number {
            return Arc::clone(&known);
        }
        let anew = Arc::new(Present::new(&keys, &self.also, &self.settings, &self.kinds));
        // Another request may have been slower with older keys.
        self.present.rcu(|known| {
            let newest = if known.number < anew.number { &anew } else { known };
            Arc::clone(newest)
        });
        anew
    }

    /// The number of the present keys.
    pub(crate) fn keys_number(&self) -> u64 {
        self.ring.number()
    }

    /// The present keys, also one that has ended and that the ring does not know of yet.
    pub(crate) fn keys(&self) -> Keys {
        self.present().keys().clone()
    }

    /// The present keys by which tokens are good.
    pub(crate) fn good_keys(&self) -> Keys {
        match &self.ended {
            Some(ended) => self.present().keys().without(|id| ended.ends_key(id)),
            None => self.keys(),
        }
    }

    /// Reads a token of any kind by `look` with the present keys, and says which those were. One whose key or whose
    /// algorithm is not known (the first of a key that is of another kind than those before) lets the source of keys look
    /// for it, once; keys that changed meanwhile are tried in any case. Where it cannot look, nobody knows whether the token is
    /// good.
    pub(crate) async fn read<T>(
        &self,
        clock: &dyn Clock,
        look: impl Fn(&Present, Duration) -> Result<T, AuthError>,
    ) -> Result<(u64, T), AuthError> {
        let (mut present, mut asked) = (self.present(), false);
        let mut away = None;
        loop {
            let error = match look(&present, clock.now()) {
                Ok(said) => return Ok((present.number, said)),
                Err(error) => error,
            };
            if !matches!(
                error,
                AuthError::Invalid(VerifyError::UnknownKey | VerifyError::Algorithm) | AuthError::NoKeys
            ) {
                return Err(error);
            }
            if self.ring.number() == present.number && !asked {
                asked = true;
                away = self.ring.refresh().await.err();
            }
            let newer = self.present();
            if newer.number == present.number {
                return Err(away.map_or(error, AuthError::Store));
            }
            present = newer;
        }
    }

    pub(crate) fn issuer(&self) -> Option<&str> {
        self.settings.issuer.as_deref()
    }

    pub(crate) fn base(&self) -> Option<&str> {
        self.settings.base()
    }

    pub(crate) fn lifetime(&self) -> Duration {
        self.settings.lifetime
    }

    /// What an access token says, if it is good under these keys.
    pub(crate) fn verify(&self, present: &Present, token: &str, now: Duration) -> Result<Said, AuthError> {
        self.verify_by(present.access()?, token, now)
    }

    /// The same of one that is for whomever.
    pub(crate) fn verify_issued(&self, present: &Present, token: &str, now: Duration) -> Result<Said, AuthError> {
        self.verify_by(present.issued()?, token, now)
    }

    fn verify_by(&self, access: &Verifier, token: &str, now: Duration) -> Result<Said, AuthError> {
        if let Some(foreign) = &self.settings.foreign {
            return self.verify_foreign(access, foreign, token, now);
        }
        let (claims, key) = access.verify_by::<AccessClaims>(token, now)?;
        let user = self.user_of(claims.sub.as_deref().unwrap_or_default())?;
        let epoch = claims.extra.epoch;
        let scopes = match self.kinds.access.scoped {
            true => claims.extra.scope.scopes()?,
            false => ScopeSet::empty(),
        };
        Ok(self.said(user, epoch, own_facts(claims, scopes, key)))
    }

    fn verify_foreign(
        &self,
        access: &Verifier,
        foreign: &Foreign,
        token: &str,
        now: Duration,
    ) -> Result<Said, AuthError> {
        let (mut claims, key) = access.verify_by::<ForeignClaims>(token, now)?;
        // RFC 9068 §2.2: a token is about somebody.
        let sub = claims.sub.take().filter(|sub| !sub.is_empty());
        let sub = sub.ok_or(AuthError::WrongSubject)?;
        let epoch = Foreign::epoch(&claims.extra);
        let facts = foreign_facts(foreign, claims, key)?;
        // Where the issuer is one of us, a client in its own name is no user.
        if facts.client.is_some() && Subject::client_in(&sub) == facts.client.as_deref() {
            return Err(AuthError::WrongSubject);
        }
        Ok(self.said(UserId::from(sub.as_str()), epoch, facts))
    }

    fn said(&self, user: UserId, epoch: u64, token: TokenFacts) -> Said {
        Said {
            user,
            epoch,
            until: token.expires.saturating_add(self.settings.exp_leeway.min(MAX_LEEWAY)),
            token: Arc::new(token),
            marks: None,
        }
    }

    /// The user that a `sub` of ours names.
    fn user_of(&self, sub: &str) -> Result<UserId, AuthError> {
        match Subject::parse(sub)? {
            // Only the spelling that we write ourselves, unless the prefix is in use: one token, one spelling.
            Subject::User(id) if self.settings.prefixed || !sub.contains(':') || id.as_str().contains(':') => Ok(id),
            _ => Err(AuthError::WrongSubject),
        }
    }

    /// What an entity token says, if it is good under these keys.
    pub(crate) fn verify_entity(
        &self,
        present: &Present,
        token: &str,
        now: Duration,
    ) -> Result<(Subject, TokenFacts), AuthError> {
        let (claims, key) = present.entity()?.verify_by::<AccessClaims>(token, now)?;
        let subject = Subject::parse(claims.sub.as_deref().unwrap_or_default())?;
        let scopes = claims.extra.scope.scopes()?;
        Ok((subject, own_facts(claims, scopes, key)))
    }

    /// What a token of any kind, for whomever, says of itself, if it is good under these keys.
    pub(crate) fn verify_any(&self, present: &Present, token: &str, now: Duration) -> Result<TokenFacts, AuthError> {
        match self.verify_issued(present, token, now) {
            Ok(said) => Ok((*said.token).clone()),
            Err(AuthError::WrongSubject) => Ok((*self.verify_issued_client(present, token, now)?.token).clone()),
            Err(AuthError::Invalid(VerifyError::Typ)) => {
                self.verify_entity(present, token, now).map(|(_, facts)| facts)
            }
            Err(error) => Err(error),
        }
    }
}
