//! What is made of the choices where there is none.

use portcullis_jose::{KeySet, PolicyError, SigningKey, VerifyingKey};
use portcullis_password::Random;

use super::error::BuildError;
use crate::issue_error::IssueError;
use crate::keys::Keys;

/// What a client's assertion may be for (RFC 7523 §3): the issuer, and where its metadata say that tokens are to be had.
pub(super) fn audiences(issuer: Option<&str>) -> Vec<String> {
    let both = |issuer: &str| vec![issuer.to_owned(), format!("{}/token", issuer.trim_end_matches('/'))];
    issuer.map(both).unwrap_or_default()
}

/// Refuses keys to accept of which one could not be told from another, or from those that are there.
pub(super) fn expect_apart(keys: &Keys, also: &[VerifyingKey]) -> Result<(), PolicyError> {
    if !also.is_empty() {
        let own = keys.key_set().into_iter().flat_map(KeySet::iter);
        KeySet::of_own_keys_mixed(own.chain(also).cloned().collect())?;
    }
    Ok(())
}

/// A secret of our own, drawn from the signing key so that it stays the same over restarts.
pub(super) fn own_secret(key: Option<&SigningKey>, random: &dyn Random, purpose: &str) -> Result<[u8; 32], BuildError> {
    if let Some(key) = key {
        return Ok(*key.derive_secret(purpose)?);
    }
    let mut secret = [0; 32];
    random.fill(&mut secret).map_err(IssueError::from)?;
    Ok(secret)
}
