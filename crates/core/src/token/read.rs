//! What claims say of their token.

use portcullis_jose::{Claims, NumericDate, VerifyingKey};

use super::claims::{AccessClaims, Origin};
use crate::auth_error::AuthError;
use crate::facts::TokenFacts;
use crate::foreign::{Claims as ForeignClaims, Foreign};
use crate::scope::ScopeSet;

/// What claims say of their token.
fn facts<X>(claims: Claims<X>, scopes: ScopeSet, key: &VerifyingKey) -> TokenFacts {
    TokenFacts {
        key: key.key_id().map(Into::into),
        expires: claims.exp_duration().unwrap_or_default(),
        issued: claims.iat.map(NumericDate::since_epoch),
        jti: claims.jti,
        audience: claims.aud.names().to_vec(),
        issuer: claims.iss,
        scopes,
        ..TokenFacts::default()
    }
}

/// What claims of ours say of their token.
pub(super) fn own_facts(mut claims: Claims<AccessClaims>, scopes: ScopeSet, key: &VerifyingKey) -> TokenFacts {
    let Origin {
        client,
        session,
        generation,
    } = std::mem::take(&mut claims.extra.origin);
    TokenFacts {
        client,
        session,
        generation,
        ..facts(claims, scopes, key)
    }
}

/// What claims of another issuer say of their token.
pub(super) fn foreign_facts(
    foreign: &Foreign,
    mut claims: Claims<ForeignClaims>,
    key: &VerifyingKey,
) -> Result<TokenFacts, AuthError> {
    let others = std::mem::take(&mut claims.extra);
    let client = foreign.client(&others)?;
    let scopes = foreign.scopes(&others)?;
    Ok(TokenFacts {
        client,
        session: Foreign::session(&others),
        kept: foreign.keep(others),
        ..facts(claims, scopes, key)
    })
}
