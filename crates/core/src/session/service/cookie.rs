//! Sessions that a cookie carries.
//!
//! Such a session has a family like any other, which its cookie opens as it is, from the first to the last request: nothing
//! is refreshed, for nothing else knows it. What a refresh does for a family's life a use does, but not each one.

use std::time::Duration;

use portcullis_password::RandomError;

use super::{Inner, Sessions};
use crate::session::cookie::CookieToken;
use crate::session::error::SessionError;
use crate::session::record::{Family, Rotation, Session, millis};
use crate::session::request::{BegunCookie, NewSession};
use crate::session::told::logged_in;
use crate::store::StoreError;

/// A use is written once in such a part of the time after which an unused session ends: so it ends that much earlier at most.
const PART: u32 = 16;

impl Sessions {
    /// Begins a session that a cookie carries.
    ///
    /// # Errors
    /// No randomness, or the store fails.
    pub(crate) async fn begin_for_cookie(&self, new: NewSession<'_>) -> Result<BegunCookie, SessionError> {
        self.keep();
        let attempt = new.attempt;
        let (session, family, text) = self.inner.make_for_cookie(new)?;
        let act = self.inner.act(|| logged_in(&session, &family, attempt));
        act.begin(&session, &family).await?;
        act.happened(true).await;
        Ok(BegunCookie {
            session: session.id,
            text,
        })
    }

    /// A cookie, if it was made here; nothing is looked up.
    pub(crate) fn cookie(&self, text: &str) -> Option<CookieToken> {
        CookieToken::parse(text, &self.inner.parts.secrets)
    }

    /// The session of a cookie, with what it may do, if it lives. That it is used is written now and then, and makes it live
    /// longer.
    ///
    /// # Errors
    /// The store cannot say.
    pub(crate) async fn of_cookie(&self, cookie: &CookieToken) -> Result<Option<(Family, Session)>, StoreError> {
        let now = self.inner.now();
        let digest = cookie.digest(&self.inner.parts.secrets);
        let found = self.inner.store.family(cookie.family).await?;
        let found = found.filter(|(family, session)| {
            session.lives(millis(now)) && family.lives(millis(now)) && digest == Some(family.digest)
        });
        if let Some((family, _)) = &found {
            self.inner.live_longer(family, now).await;
        }
        Ok(found)
    }

    /// What a page of the session proves with that a request is its own.
    ///
    /// # Errors
    /// No randomness.
    pub(crate) fn proof_of(&self, cookie: &CookieToken) -> Result<Option<String>, RandomError> {
        cookie.proof(&self.inner.parts.secrets, &*self.inner.parts.random)
    }

    /// Whether a text is what a page of the session proves that with.
    pub(crate) fn is_proven_by(&self, cookie: &CookieToken, text: &str) -> bool {
        cookie.is_proven_by(text, &self.inner.parts.secrets)
    }
}

impl Inner {
    /// Lets an unused family end later, where that is worth a write. Whoever was faster, or ended it, was right; and a store
    /// that cannot write now is asked again at the next look.
    async fn live_longer(&self, family: &Family, now: Duration) {
        let idle = self.idle(now, family.ends);
        let part = self.parts.settings.idle.checked_div(PART).unwrap_or_default();
        if idle < family.idle.saturating_add(millis(part)) || idle == family.idle {
            return;
        }
        let next = Rotation {
            key: family.key,
            digest: family.digest,
            nonce: family.nonce,
            rotated: millis(now),
            idle,
            network: family.network,
        };
        if let Err(error) = self.store.rotate(family, &next).await {
            tracing::warn!(%error, "that a session was used could not be written");
        }
    }
}
