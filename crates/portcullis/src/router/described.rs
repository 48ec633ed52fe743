//! What a router says of itself: its document and the list of its routes.

use schemars::Schema;

use super::guards::GroupGuard;
use super::method::MethodsOf;
use super::mounted::Mounted;
use super::table::{RouteEntry, RouteTable};
use super::{ApiRouter, path};
use crate::answers::Answers;
use crate::openapi::{Components, Document, Operation, SecurityScheme};

impl<S> ApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    /// A further server that the document names after the prefix under which the application is reached, and what it is.
    #[must_use]
    pub fn server(mut self, url: impl Into<String>, says: impl Into<String>) -> Self {
        self.info.servers.push((url.into(), says.into()));
        self
    }

    /// Whether the prefix under which the application is reached is among the servers of the document; it is by default.
    #[must_use]
    pub fn root_path_in_servers(mut self, named: bool) -> Self {
        self.info.only_named_servers = !named;
        self
    }

    /// Documents what the application asks of others (OpenAPI's `webhooks`): handlers that say by their signature what is
    /// sent, and are never called. No guard of a router is theirs.
    ///
    /// ```
    /// use portcullis::{ApiRouter, Json, post};
    ///
    /// async fn new_order(number: Json<u64>) {}
    ///
    /// let app: ApiRouter = ApiRouter::new().webhook("new-order", post(new_order));
    /// # let document = app.openapi(None, &portcullis::Answers::fastapi());
    /// # assert!(document.value()["webhooks"]["new-order"]["post"].is_object());
    /// ```
    #[must_use]
    pub fn webhook(mut self, name: impl Into<String>, methods: impl MethodsOf<S>) -> Self {
        self.webhooks.push((name.into(), methods.methods().endpoints));
        self
    }

    /// The list of its routes.
    pub fn routes(&self) -> RouteTable {
        let mut table = RouteTable::default();
        self.list("", &[], &mut table);
        table
    }

    /// Adds its routes as they are below `prefix`, with the guards of what is around.
    fn list(&self, prefix: &str, around: &[GroupGuard<S>], table: &mut RouteTable) {
        let around = self.guarded.within(around);
        let written = |path: &str| format!("{prefix}{}", path::openapi_path(path));
        for route in &self.routes {
            let path = written(&route.path);
            if !route.described {
                table.undescribed.push(path.clone());
            }
            let guards = route.guarded.within(&around);
            for endpoint in &route.endpoints {
                let operation = endpoint.operation(&path, &guards, Components::default());
                table.operations.push(RouteEntry {
                    method: endpoint.method.clone(),
                    path: path.clone(),
                    operation_id: operation.id().to_owned(),
                    requirement: operation.requirement().cloned(),
                    objects: operation.guarded_objects().to_vec(),
                    hidden: endpoint.hidden,
                });
            }
        }
        let services = self.services.iter().map(|service| written(&service.path));
        table.undescribed.extend(services);
        for Mounted { path, application } in &self.mounted {
            application.list(&written(path), &around, table);
        }
    }

    /// The OpenAPI document. `scheme` is what the guards stand for; where `answers` says so, the refusals of each
    /// guarded route are documented too.
    pub fn openapi(&self, scheme: Option<&SecurityScheme>, answers: &Answers) -> Document {
        self.openapi_with(scheme.map_or(&[], std::slice::from_ref), answers, None)
    }

    /// The same with what users may bring in the place of a token, and where the bodies of errors have a schema of the application's own.
    pub(crate) fn openapi_with(
        &self,
        tokens: &[SecurityScheme],
        answers: &Answers,
        errors: Option<fn(&mut Operation) -> Schema>,
    ) -> Document {
        let mut document = Document::begin(&self.info, tokens, answers).with_errors(errors);
        for route in &self.routes {
            let path = path::openapi_path(&route.path);
            let mut guards = route.guarded.within(&self.guarded.guards);
            if answers.document_as_fastapi {
                guards.retain(|guard| !guard.is_from_around());
            }
            for endpoint in route.endpoints.iter().filter(|endpoint| !endpoint.hidden) {
                document.add(&path, &endpoint.method, |components| {
                    endpoint.operation(&path, &guards, components)
                });
            }
        }
        for (name, endpoints) in &self.webhooks {
            for endpoint in endpoints.iter().filter(|endpoint| !endpoint.hidden) {
                document.add_webhook(name, &endpoint.method, |components| {
                    endpoint.operation(name, &[], components)
                });
            }
        }
        document.end()
    }

    /// Ends the program where a type that a handler takes promises what cannot be enforced: better not to start than to
    /// pretend.
    ///
    /// # Panics
    /// Where one does, with what.
    pub(super) fn keep_promises(&self) {
        let mut unkept = Vec::new();
        for route in &self.routes {
            let guards = route.guarded.within(&self.guarded.guards);
            for endpoint in &route.endpoints {
                let operation = endpoint.operation(&route.path, &guards, Components::default());
                let own = operation.unkept().iter();
                unkept.extend(own.map(|what| format!("{} {}: {what}", endpoint.method, route.path)));
            }
        }
        assert!(unkept.is_empty(), "{}", unkept.join("\n"));
    }
}

#[cfg(test)]
mod tests;
