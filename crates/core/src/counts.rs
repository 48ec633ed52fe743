//! What was done since the start, counted: for who watches the program.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::auth_error::{AuthError, CookieRefusal};
use crate::durations::DurationsBy;
use crate::grant::password::LoginError;
use crate::grant::refresh_token::RefreshGrantError;
use crate::session::{RefreshError, RefreshRefusal};
use portcullis_jose::VerifyError;

/// A counter for each of a few names that never change, the last of them for everything else. To count is one atomic step.
#[derive(Debug)]
pub struct Counters<const N: usize> {
    names: [&'static str; N],
    counts: [AtomicU64; N],
}

impl<const N: usize> Counters<N> {
    /// All at zero.
    pub fn new(names: [&'static str; N]) -> Self {
        Self {
            names,
            counts: [const { AtomicU64::new(0) }; N],
        }
    }

    /// Counts one more.
    pub fn add(&self, name: &str) {
        let at = self.names.iter().position(|known| *known == name);
        if let Some(count) = self.counts.get(at.unwrap_or(N.saturating_sub(1))) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How often this name was counted.
    pub fn count(&self, name: &str) -> u64 {
        self.read()
            .find(|(known, _)| *known == name)
            .map_or(0, |(_, count)| count)
    }

    /// The names and how often each was counted.
    pub fn read(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let counts = self.counts.iter().map(|count| count.load(Ordering::Relaxed));
        self.names.into_iter().zip(counts)
    }
}

/// How logins end.
const LOGIN_ENDS: [&str; 6] = ["success", "refused", "scope", "throttled", "busy", "failed"];

/// What an [`Auth`](crate::Auth) did since it was made. The names are few and stay: nothing that a client sends is among
/// them.
#[derive(Debug)]
pub struct Counts {
    /// How logins with a name and a password ended: `success`; `refused` for a wrong name or password; `scope`,
    /// `throttled`, `busy`, `failed`.
    pub logins: Counters<6>,
    /// How long they took, by the same names.
    pub login_durations: DurationsBy,
    /// Access tokens that were given, by the name of the grant.
    pub issued: Counters<3>,
    /// Access and refresh tokens that were refused, by the reason.
    pub refused: Counters<15>,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            logins: Counters::new(LOGIN_ENDS),
            login_durations: DurationsBy::new(LOGIN_ENDS),
            issued: Counters::new(["password", "refresh_token", "client_credentials"]),
            refused: Counters::new([
                "expired",
                "unknown_key",
                "signature",
                "revoked",
                "ended",
                "gone",
                "api_key",
                "not_known_now",
                "refresh_unknown",
                "refresh_ended",
                "refresh_reuse",
                "refresh_user_changed",
                "refresh_other_client",
                "refresh_scope",
                "other",
            ]),
        }
    }
}

impl Counts {
    /// A login that ended so, after this time.
    pub(crate) fn login<T>(&self, result: &Result<T, LoginError>, took: Duration) {
        if result.is_ok() {
            self.issued.add("password");
        }
        self.password_tried(result, took);
    }

    /// A password that was looked at, whatever it was for.
    pub(crate) fn password_tried<T>(&self, result: &Result<T, LoginError>, took: Duration) {
        let end = match result {
            Ok(_) => "success",
            Err(error) => error.class(),
        };
        self.logins.add(end);
        self.login_durations.add(end, took);
    }

    /// An access token that was refused.
    pub(crate) fn access_refused(&self, error: &AuthError) {
        self.refused.add(match error {
            AuthError::Invalid(VerifyError::Expired) => "expired",
            AuthError::Invalid(VerifyError::UnknownKey) => "unknown_key",
            AuthError::Invalid(VerifyError::Signature) => "signature",
            AuthError::Revoked => "revoked",
            AuthError::Ended | AuthError::Cookie(CookieRefusal::Ended) => "ended",
            AuthError::Gone => "gone",
            AuthError::ApiKey(_) => "api_key",
            // It may be a client's, and is asked for as such next.
            AuthError::WrongSubject => return,
            AuthError::Store(_) | AuthError::NoKeys | AuthError::Stale { .. } => "not_known_now",
            _ => "other",
        });
    }

    /// A refresh that ended so.
    pub(crate) fn refresh<T>(&self, result: &Result<T, RefreshGrantError>) {
        let error = match result {
            Ok(_) => return self.issued.add("refresh_token"),
            Err(RefreshGrantError::Refresh(error)) => error,
            Err(_) => return self.refused.add("not_known_now"),
        };
        self.refused.add(match error {
            RefreshError::Refused(RefreshRefusal::NotOurs | RefreshRefusal::Unknown) => "refresh_unknown",
            RefreshError::Refused(RefreshRefusal::Ended) => "refresh_ended",
            RefreshError::Refused(RefreshRefusal::Replay) => "refresh_reuse",
            RefreshError::Refused(RefreshRefusal::UserChanged) => "refresh_user_changed",
            RefreshError::Refused(RefreshRefusal::OtherClient) => "refresh_other_client",
            RefreshError::InvalidScope => "refresh_scope",
            RefreshError::Refused(_) => "other",
            RefreshError::Busy | RefreshError::Random(_) | RefreshError::Store(_) => "not_known_now",
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_none_is_counted_with_the_last() {
        let counters = Counters::new(["a", "other"]);
        for name in ["a", "b", "a", "other", ""] {
            counters.add(name);
        }
        assert_eq!(counters.read().collect::<Vec<_>>(), [("a", 2), ("other", 3)]);
    }

    #[test]
    fn every_reason_has_its_name_and_no_name_comes_from_outside() {
        let counts = Counts::default();
        counts.access_refused(&AuthError::Invalid(VerifyError::Expired));
        counts.access_refused(&AuthError::WrongSubject);
        counts.access_refused(&AuthError::BadScopeClaim);
        counts.refresh::<()>(&Err(RefreshGrantError::Refresh(RefreshRefusal::Replay.into())));
        counts.login::<()>(&Err(LoginError::Refused), Duration::ZERO);
        counts.login(&Ok(()), Duration::from_millis(7));
        let found = ["expired", "other", "refresh_reuse", "signature"].map(|name| counts.refused.count(name));
        assert_eq!(found, [1, 1, 1, 0]);
        let logins: Vec<_> = counts.logins.read().filter(|(_, count)| *count > 0).collect();
        assert_eq!(logins, [("success", 1), ("refused", 1)]);
        let durations = counts
            .login_durations
            .read()
            .next()
            .map(|(name, of)| (name, of.count(), of.sum()));
        assert_eq!(durations, Some(("success", 1, Duration::from_millis(7))));
    }
}
