//! What a session begins with.

use std::time::Duration;

use zeroize::Zeroizing;

use super::{Inner, SessionParts};
use crate::record_id::{FamilyId, SessionId};
use crate::session::cookie::CookieToken;
use crate::session::error::SessionError;
use crate::session::record::{Digest, Family, FamilyKey, Session, millis, to_the_minute};
use crate::session::request::NewSession;
use crate::session::text::RefreshToken;

/// The first good text of a family.
struct First {
    family: FamilyId,
    key: FamilyKey,
    digest: Option<Digest>,
    network: Option<u32>,
}

impl Inner {
    /// A session, its family and the text of its token.
    pub(super) fn make(&self, new: NewSession<'_>) -> Result<(Session, Family, String), SessionError> {
        let secrets = &self.parts.secrets;
        let token = self.first_token()?;
        let session = self.session_of(&new)?;
        let first = First {
            family: token.family,
            key: token.key,
            digest: token.digest(secrets),
            network: self.network(&token, token.key, new.attempt),
        };
        let family = self.family_of(&session, new, first);
        // The secret that makes tokens is always there.
        let text = token.text(secrets).unwrap_or_default();
        Ok((session, family, text))
    }

    /// The same where a cookie carries the session: the family is one that no refresh token opens.
    pub(super) fn make_for_cookie(&self, new: NewSession<'_>) -> Result<(Session, Family, String), SessionError> {
        let secrets = &self.parts.secrets;
        let RefreshToken {
            key, family, secret, ..
        } = self.first_token()?;
        let cookie = CookieToken { key, family, secret };
        let session = self.session_of(&new)?;
        let first = First {
            family,
            key,
            digest: cookie.digest(secrets),
            network: None,
        };
        let family = self.family_of(&session, new, first);
        Ok((session, family, cookie.text(secrets).unwrap_or_default()))
    }

    /// A token of a new family, whose secret is random: those after it follow from it.
    fn first_token(&self) -> Result<RefreshToken, SessionError> {
        let SessionParts { secrets, random, .. } = &self.parts;
        let mut secret = Zeroizing::new([0; 32]);
        random.fill(&mut *secret)?;
        Ok(RefreshToken {
            key: secrets.current(),
            family: FamilyId::generate(self.now(), &**random)?,
            generation: 0,
            secret,
        })
    }

    fn session_of(&self, new: &NewSession<'_>) -> Result<Session, SessionError> {
        let SessionParts { settings, random, .. } = &self.parts;
        let now = self.now();
        Ok(Session {
            id: SessionId::generate(now, &**random)?,
            user: new.user.clone(),
            epoch: new.epoch,
            client: new.client.clone(),
            label: String::new(),
            agent: new.attempt.agent.clone(),
            created: millis(now),
            first_address: new.attempt.peer,
            last_address: new.attempt.peer,
            seen: to_the_minute(now),
            ends: millis(now.saturating_add(new.lifetime.unwrap_or(Duration::MAX).min(settings.absolute))),
            ended: None,
        })
    }

    fn family_of(&self, session: &Session, new: NewSession<'_>, first: First) -> Family {
        let now = self.now();
        Family {
            id: first.family,
            session: session.id,
            user: session.user.clone(),
            client: session.client.clone(),
            scopes: new.scopes,
            audience: new.audience,
            epoch: session.epoch,
            generation: 0,
            key: first.key,
            digest: first.digest.unwrap_or(Digest([0; 32])),
            parent: None,
            nonce: [0; 16],
            rotated: millis(now),
            idle: self.idle(now, session.ends),
            ends: session.ends,
            confirmed: false,
            late: false,
            network: first.network,
            ended: None,
        }
    }

    /// When a family that is used now ends if it is not used again.
    pub(super) fn idle(&self, now: Duration, ends: u64) -> u64 {
        millis(now.saturating_add(self.parts.settings.idle)).min(ends)
    }
}
