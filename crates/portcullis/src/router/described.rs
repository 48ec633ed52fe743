//! What a router says of itself: its document and the list of its routes.

use super::guards::GroupGuard;
use super::table::{RouteEntry, RouteTable};
use super::{ApiRouter, path};
use crate::answers::Answers;
use crate::openapi::{Components, Document, SecurityScheme};

impl<S> ApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
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
                    hidden: endpoint.hidden,
                });
            }
        }
        let services = self.services.iter().map(|service| written(&service.path));
        table.undescribed.extend(services);
    }

    /// The OpenAPI document. `scheme` is what the guards stand for; where `answers` says so, the refusals of each
    /// guarded route are documented too.
    pub fn openapi(&self, scheme: Option<&SecurityScheme>, answers: &Answers) -> Document {
        let mut document = Document::begin(&self.info, scheme, answers);
        for route in &self.routes {
            let path = path::openapi_path(&route.path);
            let guards = route.guarded.within(&self.guarded.guards);
            for endpoint in route.endpoints.iter().filter(|endpoint| !endpoint.hidden) {
                document.add(&path, &endpoint.method, |components| {
                    endpoint.operation(&path, &guards, components)
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
