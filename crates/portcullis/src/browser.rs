//! Where browsers log in and out: what a page's form, or its script, asks for.

mod log_in;
mod log_out;
mod target;

use axum::extract::FromRef;
use portcullis_core::{Auth, User};

use crate::answers::Answers;
use crate::router::ApiRouter;

/// `POST /login` and `POST /logout`, where sessions of browsers are on.
pub(crate) fn routes<S, U>(auth: &Auth<U>, answers: &Answers) -> ApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    U: User,
    Auth<U>: FromRef<S>,
{
    match auth.cookies() {
        Some(_) => ApiRouter::new()
            .api_route("/login", log_in::route(auth, answers))
            .api_route("/logout", log_out::route(auth)),
        None => ApiRouter::new(),
    }
}

#[cfg(test)]
mod tests;
