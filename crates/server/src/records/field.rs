//! What a column can be, and what users log in with.

use super::states::State;

/// A field that a file may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Username,
    Email,
    FullName,
    GivenName,
    FamilyName,
    State(State),
    Scopes,
    Hash,
    Salt,
    Algorithm,
    Id,
    TokenEpoch,
    /// JSON, as our own export writes them.
    Logins,
}

impl Field {
    /// Whether several columns may be it.
    pub(super) fn is_state(self) -> bool {
        matches!(self, Self::State(_))
    }
}

/// What users log in with where the file comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct LogIn {
    /// With their e-mail address too, in any case.
    pub(crate) by_email: bool,
    /// With the name in letters of any case.
    pub(crate) any_case: bool,
}
