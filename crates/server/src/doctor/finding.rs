//! What a question found.

use serde::Serialize;

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Grade {
    /// As it should be.
    Good,
    /// It works, and could be better.
    Advice,
    /// It does not work, or is not safe.
    Fault,
}

/// An answer. Names of questions stay: programs read them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    pub(crate) check: &'static str,
    pub(crate) grade: Grade,
    /// What was found.
    pub(crate) what: String,
    /// What mends it; empty where nothing needs to.
    pub(crate) remedy: String,
}

/// As it should be.
pub(super) fn good(check: &'static str, what: impl Into<String>) -> Finding {
    Finding {
        check,
        grade: Grade::Good,
        what: what.into(),
        remedy: String::new(),
    }
}

/// It could be better.
pub(super) fn advice(check: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding {
        grade: Grade::Advice,
        remedy: remedy.into(),
        ..good(check, what)
    }
}

/// It does not work, or is not safe.
pub(super) fn fault(check: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding {
        grade: Grade::Fault,
        remedy: remedy.into(),
        ..good(check, what)
    }
}
