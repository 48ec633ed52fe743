//! What is stored of an API key.

use crate::record_id::ApiKeyId;
use crate::scope::ScopeSet;
use crate::secrets::SecretNumber;
use crate::session::Digest;
use crate::user::UserId;

/// An API key as it is stored: of the key itself a keyed digest, which needs no slow hash. Nothing of it ever changes but
/// when it was used last and whether it has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyRecord {
    /// Which one.
    pub id: ApiKeyId,
    /// Whose it is.
    pub user: UserId,
    /// The epoch that its owner had when it was made: it is good while they have the same.
    pub epoch: u64,
    /// What its owner calls it.
    pub name: String,
    /// The most that it may do.
    pub scopes: ScopeSet,
    /// The number of the secret that the digest was made with.
    pub key: SecretNumber,
    /// The digest.
    pub digest: Digest,
    /// When it was made, in milliseconds since 1970.
    pub created: u64,
    /// From when on it is no longer good, in milliseconds since 1970; `None`: never.
    pub expires: Option<u64>,
    /// When it was used last, to the minute, in milliseconds since 1970.
    pub used: Option<u64>,
    /// When it was ended, in milliseconds since 1970.
    pub ended: Option<u64>,
}

impl ApiKeyRecord {
    /// Whether its time is over at `now`, in milliseconds since 1970.
    pub fn is_over(&self, now: u64) -> bool {
        self.expires.is_some_and(|expires| now >= expires)
    }
}
