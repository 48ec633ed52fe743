//! What users may do by their roles.

use super::Auth;
use crate::role::DeclaredRole;
use crate::scope::ScopeSet;
use crate::user::User;

impl<U: User> Auth<U> {
    /// The roles that the application declared, in order.
    pub fn roles(&self) -> &'static [DeclaredRole] {
        self.inner.users.roles().list()
    }

    /// What a user may do: their scopes ([`User::scopes`]), and those of the roles among them.
    pub fn may_do(&self, user: &U) -> ScopeSet {
        self.inner.users.roles().resolved(user.scopes())
    }

    /// What somebody with these scopes may give to others: what they may do, and every role all of whose scopes they have.
    pub(crate) fn may_give(&self, scopes: &ScopeSet) -> ScopeSet {
        self.inner.users.roles().givable(scopes)
    }
}

#[cfg(test)]
mod tests;
