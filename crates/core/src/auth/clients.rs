//! Clients that speak for themselves: their tokens given and read.

use std::sync::Arc;

use super::Auth;
use crate::attempt::Attempt;
use crate::auth_error::AuthError;
use crate::client::{Client, Clients};
use crate::grant::client_credentials::{ClientGrantError, granted};
use crate::principal::{ClientPrincipal, Granted};
use crate::scope::ScopeSet;
use crate::seen::{Found, Moment, TokenDigest};
use crate::subject::Subject;
use crate::token::Origin;
use crate::token::issue::Access;
use crate::token::machine::ClientSaid;
use crate::user::User;

impl<U: User> Auth<U> {
    /// The clients, where there are any ([`AuthBuilder::clients`](crate::AuthBuilder::clients)).
    pub fn clients(&self) -> Option<&Clients> {
        self.inner.clients.as_ref()
    }

    /// A token for a client in its own name, that has proved who it is ([`Clients::authenticate`]): the client credentials
    /// grant (RFC 6749 §4.4). It is granted what it asks for and may have.
    ///
    /// # Errors
    /// It may not use the grant, may have nothing of the scope, or randomness or signing failed.
    pub async fn client_credentials(
        &self,
        client: &Client,
        scope: &ScopeSet,
        attempt: &Attempt,
    ) -> Result<Granted, ClientGrantError> {
        let inner = &*self.inner;
        let scopes = granted(client, scope)?;
        inner.tokens.expect_a_key().await?;
        self.outwait_an_end(Some(&client.id)).await;
        let access = Access {
            subject: &Subject::client(&client.id)?,
            scopes: &scopes,
            epoch: 0,
            origin: Origin {
                client: Some(client.id.to_string()),
                ..Origin::default()
            },
            audience: client.audience.as_deref(),
        };
        let access_token = inner.tokens.issue(access, self.stamp(inner.tokens.lifetime())?)?;
        inner.counts.issued.add("client_credentials");
        self.tell_issued(client, &scopes, attempt);
        Ok(Granted {
            access_token,
            expires_in: inner.tokens.lifetime(),
            scope: Some(scopes),
            refresh_token: None,
            device: None,
        })
    }

    /// Which client the bearer of this token is. A user's token is none; and where there are no clients here, as at a
    /// resource server, what the token says is all there is.
    ///
    /// # Errors
    /// Everything but [`AuthError::Store`], [`AuthError::NoKeys`] and [`AuthError::Stale`] means that the token is not
    /// good; a client is told the same for all.
    pub async fn authenticate_client(&self, bearer: &str) -> Result<Arc<ClientPrincipal>, AuthError> {
        let inner = &*self.inner;
        // Taken before the store is asked: a change that comes in between makes the memory stale at once.
        let mut moment = Moment {
            store: inner.clients.as_ref().map_or(0, Clients::generation),
            ..self.moment()
        };
        let token = TokenDigest::of(bearer);
        let said = match inner.seen_of_clients.find(&token, moment) {
            Found::Principal(principal) => {
                self.expect_fresh(moment.now).await?;
                return Ok(principal);
            }
            Found::Unrevoked(said, _) | Found::Said(said) => said,
            Found::Nothing => {
                let verify = |present: &_, now| inner.tokens.verify_client(present, bearer, now);
                let (keys, said) = inner.tokens.read(&inner.clock, verify).await?;
                moment.keys = keys;
                Arc::new(said)
            }
        };
        self.expect_alive(self.marks(&said.token, None).as_ref(), moment.now)
            .await?;
        let principal = Arc::new(self.standing(&said).await?);
        inner.seen_of_clients.keep(token, moment, said, principal.clone());
        Ok(principal)
    }

    /// The client that a good token speaks for, as it is now.
    pub(super) async fn standing(&self, said: &ClientSaid) -> Result<ClientPrincipal, AuthError> {
        let mut scopes = said.token.scopes.clone();
        if let Some(clients) = &self.inner.clients {
            let client = clients.of_token(&said.client_id, &said.token).await?;
            scopes = scopes.intersection(&client.scopes);
        }
        Ok(ClientPrincipal {
            client_id: said.client_id.clone(),
            scopes,
            token: said.token.clone(),
        })
    }
}

#[cfg(test)]
mod tests;
