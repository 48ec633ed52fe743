//! What a client may be.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;

use super::record::GrantType;
use crate::scope::ScopeSet;

/// The longest id, in bytes.
pub const CLIENT_ID_MAX: usize = 128;

/// The most keys of a client, as the text of a set, in bytes.
pub const CLIENT_KEYS_MAX: usize = 16 * 1024;

/// The longest name of an audience, in bytes.
pub const AUDIENCE_MAX: usize = 1024;

/// Ids that are steps in a path (RFC 3986 §5.2.4), so that no client could be reached under them.
const RESERVED: [&str; 2] = [".", ".."];

/// What a new client is made of.
#[derive(Debug, Clone, Default)]
pub struct NewClient {
    /// Its `client_id`: 1 to [`CLIENT_ID_MAX`] visible ASCII characters, no blanks (RFC 6749 appendix A.1).
    pub id: String,
    /// Whether it can keep no secret.
    pub public: bool,
    /// Whether it belongs to whoever runs the server, so that users may give it their passwords.
    pub first_party: bool,
    /// What it may use; `None`: all that such a client can.
    pub grants: Option<BTreeSet<GrantType>>,
    /// The most that its tokens may do.
    pub scopes: ScopeSet,
    /// Whom its tokens are for, if not us: at most [`AUDIENCE_MAX`] bytes.
    pub audience: Option<String>,
    /// The public keys by which it proves itself, in place of a secret: PEM, a JWK or a set.
    pub keys: Option<String>,
}

impl NewClient {
    /// A confidential client of this id that may do nothing yet.
    pub fn named(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            ..Self::default()
        }
    }

    /// What it may use: what it says, or all that it can.
    pub(super) fn grants(&self) -> BTreeSet<GrantType> {
        let fitting = || {
            GrantType::ALL
                .into_iter()
                .filter(|grant| check_grant(*grant, self.public, self.first_party).is_ok())
                // A refresh token comes of a login, which others do not have yet.
                .filter(|grant| self.first_party || *grant != GrantType::RefreshToken)
        };
        self.grants.clone().unwrap_or_else(|| fitting().collect())
    }

    /// Whether there can be such a client; its keys are looked at elsewhere.
    pub(super) fn check(&self) -> Result<(), ClientRule> {
        check_id(&self.id)?;
        if RESERVED.contains(&self.id.as_str()) {
            return Err(ClientRule::ReservedId);
        }
        if self.scopes.as_str().len() > ScopeSet::MAX_LEN {
            return Err(ClientRule::Scopes);
        }
        if let Some(audience) = &self.audience
            && (audience.is_empty() || audience.len() > AUDIENCE_MAX || audience.chars().any(char::is_control))
        {
            return Err(ClientRule::Audience);
        }
        if self.public && self.keys.is_some() {
            return Err(ClientRule::PublicWithKeys);
        }
        self.grants()
            .into_iter()
            .try_for_each(|grant| check_grant(grant, self.public, self.first_party))
    }
}

/// Whether a client can have this id.
pub(super) fn check_id(id: &str) -> Result<(), ClientRule> {
    if id.is_empty() || id.len() > CLIENT_ID_MAX || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ClientRule::Id);
    }
    Ok(())
}

fn check_grant(grant: GrantType, public: bool, first_party: bool) -> Result<(), ClientRule> {
    match grant {
        GrantType::Password if !first_party => Err(ClientRule::PasswordOfOthers),
        GrantType::ClientCredentials if public => Err(ClientRule::PublicWithCredentials),
        _ => Ok(()),
    }
}

/// Why there cannot be such a client. What was given is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientRule {
    /// The id is empty, too long, or not of visible ASCII characters.
    Id,
    /// The id means something else in a path.
    ReservedId,
    /// The scopes are too long.
    Scopes,
    /// The audience is empty, too long, or has control characters.
    Audience,
    /// The keys are too long.
    KeysTooLong,
    /// The keys cannot be read, or there is none to verify with.
    Keys,
    /// There is a private key or a shared secret among the keys.
    PrivateKey,
    /// There are several keys, and one has no id or that of another.
    KeyIds,
    /// A public client with keys: then it would be none.
    PublicWithKeys,
    /// A public client with the grant for clients that prove themselves (RFC 6749 §4.4).
    PublicWithCredentials,
    /// The password grant for a client of others.
    PasswordOfOthers,
}

impl fmt::Display for ClientRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Id => {
                return write!(
                    f,
                    "a client's id has 1 to {CLIENT_ID_MAX} visible ASCII characters and no blanks"
                );
            }
            Self::Scopes => return write!(f, "a client's scopes have at most {} bytes", ScopeSet::MAX_LEN),
            Self::Audience => return write!(f, "an audience has 1 to {AUDIENCE_MAX} bytes and no control characters"),
            Self::KeysTooLong => return write!(f, "a client's keys have at most {CLIENT_KEYS_MAX} bytes"),
            Self::ReservedId => "this id means something else in a path",
            Self::Keys => "a client's keys are public keys as PEM, JWK or a set of JWKs, for signatures",
            Self::PrivateKey => "a client keeps its private key to itself: only its public half belongs here",
            Self::KeyIds => "where a client has several keys, each needs an id of its own",
            Self::PublicWithKeys => "a public client has no keys",
            Self::PublicWithCredentials => "a public client cannot have the grant client_credentials",
            Self::PasswordOfOthers => "the grant password is for first-party clients",
        };
        f.write_str(text)
    }
}

impl Error for ClientRule {}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> NewClient {
        NewClient::named("shop")
    }

    #[test]
    fn ids_that_a_header_or_a_path_would_change_are_refused() {
        let long = "x".repeat(129);
        for id in ["", " ", "a b", "a\n", "a\0", "\u{e4}", "a\u{7f}", &long] {
            assert_eq!(NewClient::named(id).check(), Err(ClientRule::Id), "{id:?}");
        }
        for id in [".", ".."] {
            assert_eq!(NewClient::named(id).check(), Err(ClientRule::ReservedId));
        }
        for id in ["a", "https://app.example.com/client?x=1", "~", &"x".repeat(128)] {
            assert_eq!(NewClient::named(id).check(), Ok(()), "{id}");
        }
    }

    #[test]
    fn passwords_are_for_first_party_clients_alone() {
        let grants = Some(BTreeSet::from([GrantType::Password]));
        let other = NewClient {
            grants: grants.clone(),
            ..client()
        };
        assert_eq!(other.check(), Err(ClientRule::PasswordOfOthers));
        let own = NewClient {
            grants,
            first_party: true,
            ..client()
        };
        assert_eq!(own.check(), Ok(()));
    }

    #[test]
    fn a_public_client_has_neither_keys_nor_its_own_tokens() {
        let grants = Some(BTreeSet::from([GrantType::ClientCredentials]));
        let with_grant = NewClient {
            public: true,
            grants,
            ..client()
        };
        assert_eq!(with_grant.check(), Err(ClientRule::PublicWithCredentials));
        let with_keys = NewClient {
            public: true,
            keys: Some(String::new()),
            ..client()
        };
        assert_eq!(with_keys.check(), Err(ClientRule::PublicWithKeys));
    }

    #[test]
    fn an_audience_is_a_name() {
        for audience in [String::new(), "a\nb".to_owned(), "x".repeat(1_025)] {
            let new = NewClient {
                audience: Some(audience),
                ..client()
            };
            assert_eq!(new.check(), Err(ClientRule::Audience));
        }
    }

    #[test]
    fn a_client_that_names_no_grants_may_use_what_it_can() {
        use GrantType::{ClientCredentials, Password, RefreshToken};
        for (public, first_party, expected) in [
            (false, false, vec![ClientCredentials]),
            (false, true, vec![Password, RefreshToken, ClientCredentials]),
            (true, true, vec![Password, RefreshToken]),
            (true, false, vec![]),
        ] {
            let new = NewClient {
                public,
                first_party,
                ..client()
            };
            assert_eq!(new.grants(), BTreeSet::from_iter(expected));
            assert_eq!(new.check(), Ok(()));
        }
        let none = NewClient {
            grants: Some(BTreeSet::new()),
            ..client()
        };
        assert!(none.grants().is_empty());
    }
}
