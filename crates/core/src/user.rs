//! What Portcullis asks of a user; the model itself stays the application's.

use std::fmt;
use std::sync::{Arc, LazyLock};

use portcullis_password::HashString;
use sha2::{Digest as _, Sha256};

use crate::scope::ScopeSet;

/// What identifies a user for as long as the account lives; it is what a token's `sub` says.
///
/// Any text without control characters, of 1 to [`UserId::MAX_LEN`] bytes. In the supplied stores it is the login name.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(Arc<str>);

impl UserId {
    /// The longest id in bytes.
    pub const MAX_LEN: usize = 255;

    /// Wraps an id as it is; nothing is trimmed or folded.
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserId({:?})", self.as_str())
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<&str> for UserId {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

impl From<String> for UserId {
    fn from(id: String) -> Self {
        Self::new(id)
    }
}

/// The joint to an application's own user model.
///
/// Implement it for whatever the application already has. A clone is made for every guarded request that names the
/// user, so a model with much text is best kept behind an `Arc`.
pub trait User: Clone + Send + Sync + 'static {
    /// The stable id that tokens carry in `sub`.
    fn id(&self) -> UserId;

    /// The stored password hash; `None` for an account that has none (it can then not log in with a password, and a
    /// try costs as much time as a wrong password).
    fn password_hash(&self) -> Option<&HashString>;

    /// Whether the account may act. A disabled account is refused by `ActiveUser` and `Scoped`.
    fn is_active(&self) -> bool;

    /// What the account may be granted; a token never gives more than this, even if it says so. Nothing by default.
    fn scopes(&self) -> &ScopeSet {
        static NOTHING: LazyLock<ScopeSet> = LazyLock::new(ScopeSet::empty);
        &NOTHING
    }

    /// Counts up when older tokens are to end (a changed password, "log out everywhere"). A token is good only while
    /// its epoch equals this. The default never ends them; a model without such a number can answer with [`epoch_of`].
    fn token_epoch(&self) -> u64 {
        0
    }
}

/// A [`User::token_epoch`] for models that have no number for it: another one with another stored hash, so that tokens end with
/// the password. They also end, once, when a login makes the hash anew for the same password.
pub fn epoch_of(hash: &HashString) -> u64 {
    let digest = Sha256::new()
        .chain_update(b"portcullis epoch of a hash\0")
        .chain_update(hash.as_str())
        .finalize();
    // 48 bits: a whole number that every JSON reader keeps.
    digest
        .iter()
        .take(6)
        .fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_hash_is_another_epoch_and_the_same_one_the_same() {
        let [one, other] = ["$2b$12$a", "$2b$12$b"].map(HashString::new);
        assert_ne!(epoch_of(&one), epoch_of(&other));
        assert_eq!(epoch_of(&one), epoch_of(&one.clone()));
        assert!(epoch_of(&one) < 1 << 48);
    }
}
