//! What a session begins with.

use zeroize::Zeroizing;

use super::{Inner, SessionParts};
use crate::record_id::{FamilyId, SessionId};
use crate::session::error::SessionError;
use crate::session::record::{Digest, Family, Session, millis, to_the_minute};
use crate::session::request::NewSession;
use crate::session::text::RefreshToken;

impl Inner {
    /// A session, its family and the text of its token.
    pub(super) fn make(&self, new: NewSession<'_>) -> Result<(Session, Family, String), SessionError> {
        let SessionParts { secrets, settings, .. } = &self.parts;
        let now = self.now();
        let token = self.first_token()?;
        let session = self.session_of(&new)?;
        let family = Family {
            id: token.family,
            session: session.id,
            user: session.user.clone(),
            client: session.client.clone(),
            scopes: new.scopes,
            audience: new.audience,
            epoch: session.epoch,
            generation: token.generation,
            key: token.key,
            digest: token.digest(secrets).unwrap_or(Digest([0; 32])),
            parent: None,
            nonce: [0; 16],
            rotated: millis(now),
            idle: millis(now.saturating_add(settings.idle)).min(session.ends),
            ends: session.ends,
            confirmed: false,
            late: false,
            network: self.network(&token, token.key, new.attempt),
            ended: None,
        };
        // The secret that makes tokens is always there.
        let text = token.text(secrets).unwrap_or_default();
        Ok((session, family, text))
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
            ends: millis(now.saturating_add(settings.absolute)),
            ended: None,
        })
    }
}
