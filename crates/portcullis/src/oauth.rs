//! The OAuth endpoints, one route a file.

use axum::extract::FromRef;
use portcullis_core::{Auth, User};

use crate::answers::Answers;
use crate::router::ApiRouter;

mod authenticate;
mod client;
mod introspect;
mod login;
mod request;
mod response;
mod revocations;
mod revoke;
mod token;
mod verify;

pub(crate) use login::credentials;

/// The endpoints that `auth` has: `POST /token` where anyone can log in; where sessions are kept, `POST /revoke` and
/// `GET /verify`; where there are clients, `POST /introspect`; and where those can follow what ended, `GET /revocations`.
pub(crate) fn routes<S, U>(auth: &Auth<U>, answers: &Answers) -> ApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    U: User,
    Auth<U>: FromRef<S>,
{
    let mut routes = ApiRouter::new();
    if !auth.has_logins() {
        return routes;
    }
    routes = routes.api_route("/token", token::route(auth, answers));
    let (sessions, clients) = (auth.sessions().is_some(), auth.clients().is_some());
    if sessions {
        routes = routes.api_route("/revoke", revoke::route());
    }
    if verified_at(auth).is_some() {
        routes = routes.api_route(verify::PATH, verify::route());
    }
    if clients {
        routes = routes.api_route("/introspect", introspect::route());
    }
    if clients && auth.revocations().is_some() {
        routes = routes.api_route("/revocations", revocations::route());
    }
    routes
}

/// Where a proxy asks whether a request may pass, if it can. A preflight that it hands on is such a request, and none of ours.
pub(crate) fn verified_at<U: User>(auth: &Auth<U>) -> Option<&'static str> {
    let told = auth.has_logins() && (auth.sessions().is_some() || auth.clients().is_some());
    told.then_some(verify::PATH)
}

#[cfg(test)]
mod tests;
