//! What is stored of a client.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::scope::ScopeSet;
use crate::session::Digest;

/// A way to get a token (RFC 6749 §1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum GrantType {
    /// A user's name and password (RFC 6749 §4.3); for first-party clients alone.
    Password,
    /// What a login left behind (RFC 6749 §6).
    RefreshToken,
    /// The client's own proof (RFC 6749 §4.4).
    ClientCredentials,
}

impl GrantType {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Password, Self::RefreshToken, Self::ClientCredentials];

    /// What stands in `grant_type`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
        }
    }

    /// The grant of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.name() == name)
    }
}

impl fmt::Display for GrantType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A secret of a client as it is stored: a keyed digest of 256 random bits, which needs no slow hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSecret {
    /// The number of the secret that the digest was made with.
    pub key: u8,
    /// The digest.
    pub digest: Digest,
    /// When it was made, in milliseconds since 1970.
    pub created: u64,
}

/// A program that asks for tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Client {
    /// Its `client_id`: 1 to 128 visible ASCII characters (RFC 6749 appendix A.1).
    pub id: Arc<str>,
    /// Whether it can keep no secret (RFC 6749 §2.1).
    pub public: bool,
    /// Whether it belongs to whoever runs the server, so that users may give it their passwords.
    pub first_party: bool,
    /// What it may use.
    pub grants: BTreeSet<GrantType>,
    /// The most that its tokens may do.
    pub scopes: ScopeSet,
    /// Whom its tokens are for, if not us.
    pub audience: Option<String>,
    /// Its secrets, the oldest first: at most two.
    pub secrets: Vec<ClientSecret>,
    /// The public keys that its assertions are signed by: a JSON Web Key Set (RFC 7517 §5).
    pub keys: Option<String>,
    /// Whether it gets no tokens.
    pub disabled: bool,
    /// When it was added, in milliseconds since 1970.
    pub created: u64,
}

impl Client {
    /// A confidential client of this name that may do nothing yet.
    pub fn named(id: impl Into<Arc<str>>) -> Self {
        Self {
            id: id.into(),
            public: false,
            first_party: false,
            grants: BTreeSet::new(),
            scopes: ScopeSet::empty(),
            audience: None,
            secrets: Vec::new(),
            keys: None,
            disabled: false,
            created: 0,
        }
    }
}
