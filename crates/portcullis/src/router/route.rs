//! One path of a router before it is finished.

use std::convert::Infallible;
use std::sync::Arc;

use axum::routing::MethodRouter;

use super::endpoint::Endpoint;
use super::guards::{GroupGuard, Guarded};
use crate::asked::Questions;
use crate::cors::Cors;
use crate::openapi::{Components, Operation, Requirement};
use crate::render::Inside;

/// Puts a layer around the methods of a path.
pub(super) type Around<S> = Arc<dyn Fn(MethodRouter<S, Infallible>) -> MethodRouter<S, Infallible> + Send + Sync>;

/// A path and what answers there.
pub(super) struct Route<S> {
    pub(super) path: String,
    pub(super) methods: MethodRouter<S, Infallible>,
    /// Layers that wait until the answers to other methods are there, to stand around those too; the innermost first.
    pub(super) layers: Vec<Around<S>>,
    pub(super) endpoints: Vec<Endpoint<S>>,
    pub(super) guarded: Guarded<S>,
    pub(super) described: bool,
    /// HEAD and OPTIONS are answered whatever the table of answers says.
    pub(super) uniform: bool,
    /// No method is refused.
    pub(super) takes_all: bool,
    pub(super) cors: Option<Cors>,
}

impl<S> Route<S>
where
    S: Clone + Send + Sync + 'static,
{
    /// Takes in the methods that another has for the same path.
    pub(super) fn join(&mut self, mut other: Self) {
        let place = |layer: &Around<S>| Arc::as_ptr(layer).cast::<()>();
        if !self.layers.iter().map(place).eq(other.layers.iter().map(place)) {
            self.put_layers();
            other.put_layers();
        }
        self.methods = std::mem::take(&mut self.methods).merge(other.methods);
        self.endpoints.extend(other.endpoints);
        self.described &= other.described;
        self.uniform |= other.uniform;
        self.takes_all |= other.takes_all;
        self.cors = self.cors.take().or(other.cors);
    }

    /// Gives its guards the state that they look at. Those of described handlers are asked right before each; around the
    /// others stands a layer.
    pub(super) fn bind(&mut self, state: &S) {
        let around = std::mem::take(&mut self.guarded.guards);
        for endpoint in &mut self.endpoints {
            endpoint.bind(&self.path, &around, state);
        }
        if !self.described {
            self.methods = asking(std::mem::take(&mut self.methods), &around, state);
        }
    }

    fn put_layers(&mut self) {
        for layer in std::mem::take(&mut self.layers) {
            self.methods = layer(std::mem::take(&mut self.methods));
            self.endpoints.iter_mut().for_each(|endpoint| endpoint.bare = false);
        }
    }

    /// Whether nothing stands around the handlers.
    pub(super) fn is_bare(&self) -> bool {
        let bare = |endpoint: &Endpoint<S>| endpoint.bare;
        self.described && self.cors.is_none() && self.layers.is_empty() && self.endpoints.iter().all(bare)
    }
}

/// What stands beside the routes: a service below a path, or the fallback below a prefix.
pub(super) struct Beside<S> {
    pub(super) path: String,
    pub(super) methods: MethodRouter<S, Infallible>,
    pub(super) guarded: Guarded<S>,
}

impl<S> Beside<S>
where
    S: Clone + Send + Sync + 'static,
{
    pub(super) fn new(path: impl Into<String>, methods: MethodRouter<S, Infallible>) -> Self {
        Self {
            path: path.into(),
            methods,
            guarded: Guarded::default(),
        }
    }

    /// Its path, and what asks its guards before it answers.
    pub(super) fn bind(self, state: &S) -> (String, MethodRouter<S, Infallible>) {
        (self.path, asking(self.methods, &self.guarded.guards, state))
    }
}

/// Asks around all that answers.
fn asking<S>(methods: MethodRouter<S, Infallible>, guards: &[GroupGuard<S>], state: &S) -> MethodRouter<S, Infallible>
where
    S: Clone + Send + Sync + 'static,
{
    let questions: Questions = guards.iter().map(|guard| guard.bind(state)).collect();
    if questions.are_none() {
        return methods;
    }
    let mut asked = Operation::new(String::new(), String::new(), String::new(), Components::default());
    guards.iter().for_each(|guard| guard.describe(&mut asked));
    let elsewhere = asked.requirement().is_some_and(Requirement::is_elsewhere);
    methods.layer(Inside::new(None, questions).for_personal_answers(elsewhere))
}
