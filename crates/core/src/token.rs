//! Our access token: which claims go in, and what must hold when it comes back.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_jose::{Claims, Policy, TypRule, Verifier};
use portcullis_password::Random;

use crate::auth::{AuthError, IssueError};
use crate::entity::ENTITY_TYP;
use crate::keys::{KeyRing, Keys};
use crate::scope::ScopeSet;
use crate::subject::Subject;
use crate::user::UserId;

mod claims;

use claims::{AccessClaims, ScopeClaim};

/// How an access token announces itself in its `typ` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AccessTokenType {
    /// `JWT`, as the chapter's tokens; a token without `typ` is taken too. Tokens of our other kinds never are.
    #[default]
    Jwt,
    /// `at+jwt` (RFC 9068 §2.1), and nothing else is taken.
    AtJwt,
}

/// What tokens say and must say; the choices of the builder.
#[derive(Debug, Clone, Default)]
pub(crate) struct TokenSettings {
    pub(crate) issuer: Option<String>,
    pub(crate) audience: Option<String>,
    pub(crate) typ: AccessTokenType,
    pub(crate) lifetime: Duration,
    /// Whether tokens speak of scopes at all: whether the application declared any.
    pub(crate) scoped: bool,
    /// Whether a user's `sub` is spelled `username:johndoe`.
    pub(crate) prefixed: bool,
    /// Whether every `sub` is a user's id as it stands, as other issuers write it.
    pub(crate) foreign: bool,
}

impl TokenSettings {
    fn policy(&self, rule: TypRule) -> Policy {
        // `at_hash` speaks of an access token beside an ID token (OpenID Connect Core §3.1.3.6); in one it means nothing.
        let mut policy = Policy::new(rule).dangerous_skip_at_hash();
        if let Some(issuer) = &self.issuer {
            policy = policy.issuer(issuer);
        }
        if let Some(audience) = &self.audience {
            policy = policy.audience(audience);
        }
        policy
    }

    fn access_rule(&self) -> TypRule {
        match self.typ {
            AccessTokenType::Jwt => TypRule::JwtOrAbsent,
            AccessTokenType::AtJwt => TypRule::Exactly("at+jwt".into()),
        }
    }
}

/// Signs and reads access tokens and entity tokens.
pub(crate) struct AccessTokens {
    ring: KeyRing,
    /// The verifiers for the keys that were in the ring last time.
    verifiers: ArcSwap<Verifiers>,
    settings: TokenSettings,
}

/// What verifies under the keys of one number.
struct Verifiers {
    number: u64,
    /// For access and for entity tokens; `None` without keys.
    of_kinds: Option<(Verifier, Verifier)>,
}

impl Verifiers {
    fn new(number: u64, keys: &Keys, settings: &TokenSettings) -> Self {
        let verifiers = |keys: &portcullis_jose::KeySet| {
            let access = Verifier::new(keys.clone(), settings.policy(settings.access_rule()));
            let entity = Verifier::new(keys.clone(), settings.policy(TypRule::Exactly(ENTITY_TYP.into())));
            (access, entity)
        };
        Self {
            number,
            of_kinds: keys.key_set().map(verifiers),
        }
    }
}

/// What a good access token says of a user.
pub(crate) struct Said {
    pub(crate) user: UserId,
    pub(crate) scopes: ScopeSet,
    pub(crate) epoch: u64,
    /// When it ends, since the epoch.
    pub(crate) exp: Duration,
}

impl AccessTokens {
    pub(crate) fn new(ring: KeyRing, settings: TokenSettings) -> Self {
        let present = ring.load();
        let verifiers = Verifiers::new(present.number, &present.keys, &settings);
        drop(present);
        Self {
            ring,
            verifiers: ArcSwap::from_pointee(verifiers),
            settings,
        }
    }

    /// The number of the present keys.
    pub(crate) fn keys_number(&self) -> u64 {
        self.ring.load().number
    }

    pub(crate) fn keys(&self) -> Keys {
        self.ring.keys()
    }

    /// Whether the source of keys, if there is one, found others.
    pub(crate) async fn refresh_keys(&self) -> bool {
        self.ring.refresh().await
    }

    /// The verifiers for the present keys, made anew when those were replaced.
    fn verifiers(&self) -> arc_swap::Guard<Arc<Verifiers>> {
        let verifiers = self.verifiers.load();
        let present = self.ring.load();
        if verifiers.number == present.number {
            return verifiers;
        }
        let anew = Verifiers::new(present.number, &present.keys, &self.settings);
        self.verifiers.store(Arc::new(anew));
        self.verifiers.load()
    }

    fn sign(&self, typ: &str, claims: &Claims<AccessClaims>) -> Result<String, IssueError> {
        let present = self.ring.load();
        let key = present.keys.signing_key().ok_or(IssueError::NoKey)?;
        Ok(key.sign(typ, claims)?)
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
        let subject = Subject::User(user.clone());
        let sub = if self.settings.prefixed {
            subject.to_prefixed()
        } else {
            subject.to_string()
        };
        let typ = match self.settings.typ {
            AccessTokenType::Jwt => "JWT",
            AccessTokenType::AtJwt => "at+jwt",
        };
        let scope = if self.settings.scoped {
            ScopeClaim::Text(scopes.as_str().into())
        } else {
            ScopeClaim::Absent
        };
        let claims = self.claims(sub, AccessClaims::new(scope, epoch), self.settings.lifetime, stamp);
        self.sign(typ, &claims)
    }

    /// Signs an entity token: `scopes` on a thing, for whoever holds it.
    pub(crate) fn issue_entity(
        &self,
        subject: &Subject,
        scopes: &ScopeSet,
        lifetime: Duration,
        stamp: Stamp,
    ) -> Result<String, IssueError> {
        let extra = AccessClaims::new(ScopeClaim::Text(scopes.as_str().into()), 0);
        let claims = self.claims(subject.to_prefixed(), extra, lifetime, stamp);
        self.sign(ENTITY_TYP, &claims)
    }

    fn claims(&self, sub: String, extra: AccessClaims, lifetime: Duration, stamp: Stamp) -> Claims<AccessClaims> {
        let mut claims = Claims::new(extra);
        claims.iss = self.settings.issuer.clone();
        claims.aud = self.settings.audience.clone().into();
        claims.sub = Some(sub);
        claims.iat = Some(stamp.now.into());
        claims.exp = Some(stamp.now.saturating_add(lifetime.as_secs()).into());
        claims.jti = Some(stamp.jti);
        claims
    }

    /// Reads an access token.
    pub(crate) fn verify(&self, token: &str, now: Duration) -> Result<Said, AuthError> {
        let verifiers = self.verifiers();
        let (access, _) = verifiers.of_kinds.as_ref().ok_or(AuthError::NoKeys)?;
        let claims: Claims<AccessClaims> = access.verify(token, now)?;
        let exp = claims.exp_duration().unwrap_or(Duration::ZERO);
        let sub = claims.sub.as_deref().unwrap_or_default();
        let user = self.user_of(sub)?;
        let AccessClaims { scope, scp, epoch } = claims.extra;
        let scope = match scope {
            ScopeClaim::Absent if self.settings.foreign => scp,
            scope => scope,
        };
        let scopes = match scope {
            _ if !self.settings.scoped => ScopeSet::empty(),
            ScopeClaim::Absent => ScopeSet::empty(),
            ScopeClaim::Text(text) => text.split(' ').collect(),
            ScopeClaim::NotText => return Err(AuthError::BadScopeClaim),
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

    /// Reads an entity token.
    pub(crate) fn verify_entity(&self, token: &str, now: Duration) -> Result<(Subject, ScopeSet), AuthError> {
        let verifiers = self.verifiers();
        let (_, entity) = verifiers.of_kinds.as_ref().ok_or(AuthError::NoKeys)?;
        let claims: Claims<AccessClaims> = entity.verify(token, now)?;
        let subject = Subject::parse(claims.sub.as_deref().unwrap_or_default())?;
        match claims.extra.scope {
            ScopeClaim::Absent => Ok((subject, ScopeSet::empty())),
            ScopeClaim::Text(text) => Ok((subject, text.split(' ').collect())),
            ScopeClaim::NotText => Err(AuthError::BadScopeClaim),
        }
    }
}

/// When a token is made and what tells it from every other.
pub(crate) struct Stamp {
    now: u64,
    jti: String,
}

impl Stamp {
    pub(crate) fn new(now: u64, random: &Arc<dyn Random>) -> Result<Self, IssueError> {
        let mut id = [0_u8; 16];
        random.fill(&mut id)?;
        Ok(Self {
            now,
            jti: URL_SAFE_NO_PAD.encode(id),
        })
    }
}
