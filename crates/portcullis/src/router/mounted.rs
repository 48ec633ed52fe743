//! Applications inside an application.

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::any_service;

use super::ApiRouter;
use super::guards::{GroupGuard, Guarded};
use super::lost::complete;
use super::route::Beside;

/// An application and the path below which it answers.
pub(crate) struct Mounted<S> {
    pub(crate) path: String,
    pub(crate) application: ApiRouter<S>,
}

impl<S> Mounted<S> {
    /// Takes the guards of a router around it into account. The document of the application is its own: it says of them
    /// what they are, guards of something around it.
    pub(super) fn stand_in(&mut self, around: &[GroupGuard<S>], sealed: bool) {
        let around: Vec<_> = around.iter().copied().map(GroupGuard::seen_inside).collect();
        self.application.guarded.stand_in(&around, sealed);
    }
}

impl<S> ApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    /// Puts a whole application below a path, such as `/sub`. It has its own title, its own document and pages where the
    /// application around it has some (`/sub/docs`), its own redirections and 404. The document of the outer one does not
    /// show it, and its own names the path in `servers`. The path itself, without the slash behind it, leads to its root.
    ///
    /// The guards of the routers around it ([`ApiRouter::guard`]) hold for it as well, before its own, unless it says otherwise
    /// ([`ApiRouter::unguarded`]). An application with an `Auth`, answers or pages of its own is mounted on its own, and its
    /// router put here with [`ApiRouter::nest_service`]: then the guards stand around all of it.
    ///
    /// ```
    /// use portcullis::{ApiRouter, Site, get};
    ///
    /// async fn read_main() -> &'static str {
    ///     "main"
    /// }
    ///
    /// async fn read_sub() -> &'static str {
    ///     "sub"
    /// }
    ///
    /// let sub = ApiRouter::new().title("Sub").api_route("/sub", get(read_sub));
    /// let app = ApiRouter::new().api_route("/app", get(read_main)).mount("/subapi", sub);
    /// let router: axum::Router = Site::new().mount(app);
    /// ```
    ///
    /// # Panics
    /// Finishing the router panics where the path conflicts with a route, as axum's `nest_service`.
    #[must_use]
    pub fn mount(mut self, path: &str, application: Self) -> Self {
        self.mounted.push(Mounted {
            path: path.trim_end_matches('/').to_owned(),
            application,
        });
        self
    }

    /// The applications that are mounted here, which have the guards that stand around them.
    pub(crate) fn take_mounted(&mut self) -> Vec<Mounted<S>> {
        std::mem::take(&mut self.mounted)
    }

    /// Puts a finished application below its path. It has its guards.
    pub(crate) fn answered_at(mut self, path: String, application: Router) -> Self {
        let mut beside = Beside::new(path, any_service(application.layer(from_fn(complete))));
        beside.guarded = Guarded {
            sealed: true,
            ..Guarded::default()
        };
        self.services.push(beside);
        self
    }
}
