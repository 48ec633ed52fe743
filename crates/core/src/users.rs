//! Where the users behind tokens are found.

use std::sync::Arc;

use crate::auth_error::AuthError;
use crate::grant::password::PasswordGrant;
use crate::principal::Principal;
use crate::role::RoleBook;
use crate::scope::ScopeSet;
use crate::store::ErasedStore;
use crate::token::Said;
use crate::user::{User, UserId};

/// Where the users behind tokens are found.
pub(crate) enum Users<U: User> {
    /// In a store, which also holds what they log in with.
    Stored {
        store: Arc<dyn ErasedStore<U>>,
        logins: Box<PasswordGrant>,
    },
    /// In the token itself: a resource server knows no others.
    InToken(fn(UserId, ScopeSet) -> U),
}

impl<U: User> Users<U> {
    pub(crate) fn generation(&self) -> u64 {
        match self {
            Self::Stored { store, .. } => store.generation(),
            Self::InToken(_) => 0,
        }
    }

    /// The roles that users may have.
    pub(crate) fn roles(&self) -> RoleBook {
        match self {
            Self::Stored { logins, .. } => logins.roles,
            Self::InToken(_) => RoleBook::default(),
        }
    }

    /// The user that a good token speaks for, as they are now.
    pub(crate) async fn principal(&self, said: &Said) -> Result<Principal<U>, AuthError> {
        let store = match self {
            Self::Stored { store, .. } => store,
            Self::InToken(user) => {
                let scopes = said.token.scopes.clone();
                return Ok(Principal {
                    user: user(said.user.clone(), scopes.clone()),
                    scopes,
                    token: said.token.clone(),
                });
            }
        };
        let user = store.by_id(&said.user).await?.ok_or(AuthError::Gone)?;
        if user.token_epoch() != said.epoch {
            return Err(AuthError::Ended);
        }
        let scopes = said.token.scopes.intersection(&self.roles().resolved(user.scopes()));
        let token = said.token.clone();
        Ok(Principal { user, scopes, token })
    }
}
