//! What an API key may be.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::scope::ScopeSet;

/// How many keys that are good a user has at most.
pub const API_KEYS_MAX: usize = 50;

/// How many keys a user makes in an hour at most: each is kept for a while, also where it ends at once.
pub const API_KEYS_AN_HOUR: usize = 100;

/// The longest name, in characters.
pub const API_KEY_NAME_MAX: usize = 100;

/// The longest life of a key that has an end: ten years.
pub const API_KEY_LIFETIME_MAX: Duration = Duration::from_secs(3_650 * 24 * 60 * 60);

/// What a new key is made of.
#[derive(Debug, Clone, Default)]
pub struct NewApiKey {
    /// What its owner calls it: 1 to [`API_KEY_NAME_MAX`] characters, no control characters.
    pub name: String,
    /// The most that it may do: nothing that its owner may not. Without any it tells who it is and opens nothing else.
    pub scopes: ScopeSet,
    /// How long it is good, in whole seconds, at most [`API_KEY_LIFETIME_MAX`]; `None`: until somebody ends it.
    pub lifetime: Option<Duration>,
}

impl NewApiKey {
    /// A key of this name that has no end, and may do nothing yet.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    pub(super) fn check(&self) -> Result<(), ApiKeyRule> {
        let long = self.name.chars().count() > API_KEY_NAME_MAX;
        if self.name.trim().is_empty() || long || self.name.chars().any(char::is_control) {
            return Err(ApiKeyRule::Name);
        }
        if self.scopes.as_str().len() > ScopeSet::MAX_LEN {
            return Err(ApiKeyRule::Scopes);
        }
        match self.lifetime {
            Some(lifetime) if lifetime.as_secs() == 0 || lifetime > API_KEY_LIFETIME_MAX => Err(ApiKeyRule::Lifetime),
            _ => Ok(()),
        }
    }
}

/// Why there cannot be such a key. What was given is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApiKeyRule {
    /// The name is empty, too long, or has control characters.
    Name,
    /// The scopes are too long.
    Scopes,
    /// It would be good for no time, or for too long.
    Lifetime,
}

impl fmt::Display for ApiKeyRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "a name has 1 to 100 characters and no control characters",
            Self::Scopes => "the scopes are too long",
            Self::Lifetime => "a key is good for a second to ten years, or has no end",
        })
    }
}

impl Error for ApiKeyRule {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_a_key_is_refused_with_its_reason() {
        let of = |name: &str, lifetime| NewApiKey {
            lifetime,
            ..NewApiKey::named(name)
        };
        for name in ["", "  ", "a\nb", &"\u{e4}".repeat(101)] {
            assert_eq!(of(name, None).check(), Err(ApiKeyRule::Name), "{name}");
        }
        for lifetime in [
            Duration::ZERO,
            Duration::from_millis(999),
            API_KEY_LIFETIME_MAX + Duration::from_secs(1),
        ] {
            assert_eq!(
                of("ci", Some(lifetime)).check(),
                Err(ApiKeyRule::Lifetime),
                "{lifetime:?}"
            );
        }
        for (name, lifetime) in [
            ("ci", None),
            ("ci", Some(API_KEY_LIFETIME_MAX)),
            (&*"\u{e4}".repeat(100), None),
        ] {
            assert_eq!(of(name, lifetime).check(), Ok(()));
        }
    }
}
