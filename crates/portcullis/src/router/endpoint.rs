//! One handler of a router: what is asked before it, and how it is documented.

use std::fmt;
use std::sync::Arc;

use http::Method;

use super::guards::GroupGuard;
use crate::asked::Questions;
use crate::openapi::{Components, Operation, Requirement, names};
use crate::render::LateInside;
use crate::statuses::Statuses;

/// A change to an operation that its types cannot say.
type Change = Arc<dyn Fn(&mut Operation) + Send + Sync>;

/// One method of one path: what is needed to document it.
pub(crate) struct Endpoint<S> {
    pub(crate) method: Method,
    pub(crate) hidden: bool,
    pub(super) name: Option<String>,
    pub(super) operation_id: Option<String>,
    pub(super) describe: fn(&mut Operation),
    pub(super) changes: Vec<Change>,
    /// What is asked before the guards of the handler's signature.
    pub(crate) guards: Vec<GroupGuard<S>>,
    /// The same with those of its groups, once there is a state.
    pub(crate) questions: Questions,
    /// Right around the handler.
    pub(crate) inside: LateInside,
    /// Whether nothing else stands around it.
    pub(crate) bare: bool,
    /// Whether its answers may be somebody's own whatever headers a request has.
    pub(crate) personal: bool,
    /// Whether a token of the application's `Auth` is looked for.
    pub(crate) takes_tokens: bool,
    /// Its errors are those of OAuth.
    pub(crate) protocol: bool,
    /// What its document says, where answers are held against it: in debug builds.
    pub(crate) statuses: Option<Arc<Statuses>>,
}

impl<S> Endpoint<S> {
    /// The operation as its types describe it; `path` is written as in OpenAPI, `around` are the guards of its groups.
    pub(crate) fn operation(&self, path: &str, around: &[GroupGuard<S>], components: Components) -> Operation {
        let name = self.name.as_deref().unwrap_or("anonymous");
        let id = match &self.operation_id {
            Some(id) => id.clone(),
            None => names::operation_id(name, path, &self.method),
        };
        let mut operation = Operation::new(id, names::title(name), path.to_owned(), components);
        for change in &self.changes {
            change(&mut operation);
        }
        for guard in around.iter().chain(&self.guards) {
            guard.describe(&mut operation);
        }
        (self.describe)(&mut operation);
        operation
    }

    /// Takes into account what stands around it: its guards get the state that they look at.
    pub(super) fn bind(&mut self, path: &str, around: &[GroupGuard<S>], state: &S) {
        let operation = self.operation(path, around, Components::default());
        let told = cfg!(debug_assertions) && !self.hidden;
        self.statuses = told.then(|| Arc::new(Statuses::new(&self.method, path, operation.statuses())));
        self.personal = operation.requirement().is_some_and(Requirement::is_elsewhere);
        self.takes_tokens = operation.requirement().is_some_and(Requirement::takes_tokens);
        self.protocol = operation.is_protocol();
        self.questions = around
            .iter()
            .chain(&self.guards)
            .map(|guard| guard.bind(state))
            .collect();
    }
}

impl<S> fmt::Debug for Endpoint<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.name.as_deref().unwrap_or("anonymous"))
    }
}
