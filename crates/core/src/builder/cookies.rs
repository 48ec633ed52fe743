//! The choices about cookies.

use std::time::Duration;

use super::AuthBuilder;
use crate::cookies::{Cookies, CookiesError, SessionCookie};
use crate::user::User;

impl<U: User> AuthBuilder<U> {
    /// Lets a cookie carry the sessions of browsers: whoever logs in with a page of the application has their session in
    /// `__Host-session`, and the guards take it in place of a token. They look themselves whether a change was asked for by a
    /// page of the application. Needs [`sessions`](Self::sessions), and to know where browsers find it:
    /// [`Cookies::public_url`], or else [`public_url`](Self::public_url), or else the issuer's address.
    ///
    /// ```
    /// use portcullis_core::jose::{Algorithm, SigningKey};
    /// use portcullis_core::{Account, Auth, Cookies, MemorySessions, MemoryUsers};
    ///
    /// let auth = Auth::<Account>::builder(SigningKey::generate(Algorithm::EdDSA)?, MemoryUsers::new())
    ///     .sessions(MemorySessions::new())
    ///     .cookies(Cookies::lax().public_url("https://notes.example.com"))
    ///     .build()?;
    /// assert_eq!(auth.cookies().map(|cookie| cookie.name()), Some("__Host-session"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn cookies(mut self, cookies: Cookies) -> Self {
        self.kept.cookies = Some(cookies);
        self
    }
}

/// What follows from the choice, where sessions are kept.
pub(super) fn settle(
    cookies: Cookies,
    sessions: bool,
    (base, lifetime): (Option<&str>, Duration),
) -> Result<SessionCookie, CookiesError> {
    match sessions {
        true => cookies.settled(base, lifetime),
        false => Err(CookiesError::NoSessions),
    }
}
