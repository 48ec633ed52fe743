//! How a test fails.

use std::fmt::Display;

/// Fails the test with a sentence.
///
/// # Panics
/// Always.
#[track_caller]
#[allow(
    clippy::panic,
    reason = "this crate is linked into tests alone, and this is how those fail"
)]
pub(crate) fn fail(why: impl Display) -> ! {
    panic!("{why}")
}

/// What a test cannot go on without.
pub(crate) trait OrFail<T> {
    /// It, or the test fails with what could not be done, and why.
    fn or_fail(self, what: &str) -> T;
}

impl<T, E: Display> OrFail<T> for Result<T, E> {
    #[track_caller]
    fn or_fail(self, what: &str) -> T {
        self.unwrap_or_else(|error| fail(format!("{what}: {error}")))
    }
}

impl<T> OrFail<T> for Option<T> {
    #[track_caller]
    fn or_fail(self, what: &str) -> T {
        self.unwrap_or_else(|| fail(what))
    }
}
