//! The roles of an application.

use super::AuthBuilder;
use crate::role::{DeclaredRole, Roles};
use crate::user::User;

impl<U: User> AuthBuilder<U> {
    /// Declares the roles: one, or a tuple of them, as made with [`roles!`](crate::roles). A user has one whose name stands among
    /// their scopes, and may then do what it holds. Their scopes are declared like others ([`AuthBuilder::scopes`]).
    #[must_use]
    pub fn roles<R: Roles>(self) -> Self {
        self.declared_roles(R::LIST)
    }

    /// The same from a list that is known only when the process starts.
    #[must_use]
    pub fn declared_roles(mut self, roles: &'static [DeclaredRole]) -> Self {
        self.roles = roles;
        self
    }
}
