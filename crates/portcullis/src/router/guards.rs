//! The guards of groups of routes before there is a state that they look at.

use axum::extract::FromRequestParts;

use crate::asked::Question;
use crate::openapi::{Describe, Operation};

/// One guard of a group: what it says in the document, and how it is asked.
pub(crate) struct GroupGuard<S> {
    describe: fn(&mut Operation),
    bind: fn(&S) -> Question,
    /// It is one of an application around the route's own.
    around: bool,
}

impl<S> Clone for GroupGuard<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for GroupGuard<S> {}

impl<S> GroupGuard<S>
where
    S: Clone + Send + Sync + 'static,
{
    pub(super) fn of<G>() -> Self
    where
        G: FromRequestParts<S> + Describe + 'static,
    {
        Self {
            describe: G::describe,
            bind: |state| Question::of::<G, S>(state.clone()),
            around: false,
        }
    }
}

impl<S> GroupGuard<S> {
    /// As it holds in an application that is mounted where it stands.
    pub(super) fn seen_inside(mut self) -> Self {
        self.around = true;
        self
    }

    pub(super) fn is_from_around(&self) -> bool {
        self.around
    }

    pub(super) fn describe(&self, operation: &mut Operation) {
        (self.describe)(operation);
    }

    pub(super) fn bind(&self, state: &S) -> Question {
        (self.bind)(state)
    }
}

/// The guards around one part of a router, the outermost first.
pub(super) struct Guarded<S> {
    pub(super) guards: Vec<GroupGuard<S>>,
    /// Routers around it add none.
    pub(super) sealed: bool,
}

impl<S> Guarded<S> {
    /// Takes a router around it into account.
    pub(super) fn stand_in(&mut self, around: &[GroupGuard<S>], sealed: bool) {
        if !self.sealed {
            self.guards.splice(0..0, around.iter().copied());
        }
        self.sealed |= sealed;
    }

    /// Its guards and those of a router around it.
    pub(super) fn within(&self, around: &[GroupGuard<S>]) -> Vec<GroupGuard<S>> {
        let around = if self.sealed { &[] } else { around };
        [around, &self.guards].concat()
    }
}

impl<S> Default for Guarded<S> {
    fn default() -> Self {
        Self {
            guards: Vec::new(),
            sealed: false,
        }
    }
}
