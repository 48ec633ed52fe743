//! What a good token says of itself.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::scope::ScopeSet;

/// What a good token says of itself, for handlers to read. Nothing in it opens anything: the token's text is not there.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct TokenFacts {
    /// What tells it from every other (`jti`, RFC 7519 §4.1.7).
    pub jti: Option<String>,
    /// Who issued it (`iss`).
    pub issuer: Option<String>,
    /// To which client it was given (`client_id`, RFC 9068 §2.2).
    pub client: Option<String>,
    /// What it was made for, as it says: its user may have less today.
    pub scopes: ScopeSet,
    /// When it was made (`iat`), since the epoch.
    pub issued: Option<Duration>,
    /// From when on it is no longer good (`exp`), since the epoch.
    pub expires: Duration,
    pub(crate) kept: Map<String, Value>,
}

impl TokenFacts {
    /// A claim that a resource server was told to keep ([`ResourceServer::keep_claims`](crate::ResourceServer::keep_claims)).
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.kept.get(name)
    }
}
