//! Our access token: which claims go in, and what must hold when it comes back.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_jose::{Claims, ExtraClaims, KeySet, Policy, PolicyError, SigningKey, TypRule, Verifier};
use portcullis_password::Random;
use serde::de::MapAccess;
use serde::ser::SerializeMap;

use crate::auth::{AuthError, IssueError};
use crate::entity::ENTITY_TYP;
use crate::scope::ScopeSet;
use crate::subject::Subject;
use crate::user::UserId;

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
}

/// Signs and reads access tokens and entity tokens.
pub(crate) struct AccessTokens {
    key: SigningKey,
    access: Verifier,
    entity: Verifier,
    settings: TokenSettings,
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
    pub(crate) fn new(
        key: SigningKey,
        also: Vec<portcullis_jose::VerifyingKey>,
        settings: TokenSettings,
    ) -> Result<Self, PolicyError> {
        let mut keys = vec![key.verifying_key()];
        keys.extend(also);
        // Ours alone: while a deployment moves from HS256 to another algorithm, tokens of both are good.
        let keys = KeySet::of_own_keys_mixed(keys)?;
        let rule = match settings.typ {
            AccessTokenType::Jwt => TypRule::JwtOrAbsent,
            AccessTokenType::AtJwt => TypRule::Exactly("at+jwt".into()),
        };
        let policy = |rule| {
            let mut policy = Policy::new(rule);
            if let Some(issuer) = &settings.issuer {
                policy = policy.issuer(issuer);
            }
            if let Some(audience) = &settings.audience {
                policy = policy.audience(audience);
            }
            policy
        };
        let access = Verifier::new(keys.clone(), policy(rule));
        let entity = Verifier::new(keys, policy(TypRule::Exactly(ENTITY_TYP.into())));
        Ok(Self {
            key,
            access,
            entity,
            settings,
        })
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
        let claims = self.claims(sub, AccessClaims { scope, epoch }, self.settings.lifetime, stamp);
        Ok(self.key.sign(typ, &claims)?)
    }

    /// Signs an entity token: `scopes` on a thing, for whoever holds it.
    pub(crate) fn issue_entity(
        &self,
        subject: &Subject,
        scopes: &ScopeSet,
        lifetime: Duration,
        stamp: Stamp,
    ) -> Result<String, IssueError> {
        let extra = AccessClaims {
            scope: ScopeClaim::Text(scopes.as_str().into()),
            epoch: 0,
        };
        let claims = self.claims(subject.to_prefixed(), extra, lifetime, stamp);
        Ok(self.key.sign(ENTITY_TYP, &claims)?)
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
        let claims: Claims<AccessClaims> = self.access.verify(token, now)?;
        let exp = claims.exp_duration().unwrap_or(Duration::ZERO);
        let sub = claims.sub.as_deref().unwrap_or_default();
        let user = match Subject::parse(sub)? {
            // Only the spelling that we write ourselves, unless the prefix is in use: one token, one spelling.
            Subject::User(id) if self.settings.prefixed || !sub.contains(':') || id.as_str().contains(':') => id,
            _ => return Err(AuthError::WrongSubject),
        };
        let scopes = match claims.extra.scope {
            _ if !self.settings.scoped => ScopeSet::empty(),
            ScopeClaim::Absent => ScopeSet::empty(),
            ScopeClaim::Text(text) => text.split(' ').collect(),
            ScopeClaim::NotText => return Err(AuthError::BadScopeClaim),
        };
        Ok(Said {
            user,
            scopes,
            epoch: claims.extra.epoch,
            exp,
        })
    }

    /// Reads an entity token.
    pub(crate) fn verify_entity(&self, token: &str, now: Duration) -> Result<(Subject, ScopeSet), AuthError> {
        let claims: Claims<AccessClaims> = self.entity.verify(token, now)?;
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

/// The claims of ours beside the registered ones: `scope` (RFC 8693 §4.2) and `epoch`, the user's
/// [`token_epoch`](crate::User::token_epoch) when the token was made; absent means 0.
#[derive(Default)]
struct AccessClaims {
    scope: ScopeClaim,
    epoch: u64,
}

#[derive(Default)]
enum ScopeClaim {
    #[default]
    Absent,
    Text(String),
    /// Something else than a string: ignored where scopes are not in use, refused where they are.
    NotText,
}

impl ExtraClaims for AccessClaims {
    fn claim<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        match name {
            "scope" => {
                self.scope = match map.next_value::<serde_json::Value>()? {
                    serde_json::Value::String(text) => ScopeClaim::Text(text),
                    _ => ScopeClaim::NotText,
                }
            }
            "epoch" => self.epoch = map.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        if let ScopeClaim::Text(text) = &self.scope {
            map.serialize_entry("scope", text)?;
        }
        if self.epoch != 0 {
            map.serialize_entry("epoch", &self.epoch)?;
        }
        Ok(())
    }
}
