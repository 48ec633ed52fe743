//! Tokens of an issuer that are good and yet refused: a setting here or there is wrong, and somebody should know.

use std::error::Error as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use portcullis_jose::VerifyError;

use crate::auth_error::AuthError;

/// How often, at most, it is told, in milliseconds.
const TELL_EVERY: u64 = 60_000;

/// Tells of such tokens once a minute, whoever sends how many.
pub(crate) struct Trouble {
    /// Whose tokens; `None`: our own, of which nobody has others.
    issuer: Option<String>,
    /// When it is told again, in milliseconds since the epoch.
    next: AtomicU64,
}

impl Trouble {
    pub(crate) fn silent() -> Self {
        Self {
            issuer: None,
            next: AtomicU64::new(0),
        }
    }

    pub(crate) fn of_issuer(issuer: String) -> Self {
        Self {
            issuer: Some(issuer),
            ..Self::silent()
        }
    }

    /// Tells of a refusal that the settings may be the reason for, if it is time.
    pub(crate) fn tell(&self, error: &AuthError, now: Duration) {
        let Some(issuer) = self.issuer.as_ref().filter(|_| is_of_settings(error)) else {
            return;
        };
        if self.is_due(now) {
            let cause = error.source().map(ToString::to_string);
            tracing::warn!(issuer, %error, cause, "a token is refused, and others may be: do the settings fit the issuer?");
        }
    }

    fn is_due(&self, now: Duration) -> bool {
        let now = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        let next = self.next.load(Ordering::Relaxed);
        // A clock that was set back must not silence it for long.
        let due = now >= next || next.saturating_sub(now) > TELL_EVERY;
        let later = now.saturating_add(TELL_EVERY);
        let exchanged = |next| {
            self.next
                .compare_exchange(next, later, Ordering::Relaxed, Ordering::Relaxed)
        };
        due && exchanged(next).is_ok()
    }
}

/// Whether it is no stranger's doing. All but the first are seen behind a good signature alone.
fn is_of_settings(error: &AuthError) -> bool {
    match error {
        AuthError::Invalid(cause) => matches!(
            cause,
            VerifyError::TooLong
                | VerifyError::Typ
                | VerifyError::Issuer
                | VerifyError::Audience
                | VerifyError::Missing(_)
                | VerifyError::ClaimType(_)
                | VerifyError::NotYet
                | VerifyError::FromTheFuture
        ),
        AuthError::BadScopeClaim | AuthError::WrongClient | AuthError::WrongSubject => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_once_a_minute_also_by_a_clock_that_was_set_back() {
        let trouble = Trouble::of_issuer("https://login.example.com".to_owned());
        let due = |seconds| trouble.is_due(Duration::from_secs(seconds));
        assert!(due(1_000) && !due(1_000) && !due(1_059));
        assert!(due(1_060) && !due(1_119));
        assert!(due(10) && !due(69));
    }

    #[test]
    fn what_a_stranger_can_send_is_not_told() {
        for cause in [
            VerifyError::Signature,
            VerifyError::UnknownKey,
            VerifyError::Segments,
            VerifyError::Expired,
        ] {
            assert!(!is_of_settings(&AuthError::Invalid(cause)));
        }
        assert!(is_of_settings(&AuthError::Invalid(VerifyError::Audience)));
    }
}
