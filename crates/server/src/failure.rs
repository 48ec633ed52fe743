//! What a command says when it fails: one sentence what is wrong, one what to do, and the causes between.

use std::error::Error;
use std::fmt::{self, Write as _};

use crate::shown::Shown;

/// How a command ended badly.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    remedy: String,
    cause: Option<Box<dyn Error + Send + Sync>>,
    code: u8,
}

impl Failure {
    /// Something failed: exit code 1.
    pub(crate) fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            remedy: remedy.into(),
            cause: None,
            code: 1,
        }
    }

    /// It was asked in a way that cannot be understood: exit code 2.
    pub(crate) fn usage(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            code: 2,
            ..Self::new(what, remedy)
        }
    }

    /// The same with the error that lies behind it. Its text is printed: it must hold no secret.
    pub(crate) fn because(self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            cause: Some(cause.into()),
            ..self
        }
    }

    /// The same where something else is to be done.
    pub(crate) fn advising(self, remedy: impl Into<String>) -> Self {
        Self {
            remedy: remedy.into(),
            ..self
        }
    }

    /// What is wrong, and the causes of it.
    pub(crate) fn sentence(&self) -> String {
        let mut what = self.what.clone();
        let mut cause: Option<&dyn Error> = self.cause.as_ref().map(|cause| &**cause as &dyn Error);
        while let Some(error) = cause {
            let sentence = error.to_string();
            // Some errors repeat their cause in their own text.
            if !what.contains(&sentence) {
                let _ = write!(what, ": {sentence}");
            }
            cause = error.source();
        }
        what
    }

    /// What to do.
    pub(crate) fn remedy(&self) -> &str {
        &self.remedy
    }

    /// The exit code.
    pub(crate) fn code(&self) -> u8 {
        self.code
    }
}

impl From<&Failure> for Shown {
    fn from(failure: &Failure) -> Self {
        let mut shown = Self::from(format!("error: {}", failure.sentence()));
        if !failure.remedy.is_empty() {
            shown.line(format!("  {}", failure.remedy));
        }
        shown
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Shown::from(self).fmt(f)
    }
}

/// Shorthand for results of commands.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Gives an error its sentence and its remedy.
pub(crate) trait OrFail<T> {
    /// On an error: what is wrong, and what to do.
    fn or_fail(self, what: impl Into<String>, remedy: impl Into<String>) -> Outcome<T>;
}

impl<T, E: Into<Box<dyn Error + Send + Sync>>> OrFail<T> for Result<T, E> {
    fn or_fail(self, what: impl Into<String>, remedy: impl Into<String>) -> Outcome<T> {
        self.map_err(|cause| Failure::new(what, remedy).because(cause))
    }
}

impl<T> OrFail<T> for Option<T> {
    fn or_fail(self, what: impl Into<String>, remedy: impl Into<String>) -> Outcome<T> {
        self.ok_or_else(|| Failure::new(what, remedy))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_causes_stand_between_what_is_wrong_and_what_to_do() {
        let cause = std::io::Error::other("permission denied");
        let failure = Failure::new("the key cannot be read", "Run it as the owner.").because(cause);
        assert_eq!(
            failure.to_string(),
            "error: the key cannot be read: permission denied\n  Run it as the owner."
        );
        assert_eq!(failure.code(), 1);
    }

    #[test]
    fn what_an_error_quotes_cannot_steer_the_terminal() {
        let text = Failure::usage("unknown \u{1b}[31m", "").to_string();
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }
}
