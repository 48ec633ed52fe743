//! Our tokens: which claims go in, and what must hold when one comes back.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_jose::{Claims, Verifier, VerifyError, VerifyingKey};
use portcullis_password::Random;

use crate::auth_error::AuthError;
use crate::clock::Clock;
use crate::issue_error::IssueError;
use crate::keys::{KeyRing, Keys, Numbered};
use crate::scope::ScopeSet;
use crate::subject::Subject;
use crate::token_kind::{TokenKind, TokenKinds, TokenSettings};
use crate::user::UserId;

mod claims;

use claims::{AccessClaims, ScopeClaim};

/// Signs and reads tokens of every kind.
pub(crate) struct Tokens {
    ring: KeyRing,
    /// Keys that verify beside those in the ring, whatever comes into it.
    also: Vec<VerifyingKey>,
    /// What the keys were that were in the ring last time.
    present: ArcSwap<Present>,
    settings: TokenSettings,
    kinds: TokenKinds,
}

/// The keys of one moment: found by, verified with, remembered under and looked for anew by this and nothing else.
pub(crate) struct Present {
    pub(crate) number: u64,
    keys: Keys,
    /// For access and for entity tokens; `None` without keys.
    verifiers: Option<(Verifier, Verifier)>,
}

/// What a good access token says of a user.
pub(crate) struct Said {
    pub(crate) user: UserId,
    pub(crate) scopes: ScopeSet,
    pub(crate) epoch: u64,
    /// When it ends, since the epoch.
    pub(crate) exp: Duration,
}

impl Tokens {
    pub(crate) fn new(ring: KeyRing, also: Vec<VerifyingKey>, settings: TokenSettings) -> Self {
        let kinds = TokenKinds::new(&settings);
        let present = Present::new(&ring.load(), &also, &settings, &kinds);
        Self {
            ring,
            also,
            present: ArcSwap::from_pointee(present),
            settings,
            kinds,
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

    pub(crate) fn keys(&self) -> Keys {
        self.present().keys.clone()
    }

    /// Reads a token of any kind by `look` with the present keys, and says which those were. One whose key or whose
    /// algorithm is not known (the first of a key that is of another kind than those before) lets the source of keys look
    /// for it, once; keys that changed meanwhile are tried in any case.
    pub(crate) async fn read<T>(
        &self,
        clock: &dyn Clock,
        look: impl Fn(&Present, Duration) -> Result<T, AuthError>,
    ) -> Result<(u64, T), AuthError> {
        let (mut present, mut asked) = (self.present(), false);
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
                self.ring.refresh().await;
            }
            let newer = self.present();
            if newer.number == present.number {
                return Err(error);
            }
            present = newer;
        }
    }

    fn sign(&self, kind: &TokenKind, claims: &Claims<AccessClaims>) -> Result<String, IssueError> {
        let present = self.ring.load();
        let key = present.keys.signing_key().ok_or(IssueError::NoKey)?;
        Ok(key.sign(kind.typ, claims)?)
    }

    /// Whether there is a key to sign with.
    pub(crate) fn expect_a_key(&self) -> Result<(), IssueError> {
        let keys = self.ring.load();
        keys.keys.signing_key().map(|_| ()).ok_or(IssueError::NoKey)
    }

    pub(crate) fn issuer(&self) -> Option<&str> {
        self.settings.issuer.as_deref()
    }

    pub(crate) fn lifetime(&self) -> Duration {
        self.settings.lifetime
    }

    /// Signs an access token for a user.
    pub(crate) fn issue(
        &self,
        user: &UserId,
        scopes: &ScopeSet,
        epoch: u64,
        stamp: Stamp,
    ) -> Result<String, IssueError> {
        let kind = &self.kinds.access;
        let claims = self.claims(kind, &Subject::User(user.clone()), scopes, stamp);
        self.sign(kind, &with_epoch(claims, epoch))
    }

    /// Signs an entity token: `scopes` on a thing, for whoever holds it. The keys verify for as long as it lives.
    pub(crate) fn issue_entity(
        &self,
        subject: &Subject,
        scopes: &ScopeSet,
        stamp: Stamp,
    ) -> Result<String, IssueError> {
        self.ring.signs_for(stamp.lifetime);
        let kind = &self.kinds.entity;
        self.sign(kind, &self.claims(kind, subject, scopes, stamp))
    }

    fn claims(&self, kind: &TokenKind, subject: &Subject, scopes: &ScopeSet, stamp: Stamp) -> Claims<AccessClaims> {
        let scope = match kind.scoped {
            true => ScopeClaim::Text(scopes.as_str().into()),
            false => ScopeClaim::Absent,
        };
        let mut claims = Claims::new(AccessClaims::new(scope, 0));
        claims.iss = self.settings.issuer.clone();
        claims.aud = kind.audience.clone().into();
        claims.sub = Some(match kind.prefixed {
            true => subject.to_prefixed(),
            false => subject.to_string(),
        });
        let lifetime = kind.lifetime.unwrap_or(stamp.lifetime);
        claims.iat = Some(stamp.now.into());
        claims.exp = Some(stamp.now.saturating_add(lifetime.as_secs()).into());
        claims.jti = Some(stamp.jti);
        claims
    }

    /// What an access token says, if it is good under these keys.
    pub(crate) fn verify(&self, present: &Present, token: &str, now: Duration) -> Result<Said, AuthError> {
        let (access, _) = present.verifiers.as_ref().ok_or(AuthError::NoKeys)?;
        let claims: Claims<AccessClaims> = access.verify(token, now)?;
        let exp = claims.exp_duration().unwrap_or(Duration::ZERO);
        let sub = claims.sub.as_deref().unwrap_or_default();
        let user = self.user_of(sub)?;
        let AccessClaims { scope, scp, epoch } = claims.extra;
        let scope = match scope {
            ScopeClaim::Absent if self.settings.foreign => scp,
            scope => scope,
        };
        let scopes = match self.kinds.access.scoped {
            true => scope.scopes()?,
            false => ScopeSet::empty(),
        };
        Ok(Said {
            user,
            scopes,
            epoch,
            exp,
        })
    }

    /// The user that a `sub` names.
    fn user_of(&self, sub: &str) -> Result<UserId, AuthError> {
        if self.settings.foreign {
            // RFC 9068 §2.2: a token is about somebody.
            return (!sub.is_empty())
                .then(|| UserId::from(sub))
                .ok_or(AuthError::WrongSubject);
        }
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
    ) -> Result<(Subject, ScopeSet), AuthError> {
        let (_, entity) = present.verifiers.as_ref().ok_or(AuthError::NoKeys)?;
        let claims: Claims<AccessClaims> = entity.verify(token, now)?;
        let subject = Subject::parse(claims.sub.as_deref().unwrap_or_default())?;
        Ok((subject, claims.extra.scope.scopes()?))
    }
}

impl Present {
    fn new(ring: &Numbered, also: &[VerifyingKey], settings: &TokenSettings, kinds: &TokenKinds) -> Self {
        let keys = ring.keys.accepting(also).unwrap_or_else(|error| {
            tracing::warn!(%error, "keys that were to be accepted too do not go with those that came");
            ring.keys.clone()
        });
        let verifier = |keys, kind: &TokenKind| Verifier::new(keys, kind.policy(settings));
        let verifiers = keys.key_set().map(|keys| {
            (
                verifier(keys.clone(), &kinds.access),
                verifier(keys.clone(), &kinds.entity),
            )
        });
        Self {
            number: ring.number,
            keys,
            verifiers,
        }
    }
}

fn with_epoch(mut claims: Claims<AccessClaims>, epoch: u64) -> Claims<AccessClaims> {
    claims.extra.epoch = epoch;
    claims
}

/// When a token is made, for how long where its kind does not say, and what tells it from every other.
pub(crate) struct Stamp {
    now: u64,
    lifetime: Duration,
    jti: String,
}

impl Stamp {
    pub(crate) fn new(now: u64, lifetime: Duration, random: &Arc<dyn Random>) -> Result<Self, IssueError> {
        let mut id = [0_u8; 16];
        random.fill(&mut id)?;
        Ok(Self {
            now,
            lifetime,
            jti: URL_SAFE_NO_PAD.encode(id),
        })
    }
}
