//! What a token is about: a user, or a thing (`car:42`, `blog:7`).

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::user::UserId;

/// The kind of a thing that a token can be about, such as `car`.
///
/// A lower-case word of up to 32 letters, digits, `-` and `_`; `username` is kept for users.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Kind(Arc<str>);

/// The prefix that spells "a user" out; needed only where a user's id has a colon of its own.
const USER: &str = "username";

/// The kind of a client that speaks for itself (RFC 6749 §4.4).
const CLIENT: &str = "client";

impl Kind {
    /// Makes a kind from its name.
    ///
    /// # Errors
    /// The name is not a lower-case word of 1 to 32 characters, or is `username`.
    pub fn new(name: &str) -> Result<Self, SubjectError> {
        let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        let rest = name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
        if first && rest && name.len() <= 32 && name != USER {
            Ok(Self(name.into()))
        } else {
            Err(SubjectError::BadKind)
        }
    }

    /// The kind's name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Who or what a token is about: its `sub` claim (RFC 7519 §4.1.2).
///
/// A user whose id has no colon is written as the id alone. A colon separates a kind from an id, so a user whose id
/// has one is written `username:…`: no user can be mistaken for a thing, and no thing for a user.
///
/// ```
/// use portcullis_core::{Subject, UserId};
/// assert_eq!(Subject::parse("johndoe"), Ok(Subject::User(UserId::new("johndoe"))));
/// assert_eq!(Subject::parse("username:johndoe"), Ok(Subject::User(UserId::new("johndoe"))));
/// assert_eq!(Subject::User(UserId::new("car:42")).to_string(), "username:car:42");
/// assert_ne!(Subject::parse("car:42"), Ok(Subject::User(UserId::new("car:42"))));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A user.
    User(UserId),
    /// A thing of the application's.
    Entity {
        /// What sort of thing.
        kind: Kind,
        /// Which one.
        id: Arc<str>,
    },
}

impl Subject {
    /// A thing: `Subject::entity("car", "42")`.
    ///
    /// # Errors
    /// A kind that [`Kind::new`] refuses, or an empty id, one with control characters or beyond 255 bytes.
    pub fn entity(kind: &str, id: &str) -> Result<Self, SubjectError> {
        check_id(id)?;
        Ok(Self::Entity {
            kind: Kind::new(kind)?,
            id: id.into(),
        })
    }

    /// A client in its own name: `client:reports`.
    pub(crate) fn client(id: &str) -> Result<Self, SubjectError> {
        Self::entity(CLIENT, id)
    }

    /// The id of the client that this `sub` names.
    pub(crate) fn client_in(sub: &str) -> Option<&str> {
        sub.strip_prefix(CLIENT)?.strip_prefix(':')
    }

    /// Reads a `sub`. Nothing is trimmed or folded.
    ///
    /// # Errors
    /// An empty id or kind, control characters, a text beyond 255 bytes, a kind that is no lower-case word.
    pub fn parse(sub: &str) -> Result<Self, SubjectError> {
        let Some((kind, id)) = sub.split_once(':') else {
            check_id(sub)?;
            return Ok(Self::User(UserId::new(sub)));
        };
        check_id(id)?;
        if kind == USER {
            return Ok(Self::User(UserId::new(id)));
        }
        Ok(Self::Entity {
            kind: Kind::new(kind)?,
            id: id.into(),
        })
    }

    /// The `sub` with its kind always spelled out: `username:johndoe`, `car:42`.
    pub fn to_prefixed(&self) -> String {
        match self {
            Self::User(id) => format!("{USER}:{id}"),
            Self::Entity { kind, id } => format!("{}:{id}", kind.as_str()),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) if !id.as_str().contains(':') => f.write_str(id.as_str()),
            _ => f.write_str(&self.to_prefixed()),
        }
    }
}

fn check_id(id: &str) -> Result<(), SubjectError> {
    if id.is_empty() || id.len() > UserId::MAX_LEN || id.chars().any(char::is_control) {
        return Err(SubjectError::BadId);
    }
    Ok(())
}

/// Why a text is no subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubjectError {
    /// The part before the colon is not a kind.
    BadKind,
    /// The id is empty, too long, or has control characters.
    BadId,
}

impl fmt::Display for SubjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadKind => "a kind is a lower-case word of 1 to 32 characters, other than `username`",
            Self::BadId => "an id has 1 to 255 bytes and no control characters",
        })
    }
}

impl Error for SubjectError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_subject_is_refused() {
        for bad in [
            "",
            ":",
            "car:",
            ":42",
            "username:",
            "Car:42",
            "a b:1",
            "johndoe\0",
            "x\n",
        ] {
            assert!(Subject::parse(bad).is_err(), "{bad:?}");
        }
        assert!(Subject::parse(&"x".repeat(256)).is_err());
        assert!(Kind::new("username").is_err());
    }

    #[test]
    fn a_user_named_like_a_thing_is_never_that_thing() {
        let user = Subject::User(UserId::new("car:42"));
        let thing = Subject::entity("car", "42").expect("valid");
        assert_ne!(user.to_string(), thing.to_string());
        assert_eq!(Subject::parse(&user.to_string()), Ok(user));
        assert_eq!(Subject::parse(&thing.to_string()), Ok(thing));
    }

    #[test]
    fn a_user_named_with_the_users_own_prefix_comes_back_whole() {
        let user = Subject::User(UserId::new("username:x"));
        assert_eq!(user.to_string(), "username:username:x");
        assert_eq!(Subject::parse(&user.to_string()), Ok(user));
    }

    proptest::proptest! {
        #[test]
        fn every_user_id_survives_the_way_through_a_token(id in "[^\\p{Cc}]{1,60}") {
            let subject = Subject::User(UserId::new(id.as_str()));
            proptest::prop_assert_eq!(Subject::parse(&subject.to_string()), Ok(subject.clone()));
            proptest::prop_assert_eq!(Subject::parse(&subject.to_prefixed()), Ok(subject));
        }
    }
}
