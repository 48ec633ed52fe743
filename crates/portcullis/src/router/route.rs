//! One path of a router before it is finished.

use std::convert::Infallible;
use std::sync::Arc;

use axum::routing::MethodRouter;

use super::method::Endpoint;
use crate::cors::Cors;

/// Puts a layer around the methods of a path.
pub(super) type Around<S> = Arc<dyn Fn(MethodRouter<S, Infallible>) -> MethodRouter<S, Infallible> + Send + Sync>;

/// A path and what answers there.
pub(super) struct Route<S> {
    pub(super) path: String,
    pub(super) methods: MethodRouter<S, Infallible>,
    /// Layers that wait until the answers to other methods are there, to stand around those too; the innermost first.
    pub(super) layers: Vec<Around<S>>,
    pub(super) endpoints: Vec<Endpoint>,
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

    fn put_layers(&mut self) {
        for layer in std::mem::take(&mut self.layers) {
            self.methods = layer(std::mem::take(&mut self.methods));
            self.endpoints.iter_mut().for_each(Endpoint::stands_inside);
        }
    }

    /// Whether nothing stands around the handlers.
    pub(super) fn is_bare(&self) -> bool {
        let bare = |endpoint: &Endpoint| endpoint.render.is_some();
        self.described && self.cors.is_none() && self.layers.is_empty() && self.endpoints.iter().all(bare)
    }
}
