//! What a page shows that it is the session's own.

use std::fmt;
use std::marker::PhantomData;

use axum::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use portcullis_core::{Account, Auth, User};

use crate::credentials::{Shown, shown};
use crate::openapi::{Describe, DescribeOptional, Operation};
use crate::refusal::Refusal;

/// A text that shows that a page is one of the session's own, for browsers that do not say by themselves which page asks
/// (`Sec-Fetch-Site`, `Origin`): since 2023 all do. A page that is to serve older ones sends it in the header `X-CSRF-Token`, or
/// puts [`Csrf::field`] into each form that changes something; a multipart form sends the header, for its fields are not looked
/// through.
///
/// It is an HMAC over the session, good as long as that, and another text each time. For a request with a cookie; one with
/// a token needs none.
///
/// ```
/// use axum::response::Html;
/// use portcullis::prelude::*;
///
/// async fn page(user: ActiveUser, csrf: Csrf) -> Html<String> {
///     Html(format!("<form method=post action=/notes>{}<button>Add</button></form>", csrf.field()))
/// }
/// ```
pub struct Csrf<U = Account> {
    token: String,
    user: PhantomData<fn() -> U>,
}

impl<U> Csrf<U> {
    /// The text: letters, digits and an underscore.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// It as a hidden field of a form.
    pub fn field(&self) -> String {
        format!("<input type=\"hidden\" name=\"csrf_token\" value=\"{}\">", self.token)
    }
}

impl<U> fmt::Debug for Csrf<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Csrf(..)")
    }
}

/// That of the session whose cookie a request brings.
fn of_session<S, U>(parts: &Parts, state: &S) -> Result<Option<Csrf<U>>, Refusal>
where
    U: User,
    Auth<U>: FromRef<S>,
{
    let auth = Auth::<U>::from_ref(state);
    let Some(Shown::Cookie(cookie)) = shown::<U, ()>(&auth, parts)? else {
        return Ok(None);
    };
    let token = auth.csrf_token(cookie).map_err(|error| {
        tracing::error!(%error, "no randomness for a page");
        Refusal::Failed
    })?;
    Ok(token.map(|token| Csrf {
        token,
        user: PhantomData,
    }))
}

impl<S, U> FromRequestParts<S> for Csrf<U>
where
    S: Send + Sync,
    U: User,
    Auth<U>: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        of_session(parts, state)?.ok_or(Refusal::NoToken)
    }
}

impl<S, U> OptionalFromRequestParts<S> for Csrf<U>
where
    S: Send + Sync,
    U: User,
    Auth<U>: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Refusal> {
        of_session(parts, state)
    }
}

impl<U> Describe for Csrf<U> {
    /// It asks for nothing that a guard beside it does not ask for.
    fn describe(_: &mut Operation) {}
}

impl<U> DescribeOptional for Csrf<U> {}
