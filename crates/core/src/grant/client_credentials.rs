//! The client credentials grant (RFC 6749 §4.4): a client's own proof for a token of its own.

use std::error::Error;
use std::fmt;

use crate::client::{Client, GrantType};
use crate::issue_error::IssueError;
use crate::scope::ScopeSet;

/// Why a client that proved who it is got no token of its own.
#[derive(Debug)]
#[non_exhaustive]
pub enum ClientGrantError {
    /// It may not use the grant (`unauthorized_client`, RFC 6749 §5.2).
    NotAllowed,
    /// Nothing of the scope asked for can be granted (`invalid_scope`).
    InvalidScope,
    /// The token could not be made.
    Issue(IssueError),
}

impl fmt::Display for ClientGrantError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAllowed => "the client may not use this grant",
            Self::InvalidScope => "none of the scopes asked for can be granted",
            Self::Issue(_) => "the token could not be made",
        })
    }
}

impl Error for ClientGrantError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Issue(cause) => Some(cause),
            Self::NotAllowed | Self::InvalidScope => None,
        }
    }
}

impl<E: Into<IssueError>> From<E> for ClientGrantError {
    fn from(cause: E) -> Self {
        Self::Issue(cause.into())
    }
}

/// What of the scopes asked for a client is granted: those that it may have, in their order. Who asks for none gets none.
pub(crate) fn granted(client: &Client, asked: &ScopeSet) -> Result<ScopeSet, ClientGrantError> {
    if client.public || client.disabled || !client.grants.contains(&GrantType::ClientCredentials) {
        return Err(ClientGrantError::NotAllowed);
    }
    let granted = asked.intersection(&client.scopes);
    if granted.is_empty() && !asked.is_empty() {
        return Err(ClientGrantError::InvalidScope);
    }
    Ok(granted)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn scopes(text: &str) -> ScopeSet {
        ScopeSet::parse(text).unwrap()
    }

    fn client() -> Client {
        Client {
            grants: BTreeSet::from([GrantType::ClientCredentials]),
            scopes: scopes("items users:read"),
            ..Client::named("reports")
        }
    }

    #[test]
    fn who_may_not_use_the_grant_gets_nothing() {
        let without = Client {
            grants: BTreeSet::from([GrantType::Password, GrantType::RefreshToken]),
            ..client()
        };
        let public = Client {
            public: true,
            ..client()
        };
        let disabled = Client {
            disabled: true,
            ..client()
        };
        for client in [without, public, disabled] {
            let refused = granted(&client, &scopes("items"));
            assert!(matches!(refused, Err(ClientGrantError::NotAllowed)), "{refused:?}");
        }
    }

    #[test]
    fn a_client_gets_no_more_than_it_may_have() {
        let refused = granted(&client(), &scopes("users:write"));
        assert!(matches!(refused, Err(ClientGrantError::InvalidScope)), "{refused:?}");
        for (asked, expected) in [
            ("", ""),
            ("items", "items"),
            ("users:write users:read", "users:read"),
            ("users:read items", "users:read items"),
        ] {
            assert_eq!(granted(&client(), &scopes(asked)).unwrap().as_str(), expected);
        }
    }
}
