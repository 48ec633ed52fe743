//! What a guard asks for, and how several guards of one handler become one requirement.

use portcullis_core::Declared;
use serde_json::{Value, json};

/// What one guard in a handler's signature asks of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard {
    scopes: &'static [Declared],
    active: bool,
    optional: bool,
    of_no_user: bool,
}

impl Guard {
    /// A token that covers `scopes` (in the order in which documents and challenges name them) and, if `active`, whose
    /// user is not disabled.
    pub const fn requiring(scopes: &'static [Declared], active: bool) -> Self {
        Self {
            scopes,
            active,
            optional: false,
            of_no_user: false,
        }
    }

    /// The same, but the token is no user's: its scopes are not those that a login grants.
    pub(crate) const fn of_no_user(mut self) -> Self {
        self.of_no_user = true;
        self
    }

    /// The same, but a request without a token passes too.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
}

/// What all guards of one handler ask together: OpenAPI's Security Requirement Object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Requirement {
    scopes: Vec<&'static str>,
    active: bool,
    optional: bool,
    of_no_user: bool,
}

impl Requirement {
    /// The names of the scopes, in the order in which the guards name them, each once.
    pub fn scopes(&self) -> &[&'static str] {
        &self.scopes
    }

    /// Whether a disabled user is refused.
    pub fn active(&self) -> bool {
        self.active
    }

    /// Whether a request without a token passes.
    pub fn optional(&self) -> bool {
        self.optional
    }

    /// Whether a guard among them asks for a token that is no user's.
    pub(crate) fn of_no_user(&self) -> bool {
        self.of_no_user
    }

    /// Adds what `other` asks. Two requirement objects in a document mean "either"; two guards mean "both", so they
    /// have to become one. A token may be left out only where every guard allows it.
    pub(crate) fn merge(&mut self, other: &Self) {
        for scope in &other.scopes {
            if !self.scopes.contains(scope) {
                self.scopes.push(scope);
            }
        }
        self.active |= other.active;
        self.optional &= other.optional;
        self.of_no_user |= other.of_no_user;
    }

    pub(crate) fn relax(&mut self) {
        self.optional = true;
    }

    /// OpenAPI's list of alternatives: one object, after an empty one where no token is needed.
    pub(super) fn to_value(&self, scheme: &str) -> Value {
        let needed = json!({ scheme: self.scopes() });
        if self.optional() {
            json!([{}, needed])
        } else {
            json!([needed])
        }
    }
}

impl From<Guard> for Requirement {
    fn from(guard: Guard) -> Self {
        let mut own = Self {
            scopes: Vec::new(),
            active: guard.active,
            optional: guard.optional,
            of_no_user: guard.of_no_user,
        };
        for declared in guard.scopes {
            if !own.scopes.contains(&declared.name) {
                own.scopes.push(declared.name);
            }
        }
        own
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: Declared = Declared {
        name: "me",
        sentence: "Me.",
    };
    const ITEMS: Declared = Declared {
        name: "items",
        sentence: "Items.",
    };

    #[test]
    fn scopes_of_two_guards_are_joined_in_the_order_first_seen_each_once() {
        let mut both = Requirement::from(Guard::requiring(&[ITEMS, ME], false));
        both.merge(&Guard::requiring(&[ME], true).into());
        assert_eq!(both.scopes(), ["items", "me"]);
        assert!(both.active());
    }

    #[test]
    fn one_guard_that_insists_makes_the_optional_one_beside_it_insist() {
        let mut both = Requirement::from(Guard::requiring(&[], false).optional());
        both.merge(&Guard::requiring(&[], false).optional().into());
        assert!(both.optional());
        both.merge(&Guard::requiring(&[], false).into());
        assert!(!both.optional());
    }

    #[test]
    fn a_scope_named_twice_in_one_guard_counts_once() {
        assert_eq!(Requirement::from(Guard::requiring(&[ME, ME], false)).scopes(), ["me"]);
    }
}
