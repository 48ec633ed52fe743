//! The OAuth endpoints, one route a file.

use axum::extract::FromRef;
use portcullis_core::{Auth, User};

use crate::answers::Answers;
use crate::router::ApiRouter;

mod token;

/// The endpoints that `auth` has: `POST /token` where anyone can log in.
pub(crate) fn routes<S, U>(auth: &Auth<U>, answers: &Answers) -> ApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    U: User,
    Auth<U>: FromRef<S>,
{
    let routes = ApiRouter::new();
    if !auth.has_logins() {
        return routes;
    }
    routes.api_route("/token", token::route(answers))
}
