//! The choices about passwords.

use portcullis_password::{PasswordRules, Passwords};

use super::AuthBuilder;
use crate::breached::BreachedPasswords;
use crate::hashing::GateSettings;
use crate::user::User;

impl<U: User> AuthBuilder<U> {
    /// How passwords are hashed and which stored hashes are accepted; [`Passwords::recommended`] by default.
    #[must_use]
    pub fn passwords(mut self, passwords: Passwords) -> Self {
        self.passwords = passwords;
        self
    }

    /// Threads, queue and memory of the hashing pool.
    #[must_use]
    pub fn hashing(mut self, settings: GateSettings) -> Self {
        self.gate = settings;
        self
    }

    /// What new passwords must be, wherever one is set: by [`Accounts`](crate::Accounts), or by what asks
    /// [`Auth::expect_usable`](crate::Auth::expect_usable). By default a length of 8 and no more; those to take are
    /// [`PasswordRules::recommended`].
    #[must_use]
    pub fn password_rules(mut self, rules: PasswordRules) -> Self {
        self.password_rules = rules;
        self
    }

    /// Refuses new passwords that stand in this set, and tells in the log (`password_breached` under `portcullis::event`) who
    /// logs in with one. Ask [`BreachedPasswords::len`] at the start: what cannot be read later bars nobody.
    #[must_use]
    pub fn breached_passwords(mut self, set: BreachedPasswords) -> Self {
        self.breached = Some(set);
        self
    }
}
