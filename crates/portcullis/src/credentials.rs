//! What a request brings to show for whom it speaks: a bearer token, or the cookie of a session.

use std::sync::Arc;

use axum::extract::FromRef;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use portcullis_core::{Auth, Principal, ScopeSet, Scopes, User};

use crate::bearer::{Unreadable, bearer};
use crate::peer;
use crate::refusal::Refusal;
use crate::session_cookie;

/// What a route asks for.
pub(crate) fn asked<Q: Scopes>() -> ScopeSet {
    ScopeSet::of::<Q>()
}

/// The token of a request that may bring one.
pub(crate) fn token<Q: Scopes>(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    bearer(headers).map_err(|unreadable| match unreadable {
        Unreadable::Twice => Refusal::BadCredentials { scope: asked::<Q>() },
        Unreadable::NotText => Refusal::BadToken { scope: asked::<Q>() },
    })
}

/// What a request brings.
#[derive(Clone, Copy)]
pub(crate) enum Shown<'a> {
    /// A bearer token.
    Token(&'a str),
    /// A cookie that was made here; a change with it was asked for by a page of the application itself.
    Cookie(&'a str),
}

/// What a request brings; `None` if that is nothing.
///
/// # Errors
/// It cannot be read for certain, it brings both, or it is a change with a cookie that the application's own pages did not ask for.
pub(crate) fn shown<'a, U: User, Q: Scopes>(auth: &Auth<U>, parts: &'a Parts) -> Result<Option<Shown<'a>>, Refusal> {
    let token = token::<Q>(&parts.headers)?;
    let Some(own) = auth.cookies() else {
        return Ok(token.map(Shown::Token));
    };
    match (token, session_cookie::presented(auth, own, parts, asked::<Q>)?) {
        (Some(_), Some(_)) => Err(Refusal::BadCredentials { scope: asked::<Q>() }),
        (Some(token), None) => Ok(Some(Shown::Token(token))),
        (None, cookie) => Ok(cookie.map(Shown::Cookie)),
    }
}

/// The same, kept.
#[derive(Clone)]
enum Kept {
    Token(Option<HeaderValue>),
    Cookie(String),
}

impl Kept {
    fn of(shown: Shown<'_>, headers: &HeaderMap) -> Self {
        match shown {
            Shown::Token(_) => Self::Token(headers.get(AUTHORIZATION).cloned()),
            Shown::Cookie(cookie) => Self::Cookie(cookie.to_owned()),
        }
    }

    fn is(&self, shown: Shown<'_>, headers: &HeaderMap) -> bool {
        match (self, shown) {
            (Self::Token(kept), Shown::Token(_)) => kept.as_ref() == headers.get(AUTHORIZATION),
            (Self::Cookie(kept), Shown::Cookie(cookie)) => kept == cookie,
            _ => false,
        }
    }
}

/// What a guard found, kept with the request so that two guards in one signature ask once. It holds for the `Auth` that
/// found it and for what it read: another application around or inside this one has users of its own, and a
/// layer between two guards may change the header.
struct Found<U: User> {
    auth: Auth<U>,
    kept: Kept,
    principal: Arc<Principal<U>>,
}

impl<U: User> Clone for Found<U> {
    fn clone(&self) -> Self {
        Self {
            auth: self.auth.clone(),
            kept: self.kept.clone(),
            principal: self.principal.clone(),
        }
    }
}

/// Who the request speaks for; `None` if it brings nothing.
pub(crate) async fn principal<U, S, Q>(parts: &mut Parts, state: &S) -> Result<Option<Arc<Principal<U>>>, Refusal>
where
    U: User,
    Auth<U>: FromRef<S>,
    Q: Scopes,
{
    let auth = Auth::<U>::from_ref(state);
    let Some(shown) = shown::<U, Q>(&auth, parts)? else {
        return Ok(None);
    };
    if let Some(found) = parts.extensions.get::<Found<U>>()
        && found.auth.same_as(&auth)
        && found.kept.is(shown, &parts.headers)
    {
        return Ok(Some(found.principal.clone()));
    }
    let principal = match shown {
        Shown::Token(token) => auth.authenticate(token).await,
        Shown::Cookie(cookie) => auth.authenticate_cookie(cookie).await,
    };
    let principal = principal.map_err(|error| Refusal::from_auth(&error, asked::<Q>()))?;
    auth.saw(&principal.token, peer::of(&parts.extensions));
    let kept = Kept::of(shown, &parts.headers);
    parts.extensions.insert(Found {
        auth,
        kept,
        principal: principal.clone(),
    });
    Ok(Some(principal))
}
