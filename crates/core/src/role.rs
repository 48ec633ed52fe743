//! Roles: sets of scopes with a name.

use std::fmt;

use crate::scope::{Declared, ScopeSet};

/// One role as it is declared: its name, the sentence that the docs show, and what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeclaredRole {
    /// What stands among a user's scopes, such as `editor`.
    pub name: &'static str,
    /// What it is for, in one sentence; may be empty.
    pub sentence: &'static str,
    /// The scopes that it holds.
    pub scopes: &'static [Declared],
}

/// A role as a type, declared with [`roles!`](crate::roles).
pub trait Role: Send + Sync + 'static {
    /// Its name, sentence and scopes.
    const DECLARED: DeclaredRole;

    /// Its name, for a user's scopes.
    const NAME: &'static str = Self::DECLARED.name;
}

/// One role or a tuple of them: what [`AuthBuilder::roles`](crate::AuthBuilder::roles) declares.
pub trait Roles: Send + Sync + 'static {
    /// The roles, in order.
    const LIST: &'static [DeclaredRole];
}

impl<R: Role> Roles for R {
    const LIST: &'static [DeclaredRole] = &[R::DECLARED];
}

macro_rules! roles_for_tuples {
    ($($name:ident)+) => {
        impl<$($name: Role),+> Roles for ($($name,)+) {
            const LIST: &'static [DeclaredRole] = &[$($name::DECLARED),+];
        }
    };
}
roles_for_tuples!(A);
roles_for_tuples!(A B);
roles_for_tuples!(A B C);
roles_for_tuples!(A B C D);
roles_for_tuples!(A B C D E);
roles_for_tuples!(A B C D E F);
roles_for_tuples!(A B C D E F G);
roles_for_tuples!(A B C D E F G H);

/// Declares roles as types: each a set of scopes with a name and the sentence that the docs show (its doc comment).
///
/// A user has a role whose name stands among their scopes ([`User::scopes`](crate::User::scopes)). What it holds is looked up
/// where a token is made, and again wherever it is looked at what its user may still do; guards, tokens and the document know
/// scopes alone. So a role that holds less from now on narrows the tokens that are out, and one that holds more adds to the
/// next ones.
///
/// ```
/// portcullis_core::scopes! {
///     /// Read items.
///     pub Items = "items";
///     /// Read information about the current user.
///     pub Me = "me";
/// }
/// portcullis_core::roles! {
///     /// Looks after the items.
///     pub Editor = "editor" => (Items, Me);
/// }
/// use portcullis_core::{Role, ScopeSet};
/// assert_eq!(Editor::DECLARED.scopes[1].name, "me");
/// let alice = portcullis_core::Account::new("alice").with_scopes([Editor::NAME].into_iter().collect());
/// ```
///
/// The name must be a scope token of RFC 6749 §3.3; anything else does not compile.
///
/// ```compile_fail
/// portcullis_core::roles! {
///     /// Two words.
///     pub Bad = "chief editor" => ();
/// }
/// ```
#[macro_export]
macro_rules! roles {
    ($($(#[doc = $sentence:literal])+ $visibility:vis $name:ident = $text:literal => $scopes:ty;)+) => {$(
        $(#[doc = $sentence])+
        #[derive(Debug, Clone, Copy)]
        $visibility struct $name;
        impl $crate::Role for $name {
            const DECLARED: $crate::DeclaredRole = $crate::DeclaredRole {
                name: {
                    assert!($crate::is_scope_token($text), "no name of a role (RFC 6749 section 3.3)");
                    $text
                },
                sentence: $crate::trim_sentence(concat!($($sentence),+)),
                scopes: <$scopes as $crate::Scopes>::LIST,
            };
        }
        const _: $crate::DeclaredRole = <$name as $crate::Role>::DECLARED;
    )+};
}

/// The roles of an application.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RoleBook(&'static [DeclaredRole]);

impl RoleBook {
    /// # Errors
    /// What cannot be: of a role that is named as a scope or another role nobody could tell which is meant.
    pub(crate) fn new(roles: &'static [DeclaredRole], declared: &[Declared]) -> Result<Self, RoleError> {
        let is_declared = |name: &str| declared.iter().any(|scope| scope.name == name);
        let mut before: Vec<&'static str> = Vec::new();
        for role in roles {
            if is_declared(role.name) || before.contains(&role.name) {
                return Err(RoleError::Twice(role.name));
            }
            before.push(role.name);
            for scope in role.scopes {
                if scope.name == crate::condition::ADMINISTRATOR {
                    return Err(RoleError::Administrator(role.name));
                }
                if !is_declared(scope.name) {
                    return Err(RoleError::Undeclared(role.name, scope.name));
                }
            }
        }
        Ok(Self(roles))
    }

    /// The roles, in order.
    pub(crate) fn list(self) -> &'static [DeclaredRole] {
        self.0
    }

    /// What a user with these scopes may do: those that are no roles, and what their roles hold.
    pub(crate) fn resolved(self, own: &ScopeSet) -> ScopeSet {
        if !self.0.iter().any(|role| own.contains(role.name)) {
            return own.clone();
        }
        let (roles, mut all): (Vec<&str>, Vec<&str>) = own.iter().partition(|word| self.named(word).is_some());
        for scope in roles
            .iter()
            .filter_map(|name| self.named(name))
            .flat_map(|role| role.scopes)
        {
            if !all.contains(&scope.name) {
                all.push(scope.name);
            }
        }
        all.into_iter().collect()
    }

    /// What somebody with these scopes may give to others: what they may do, and each role all of whose scopes they have.
    pub(crate) fn givable(self, own: &ScopeSet) -> ScopeSet {
        let resolved = self.resolved(own);
        let covered = |role: &&DeclaredRole| role.scopes.iter().all(|scope| resolved.contains(scope.name));
        let roles = self.0.iter().filter(covered).map(|role| role.name);
        resolved.iter().chain(roles).collect()
    }

    fn named(self, name: &str) -> Option<&'static DeclaredRole> {
        self.0.iter().find(|role| role.name == name)
    }
}

/// Why roles cannot be declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RoleError {
    /// It is named as a scope or as another role.
    Twice(&'static str),
    /// It holds a scope that the application does not declare.
    Undeclared(&'static str, &'static str),
    /// It holds [`ADMINISTRATOR`](crate::condition::ADMINISTRATOR). Who administers is given that by its own name, so that it
    /// is known who is the last one.
    Administrator(&'static str),
}

impl fmt::Display for RoleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Twice(role) => write!(f, "the role `{role}` is named as a scope or another role"),
            Self::Undeclared(role, scope) => {
                write!(f, "the role `{role}` holds the scope `{scope}`, which is not declared")
            }
            Self::Administrator(role) => write!(
                f,
                "the role `{role}` holds `{}`, which is given to users by its own name alone",
                crate::condition::ADMINISTRATOR
            ),
        }
    }
}

impl std::error::Error for RoleError {}

#[cfg(test)]
mod tests {
    use super::*;

    const fn scope(name: &'static str) -> Declared {
        Declared { name, sentence: "" }
    }

    const DECLARED: &[Declared] = &[scope("items"), scope("me"), scope("users:write")];
    const EDITOR: DeclaredRole = DeclaredRole {
        name: "editor",
        sentence: "",
        scopes: &[scope("items"), scope("me")],
    };

    fn set(text: &str) -> ScopeSet {
        ScopeSet::parse(text).unwrap()
    }

    fn book() -> RoleBook {
        RoleBook::new(&[EDITOR], DECLARED).unwrap()
    }

    #[test]
    fn a_role_that_is_named_as_a_scope_or_another_or_that_holds_what_is_not_declared_is_refused() {
        const LIKE_A_SCOPE: DeclaredRole = DeclaredRole { name: "me", ..EDITOR };
        const UNDECLARED: DeclaredRole = DeclaredRole {
            scopes: &[scope("items"), scope("other")],
            ..EDITOR
        };
        const ADMIN: DeclaredRole = DeclaredRole {
            name: "admin",
            scopes: &[scope("users:write")],
            ..EDITOR
        };
        for (roles, told) in [
            (&[LIKE_A_SCOPE] as &'static [_], RoleError::Twice("me")),
            (&[EDITOR, EDITOR], RoleError::Twice("editor")),
            (&[UNDECLARED], RoleError::Undeclared("editor", "other")),
            (&[EDITOR, ADMIN], RoleError::Administrator("admin")),
        ] {
            assert_eq!(RoleBook::new(roles, DECLARED).unwrap_err(), told);
        }
    }

    #[test]
    fn a_part_of_a_name_is_no_role_and_who_has_none_keeps_what_they_have() {
        for own in ["", "me", "editors me", "edit"] {
            assert_eq!(book().resolved(&set(own)), set(own));
        }
    }

    #[test]
    fn a_role_adds_its_scopes_each_once() {
        assert_eq!(book().resolved(&set("editor")).as_str(), "items me");
        assert_eq!(book().resolved(&set("me editor x")).as_str(), "me x items");
    }

    #[test]
    fn who_has_all_that_a_role_holds_may_give_it_and_nobody_else() {
        assert_eq!(book().givable(&set("me items")).as_str(), "me items editor");
        assert_eq!(book().givable(&set("editor")).as_str(), "items me editor");
        assert_eq!(book().givable(&set("me")).as_str(), "me");
        assert_eq!(RoleBook::default().givable(&set("me")).as_str(), "me");
    }
}
