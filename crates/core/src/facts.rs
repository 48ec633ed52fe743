//! What a good token says of itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Map, Value};

use crate::record_id::{ApiKeyId, SessionId};
use crate::scope::ScopeSet;

/// What a good token says of itself, for handlers to read. Nothing in it opens anything: the token's text is not there.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct TokenFacts {
    /// What tells it from every other (`jti`, RFC 7519 §4.1.7).
    pub jti: Option<String>,
    /// Who issued it (`iss`).
    pub issuer: Option<String>,
    /// Whom it is for (`aud`), where it says so.
    pub audience: Vec<String>,
    /// The session that it belongs to (`sid`), if it came with a login that is kept.
    pub session: Option<SessionId>,
    /// Which refresh of that session it came with (`gen`); the login itself is 0.
    pub generation: Option<u32>,
    /// The API key that it is, where it is no signed token.
    pub api_key: Option<ApiKeyId>,
    /// The id of the key that signed it (`kid`).
    pub key: Option<Arc<str>>,
    /// To which client it was given (`client_id`, RFC 9068 §2.2).
    pub client: Option<String>,
    /// What it was made for, as it says: its user may have less today.
    pub scopes: ScopeSet,
    /// When it was made (`iat`), since the epoch.
    pub issued: Option<Duration>,
    /// From when on it is no longer good (`exp`), since the epoch; [`Duration::MAX`] for an API key without an end.
    pub expires: Duration,
    pub(crate) kept: Map<String, Value>,
    /// When its use was noted last.
    pub(crate) noted: Noted,
}

/// The minute in which the use of a token was noted last. It is nothing that the token says, so all are equal.
#[derive(Debug, Default)]
pub(crate) struct Noted(AtomicU64);

impl Noted {
    /// Notes a use in this minute; whether it is the first.
    pub(crate) fn first_in(&self, minute: u64) -> bool {
        self.0.load(Ordering::Relaxed) != minute && self.0.swap(minute, Ordering::Relaxed) != minute
    }
}

impl TokenFacts {
    /// The same with the minute in which the use of another was noted.
    pub(crate) fn noted_as(mut self, other: &Self) -> Self {
        self.noted = Noted(AtomicU64::new(other.noted.0.load(Ordering::Relaxed)));
        self
    }
}

impl Clone for Noted {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Noted {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl TokenFacts {
    /// A claim that a resource server was told to keep ([`ResourceServer::keep_claims`](crate::ResourceServer::keep_claims)).
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.kept.get(name)
    }
}
