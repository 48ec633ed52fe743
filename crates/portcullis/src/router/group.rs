//! Guards for groups of routes, and for all methods of one path.

use axum::extract::FromRequestParts;

use super::ApiRouter;
use super::guards::GroupGuard;
use super::method::ApiMethod;
use crate::openapi::Describe;

impl<S> ApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    /// Guards all of the router with `G`, as if each of its handlers named it as its first argument: those that were added
    /// before and those that come later, of routers inside too. FastAPI's `dependencies=[Depends(…)]` of an application
    /// or a router.
    ///
    /// The outermost router's guards are asked first, those of one router in the order in which they are named; then
    /// [`ApiMethod::guard`], then the handler's signature. The document joins what all of them ask, in that order. All are
    /// asked inside of every layer and before a body is read. What no handler answers is open: 404, 405, redirections, and
    /// what [`mount`](crate::Mount::mount) adds: the document, its pages, and the OAuth endpoints. Guarded are
    /// [`ApiRouter::route`], [`ApiRouter::nest_service`] and [`ApiRouter::fallback`], the first two with their answers to
    /// other methods.
    ///
    /// ```
    /// use portcullis::prelude::*;
    ///
    /// scopes! {
    ///     /// Look after the house.
    ///     Admin = "admin";
    /// }
    ///
    /// async fn read_stats() -> &'static str {
    ///     "stats"
    /// }
    ///
    /// async fn read_news() -> &'static str {
    ///     "news"
    /// }
    ///
    /// let admin: ApiRouter<Auth> = ApiRouter::new().guard::<Scoped<Admin>>().api_route("/stats", get(read_stats));
    /// let app = ApiRouter::new().api_route("/news", get(read_news)).nest("/admin", admin);
    /// assert_eq!(app.routes().open().count(), 1);
    /// ```
    #[must_use]
    pub fn guard<G>(mut self) -> Self
    where
        G: FromRequestParts<S> + Describe + 'static,
    {
        self.guarded.guards.push(GroupGuard::of::<G>());
        self
    }

    /// Says that the guards of routers around this one are not asked here. Its own are.
    ///
    /// ```
    /// use portcullis::prelude::*;
    ///
    /// async fn read_news() -> &'static str {
    ///     "news"
    /// }
    ///
    /// let public = ApiRouter::new().api_route("/news", get(read_news)).unguarded();
    /// let app: ApiRouter<Auth> = ApiRouter::new().guard::<ActiveUser>().merge(public);
    /// assert_eq!(app.routes().open().count(), 1);
    /// ```
    #[must_use]
    pub fn unguarded(mut self) -> Self {
        self.guarded.sealed = true;
        self
    }
}

impl<S> ApiMethod<S>
where
    S: Clone + Send + Sync + 'static,
{
    /// Guards the handlers named so far with `G`, whose value none of them takes: as if it was the first argument of each.
    /// See [`ApiRouter::guard`].
    ///
    /// ```
    /// use portcullis::prelude::*;
    ///
    /// async fn read_status() -> &'static str {
    ///     "well"
    /// }
    ///
    /// let app: ApiRouter<Auth> = ApiRouter::new().api_route("/status", get(read_status).guard::<ActiveUser>());
    /// assert_eq!(app.routes().open().count(), 0);
    /// ```
    #[must_use]
    pub fn guard<G>(mut self) -> Self
    where
        G: FromRequestParts<S> + Describe + 'static,
    {
        for endpoint in &mut self.endpoints {
            endpoint.guards.push(GroupGuard::of::<G>());
        }
        self
    }
}

#[cfg(test)]
mod tests;
