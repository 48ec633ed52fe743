//! One thing that ends tokens.

use std::fmt;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::record_id::SessionId;
use crate::user::UserId;

/// For how long an entry stays beyond the last token that it could end.
const MARGIN: Duration = Duration::from_secs(60);

/// What an entry is about: the first 16 bytes of the SHA-256 of the id's text. So that who reads entries learns no names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Subject16(pub [u8; 16]);

impl Subject16 {
    /// That of an id's text.
    pub fn of(id: &str) -> Self {
        let digest = Sha256::digest(id.as_bytes());
        let mut subject = [0; 16];
        for (to, from) in subject.iter_mut().zip(digest) {
            *to = from;
        }
        Self(subject)
    }
}

/// The kinds of entries. Their numbers are stored, their names are sent to followers: neither ever changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Revoked {
    /// The tokens of one session (`sid`).
    Session,
    /// One token (`jti`).
    Token,
    /// A user's tokens with an epoch below `value`.
    User,
    /// A client's tokens that were issued before `value` (seconds since 1970).
    Client,
    /// All tokens that were issued before `value` (seconds since 1970).
    All,
    /// The tokens that a key (`kid`) signed.
    Key,
    /// No token; a user changed, and what is remembered of them no longer holds. `value` tells one change from the next.
    Changed,
}

impl Revoked {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Session,
        Self::Token,
        Self::User,
        Self::Client,
        Self::All,
        Self::Key,
        Self::Changed,
    ];

    /// The number it is stored as.
    pub const fn number(self) -> u8 {
        match self {
            Self::Session => 1,
            Self::Token => 2,
            Self::User => 3,
            Self::Client => 4,
            Self::All => 5,
            Self::Key => 6,
            Self::Changed => 7,
        }
    }

    /// The kind of this number; `None`: one of a newer version.
    pub fn of_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// The name that followers are told.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Token => "token",
            Self::User => "user",
            Self::Client => "client",
            Self::All => "all",
            Self::Key => "key",
            Self::Changed => "changed",
        }
    }

    /// The kind of this name; `None`: one of a newer version.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for Revoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One thing that ends tokens. Entries are a growing set: to take one in twice, or in another order, changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Entry {
    /// What sort of thing.
    pub kind: Revoked,
    /// Which one.
    pub subject: Subject16,
    /// See [`Revoked`]; 0 where the kind says nothing of it.
    pub value: u64,
    /// Until when it is needed, in milliseconds since 1970: from then on, every token that it ends has expired.
    pub until: u64,
}

impl Entry {
    /// What tells it from others: all but until when it is needed.
    pub(super) fn key(&self) -> (Revoked, Subject16, u64) {
        (self.kind, self.subject, self.value)
    }
}

/// When an entry is made, and how long the longest-lived token lives that it may have to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occasion {
    /// Now, since 1970.
    pub now: Duration,
    /// The longest life of a token.
    pub lifetime: Duration,
}

impl Occasion {
    /// Until when an entry of now is needed, in milliseconds since 1970.
    pub fn until(&self) -> u64 {
        let until = self.now.saturating_add(self.lifetime).saturating_add(MARGIN);
        u64::try_from(until.as_millis()).unwrap_or(u64::MAX)
    }

    /// Ends the tokens of a session.
    pub fn session(&self, id: SessionId) -> Entry {
        self.entry(Revoked::Session, &id.to_string(), 0)
    }

    /// Ends one token that expires at `expires`, since 1970.
    pub fn token(&self, jti: &str, expires: Duration) -> Entry {
        let until = u64::try_from(expires.saturating_add(MARGIN).as_millis()).unwrap_or(u64::MAX);
        Entry {
            until: until.max(self.until()),
            ..self.entry(Revoked::Token, jti, 0)
        }
    }

    /// Ends a user's tokens of an epoch below `epoch`.
    pub fn user(&self, id: &UserId, epoch: u64) -> Entry {
        self.entry(Revoked::User, id.as_str(), epoch)
    }

    /// Ends the tokens that a client was given up to now.
    pub fn client(&self, id: &str) -> Entry {
        self.entry(Revoked::Client, id, self.next_second())
    }

    /// Ends all tokens that were issued up to now.
    pub fn all(&self) -> Entry {
        self.entry(Revoked::All, "", self.next_second())
    }

    /// Ends the tokens that a key signed.
    pub fn key(&self, id: &str) -> Entry {
        self.entry(Revoked::Key, id, 0)
    }

    /// Says that a user changed; `nonce` is another one each time, so that no second change is taken for the first.
    pub fn changed(&self, id: &UserId, nonce: u64) -> Entry {
        self.entry(Revoked::Changed, id.as_str(), nonce)
    }

    /// `iat` counts whole seconds: what was issued within this one ends too.
    fn next_second(&self) -> u64 {
        self.now.as_secs().saturating_add(1)
    }

    fn entry(&self, kind: Revoked, subject: &str, value: u64) -> Entry {
        Entry {
            kind,
            subject: Subject16::of(subject),
            value,
            until: self.until(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_keep_their_numbers_and_names() {
        for kind in Revoked::ALL {
            assert_eq!(Revoked::of_number(kind.number()), Some(kind));
            assert_eq!(Revoked::of_name(kind.name()), Some(kind));
        }
        assert_eq!(Revoked::of_number(0), None);
        assert_eq!(Revoked::of_name("Session"), None);
    }

    #[test]
    fn an_entry_stays_as_long_as_a_token_that_it_ends() {
        let occasion = Occasion {
            now: Duration::from_millis(1_000_500),
            lifetime: Duration::from_secs(1_800),
        };
        assert_eq!(occasion.all().until, 1_000_500 + 1_860_000);
        assert_eq!(occasion.all().value, 1_001);
        assert_eq!(occasion.token("x", Duration::from_secs(9_000)).until, 9_060_000);
        assert_eq!(occasion.token("x", Duration::ZERO).until, occasion.until());
    }
}
