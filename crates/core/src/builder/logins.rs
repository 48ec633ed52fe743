//! The choices about who may log in with a password.

use super::AuthBuilder;
use crate::user::User;

impl<U: User> AuthBuilder<U> {
    /// Takes no names and passwords at `POST /token` any more (RFC 9700 §2.4 advises against that grant): who has a
    /// session goes on refreshing it.
    #[must_use]
    pub fn without_password_grant(mut self) -> Self {
        self.password_grant = false;
        self
    }

    /// Refuses a disabled account at login already, with the answer of a wrong password and at its cost, whatever the
    /// answers that are mounted say. Without it the account gets a token under the chapter's answers, and is refused by
    /// every route that asks for an active user.
    #[must_use]
    pub fn refuse_inactive_logins(mut self) -> Self {
        self.refuse_inactive = true;
        self
    }
}
