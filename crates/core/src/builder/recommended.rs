//! What an application wants that need not answer as the recorded chapter does.

use portcullis_password::PasswordRules;

use super::AuthBuilder;
use crate::throttle::MemoryThrottle;
use crate::user::User;

impl<U: User> AuthBuilder<U> {
    /// Slows guessing, as far as this process sees it ([`MemoryThrottle`]), takes no new password that is easily guessed
    /// ([`PasswordRules::recommended`]), and lets no disabled account log in. To be called first: what is chosen behind it
    /// stands in its place, so [`throttle`](Self::throttle) names a store that outlives the process or is shared by several.
    ///
    /// ```
    /// use portcullis_core::jose::{Algorithm, SigningKey};
    /// use portcullis_core::{Account, Auth, MemoryUsers};
    ///
    /// let key = SigningKey::generate(Algorithm::EdDSA)?;
    /// let auth = Auth::<Account>::builder(key, MemoryUsers::new()).recommended().build()?;
    /// assert!(auth.throttle().is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn recommended(self) -> Self {
        self.throttle(MemoryThrottle::new())
            .password_rules(PasswordRules::recommended())
            .refuse_inactive_logins()
    }
}

#[cfg(test)]
mod tests {
    use portcullis_jose::{Algorithm, SigningKey};
    use portcullis_password::{Password, Passwords, Random, RandomError};

    use crate::account::Account;
    use crate::attempt::Attempt;
    use crate::auth::Auth;
    use crate::builder::AuthBuilder;
    use crate::grant::password::{Credentials, LoginError};
    use crate::memory::MemoryUsers;

    /// So that two bytes of two passwords are the same in every run or in none.
    struct Fixed;

    impl Random for Fixed {
        fn fill(&self, dest: &mut [u8]) -> Result<(), RandomError> {
            dest.fill(7);
            Ok(())
        }
    }

    fn builder(disabled: bool) -> AuthBuilder<Account> {
        let passwords = Passwords::recommended();
        let hash = passwords.hash(&Password::from("kqzvt right")).expect("hashed");
        let alice = Account::new("alice").with_password_hash(hash).with_disabled(disabled);
        let key = SigningKey::generate(Algorithm::EdDSA).expect("a key");
        Auth::builder(key, MemoryUsers::from_iter([alice])).random(Fixed)
    }

    async fn log_in(auth: &Auth, password: &str) -> Result<(), LoginError> {
        let credentials = Credentials::new("alice", Password::from(password));
        auth.log_in_for(credentials, None, &Attempt::default()).await.map(drop)
    }

    #[tokio::test]
    async fn guessing_disabled_accounts_and_passwords_that_many_use_are_refused_and_without_it_they_are_not() {
        for (recommended, refused) in [(true, 1), (false, 0)] {
            let of = |disabled| match (builder(disabled), recommended) {
                (builder, true) => builder.recommended().build(),
                (builder, false) => builder.build(),
            };
            let auth = of(false).expect("an Auth");
            let mut throttled = Vec::new();
            for n in 0..6 {
                let outcome = log_in(&auth, &format!("kqzvt {n}")).await;
                throttled.push(matches!(outcome, Err(LoginError::Throttled(_))));
            }
            assert_eq!(throttled.iter().filter(|is| **is).count(), refused);
            let weak = auth.expect_usable(Password::from("password123"), &[]).await;
            assert_eq!(usize::from(weak.is_err()), refused);
            let disabled = log_in(&of(true).expect("an Auth"), "kqzvt right").await;
            assert_eq!(usize::from(disabled.is_err()), refused);
        }
    }
}
