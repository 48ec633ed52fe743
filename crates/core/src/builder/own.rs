//! What is made of the choices where there is none.

use portcullis_jose::{KeySet, PolicyError, SigningKey, VerifyingKey};
use portcullis_password::Random;

use super::error::BuildError;
use crate::client::Clients;
use crate::issue_error::IssueError;
use crate::keys::Keys;
use crate::token_kind::TokenSettings;

/// Clients by these choices. Their assertions may be for the issuer, or for where tokens are to be had: below it, or where the
/// metadata say (RFC 7523 §3).
pub(super) fn clients_by(settings: &TokenSettings, clients: Clients) -> Clients {
    let endpoint = |base: &String| format!("{}/token", base.trim_end_matches('/'));
    let all = settings.issuer.iter().cloned();
    let all = all.chain(settings.issuer.iter().chain(&settings.public_url).map(endpoint));
    clients.with_audiences(all).with_token_lifetime(settings.lifetime)
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
