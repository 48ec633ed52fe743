//! Tokens of clients in their own name (RFC 6749 §4.4), and what tells them from users' tokens.

use std::sync::Arc;
use std::time::Duration;

use portcullis_jose::{MAX_LEEWAY, Verifier};

use super::Tokens;
use super::claims::AccessClaims;
use super::present::Present;
use super::read::{foreign_facts, own_facts};
use crate::auth_error::AuthError;
use crate::facts::TokenFacts;
use crate::foreign::Claims as ForeignClaims;
use crate::subject::Subject;

/// What a good access token says of a client, and of itself.
pub(crate) struct ClientSaid {
    pub(crate) client_id: Arc<str>,
    pub(crate) token: Arc<TokenFacts>,
    /// Until when it is taken, since the epoch.
    pub(crate) until: Duration,
}

impl Tokens {
    /// What an access token of a client says, if it is good under these keys: its `sub` is `client:` and its `client_id`.
    pub(crate) fn verify_client(&self, present: &Present, token: &str, now: Duration) -> Result<ClientSaid, AuthError> {
        self.verify_client_by(present.access()?, token, now)
    }

    /// The same of one that is for whomever.
    pub(crate) fn verify_issued_client(
        &self,
        present: &Present,
        token: &str,
        now: Duration,
    ) -> Result<ClientSaid, AuthError> {
        self.verify_client_by(present.issued()?, token, now)
    }

    fn verify_client_by(&self, access: &Verifier, token: &str, now: Duration) -> Result<ClientSaid, AuthError> {
        let (sub, facts) = if let Some(foreign) = &self.settings.foreign {
            let (mut claims, key) = access.verify_by::<ForeignClaims>(token, now)?;
            (claims.sub.take(), foreign_facts(foreign, claims, key)?)
        } else {
            let (mut claims, key) = access.verify_by::<AccessClaims>(token, now)?;
            let scopes = claims.extra.scope.scopes()?;
            (claims.sub.take(), own_facts(claims, scopes, key))
        };
        let sub = sub.unwrap_or_default();
        let client = Subject::client_in(&sub).filter(|id| facts.client.as_deref() == Some(id));
        Ok(ClientSaid {
            client_id: client.ok_or(AuthError::WrongSubject)?.into(),
            until: facts.expires.saturating_add(self.settings.exp_leeway.min(MAX_LEEWAY)),
            token: Arc::new(facts),
        })
    }
}
