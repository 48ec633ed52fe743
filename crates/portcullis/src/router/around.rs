//! What stands around the handlers of a router: services beside them, layers, and the fallback.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::IntoResponse;
use axum::routing::{any, any_service};
use tower_service::Service;

use super::ApiRouter;
use super::layer::RouteLayer;
use super::route::{Around, Beside};

impl<S> ApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    /// Hands all paths below a prefix to a service, which sees them without it, as axum's `Router::nest_service`: files,
    /// another axum router. The document does not show it.
    #[must_use]
    pub fn nest_service<T>(mut self, prefix: &str, service: T) -> Self
    where
        T: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        T::Response: IntoResponse + 'static,
        T::Future: Send + 'static,
    {
        self.services.push(Beside::new(prefix, any_service(service)));
        self
    }

    /// What answers a path that no route has, instead of 404 `{"detail":"Not Found"}`. A path that differs from a route
    /// by the slash at its end is redirected first. Of a nested router it answers below the prefix.
    #[must_use]
    pub fn fallback<H, T>(mut self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.fallbacks.retain(|fallback| !fallback.path.is_empty());
        self.fallbacks.push(Beside::new("", any(handler)));
        self
    }

    /// Puts a layer around the routes and services added so far, with their answers to other methods, and around the
    /// fallback, as axum's `Router::layer`. Where no fallback was chosen, 404 and redirections are not inside: for those,
    /// layer the router that [`mount`](crate::Mount::mount) gives.
    #[must_use]
    pub fn layer(mut self, layer: impl RouteLayer) -> Self {
        for fallback in &mut self.fallbacks {
            fallback.methods = std::mem::take(&mut fallback.methods).layer(layer.clone());
        }
        self.route_layer(layer)
    }

    /// The same without the fallback.
    #[must_use]
    pub fn route_layer(mut self, layer: impl RouteLayer) -> Self {
        for service in &mut self.services {
            service.methods = std::mem::take(&mut service.methods).layer(layer.clone());
        }
        let around: Around<S> = Arc::new(move |methods| methods.layer(layer.clone()));
        for route in &mut self.routes {
            route.layers.push(around.clone());
        }
        self
    }
}
