//! Making tokens: which claims go in, and what signs them.

use portcullis_jose::{Claims, SigningKey};

use super::Tokens;
use super::claims::{AccessClaims, Origin, ScopeClaim};
use super::stamp::Stamp;
use crate::issue_error::IssueError;
use crate::keys::Keys;
use crate::scope::ScopeSet;
use crate::subject::Subject;
use crate::token_kind::TokenKind;

/// What an access token is to say.
pub(crate) struct Access<'a> {
    /// Who it speaks for.
    pub(crate) subject: &'a Subject,
    pub(crate) scopes: &'a ScopeSet,
    /// The user's; 0 for whoever has none.
    pub(crate) epoch: u64,
    pub(crate) origin: Origin,
    /// Whom it is for, if not for us.
    pub(crate) audience: Option<&'a str>,
}

impl Tokens {
    fn sign(&self, kind: &TokenKind, claims: &Claims<AccessClaims>) -> Result<String, IssueError> {
        let present = self.ring.load();
        Ok(self.signing_key(&present.keys)?.sign(kind.typ, claims)?)
    }

    /// The key that signs, unless it is known to have ended: nobody would take what it signs.
    fn signing_key<'a>(&self, keys: &'a Keys) -> Result<&'a SigningKey, IssueError> {
        let ended = |id: &str| self.ended.as_ref().is_some_and(|ended| ended.ends_key(id));
        let key = keys.signing_key().ok_or(IssueError::NoKey)?;
        match key.key_id().is_some_and(ended) {
            true => Err(IssueError::NoKey),
            false => Ok(key),
        }
    }

    /// Whether there is a key to sign with. Where the present one has ended, its successor is looked for.
    pub(crate) async fn expect_a_key(&self) -> Result<(), IssueError> {
        if !self.can_sign() {
            // Whoever cannot look has no key either.
            let _ = self.ring.refresh().await;
        }
        self.signing_key(&self.ring.load().keys).map(|_| ())
    }

    /// Whether there is a key to sign with at this moment.
    pub(crate) fn can_sign(&self) -> bool {
        self.signing_key(&self.ring.load().keys).is_ok()
    }

    /// Signs an access token for a user.
    pub(crate) fn issue(&self, access: Access<'_>, stamp: Stamp) -> Result<String, IssueError> {
        let kind = &self.kinds.access;
        let mut claims = self.claims(kind, access.subject, access.scopes, stamp);
        claims.extra.epoch = access.epoch;
        claims.extra.origin = access.origin;
        if let Some(audience) = access.audience {
            claims.aud = Some(audience.to_owned()).into();
        }
        self.sign(kind, &claims)
    }

    /// How an access token spells whom it speaks for, wherever else that is told.
    pub(crate) fn sub_of(&self, subject: &Subject) -> String {
        spelled(&self.kinds.access, subject)
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
        // A client has its own even where the application declares none for users.
        let scope = match kind.scoped || !scopes.is_empty() {
            true => ScopeClaim::Text(scopes.as_str().into()),
            false => ScopeClaim::Absent,
        };
        let mut claims = Claims::new(AccessClaims::new(scope));
        claims.iss = self.settings.issuer.clone();
        claims.aud = kind.audience.clone().into();
        claims.sub = Some(spelled(kind, subject));
        let lifetime = kind
            .lifetime
            .map_or(stamp.lifetime, |lifetime| lifetime.min(stamp.lifetime));
        claims.iat = Some(stamp.now.into());
        claims.exp = Some(stamp.now.saturating_add(lifetime.as_secs()).into());
        claims.jti = Some(stamp.jti);
        claims
    }
}

/// The `sub` of a token of this kind.
fn spelled(kind: &TokenKind, subject: &Subject) -> String {
    match kind.prefixed {
        true => subject.to_prefixed(),
        false => subject.to_string(),
    }
}
