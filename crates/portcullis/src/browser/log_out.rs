//! `POST /logout`: the session ends, and its cookie goes.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRef, FromRequest, State};
use axum::response::Response;
use http::header::SET_COOKIE;
use http::request::Parts;
use http::{Request, StatusCode};
use portcullis_core::{Attempt, Auth, Cause, Principal, User};

use super::target::{Target, done};
use crate::attempt::attempt;
use crate::credentials::{Shown, principal, shown};
use crate::form::{Parameter, is_form, read};
use crate::openapi::{Describe, Guard, Operation, ResponseObject};
use crate::refusal::Refusal;
use crate::router::{ApiMethod, post, prefix};
use crate::session_cookie;
use crate::sessions_api::end_session_of;

const PARAMETERS: &[Parameter] = &[Parameter::Next];

/// The route.
pub(super) fn route<S, U>(_: &Auth<U>) -> ApiMethod<S>
where
    S: Clone + Send + Sync + 'static,
    U: User,
    Auth<U>: FromRef<S>,
{
    let handler = |State(auth): State<Auth<U>>, leaving: Leaving<U>| log_out(auth, leaving);
    post(handler).name("log_out").tag("me").description(
        "Ends the session of the cookie, or of the token. A form is led to `next`, a path of this site (by default its root); \
         everything else is answered with 204. What a page of another site sends is refused.",
    )
}

async fn log_out<U: User>(auth: Auth<U>, leaving: Leaving<U>) -> Result<Response, Refusal> {
    match &leaving.who {
        Who::Cookie(cookie) => auth.end_cookie(cookie, &leaving.attempt).await?,
        Who::Token(principal) => {
            let cause = Cause::user(&principal.user.id()).from(&leaving.attempt);
            let cause = cause.with_client(principal.token.client.as_deref());
            return Ok(end_session_of(&auth, principal, cause).await);
        }
        Who::Nobody => {}
    }
    let mut response = done(leaving.lead);
    if let Some(line) = auth.cookies().and_then(session_cookie::cleared) {
        response.headers_mut().append(SET_COOKIE, line);
    }
    Ok(response)
}

/// Somebody who logs out.
struct Leaving<U: User> {
    who: Who<U>,
    attempt: Attempt,
    /// Where a form is led; `None`: something else asks.
    lead: Option<Target>,
}

/// Whose session is to end.
enum Who<U: User> {
    Cookie(String),
    Token(Arc<Principal<U>>),
    /// It has ended already, or is not known: the cookie goes all the same.
    Nobody,
}

impl<S, U> FromRequest<S> for Leaving<U>
where
    S: Send + Sync,
    U: User,
    Auth<U>: FromRef<S>,
{
    type Rejection = Refusal;

    /// Who asks is looked at before the body is read.
    async fn from_request(request: Request<Body>, state: &S) -> Result<Self, Refusal> {
        let auth = Auth::<U>::from_ref(state);
        let root = Target::root(&prefix::prefix(&request));
        let (mut parts, body) = request.into_parts();
        let attempt = attempt(&parts.extensions, &parts.headers);
        let cookie = match shown::<U, ()>(&auth, &parts)? {
            Some(Shown::Cookie(cookie)) => Some(cookie.to_owned()),
            Some(Shown::Token(_)) => None,
            None => {
                let own = auth.cookies().ok_or(Refusal::Failed)?;
                session_cookie::expect_page(own, &parts.headers, false)?;
                None
            }
        };
        let who = match cookie {
            Some(cookie) => Who::Cookie(cookie),
            None => by_token::<U, S>(&mut parts, state).await?,
        };
        let is_form = is_form(&parts.headers);
        let mut fields = read(Request::from_parts(parts, body), PARAMETERS).await?;
        let next = Target::asked(fields.strict(PARAMETERS)?.take(Parameter::Next));
        Ok(Self {
            who,
            attempt,
            lead: is_form.then(|| next.unwrap_or(root)),
        })
    }
}

/// The user of a token, if there is one; an API key has no session.
async fn by_token<U, S>(parts: &mut Parts, state: &S) -> Result<Who<U>, Refusal>
where
    U: User,
    Auth<U>: FromRef<S>,
{
    match principal::<U, S, ()>(parts, state).await? {
        Some(found) if found.token.api_key.is_some() => Err(Refusal::NotInPerson),
        Some(found) => Ok(Who::Token(found)),
        None => Ok(Who::Nobody),
    }
}

impl<U: User> Describe for Leaving<U> {
    fn describe(operation: &mut Operation) {
        operation.guard(Guard::requiring(&[], false).optional());
        operation
            .success_status(StatusCode::NO_CONTENT)
            .success_description("The session has ended")
            .success_header("Set-Cookie", "The session's cookie is removed.");
        let led = ResponseObject::new("The session has ended, and a form is led on")
            .with_header("Location", "A path of this site.")
            .with_header("Set-Cookie", "The session's cookie is removed.");
        operation.response(StatusCode::SEE_OTHER, led);
    }
}
