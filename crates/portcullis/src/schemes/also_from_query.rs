//! Tokens that may come in the query, for what can send no header.

use std::ops::Deref;

use ::http::header::AUTHORIZATION;
use ::http::request::Parts;
use ::http::uri::PathAndQuery;
use ::http::{HeaderValue, Uri};
use axum::extract::OriginalUri;
use portcullis_core::ScopeSet;

use super::place::{KeyPlace, Unreadable, is_of, read};
use super::scheme::{Presented, Scheme, scheme_argument};
use crate::openapi::{ACCESS_TOKEN, Way};
use crate::refusal::Refusal;

/// A guard that takes the token of the `Authorization` header.
#[diagnostic::on_unimplemented(
    message = "`{Self}` takes no token from a header, so none can come in the query instead",
    note = "`AlsoFromQuery` is for `ActiveUser`, `Scoped<…>`, `CurrentUser`, `Authenticated` and `Permit<…>`"
)]
pub trait TokenGuard: Scheme {}

/// The guard `G`, whose token may also come in the query as `access_token` (RFC 6750 §2.3): for `EventSource` and `WebSocket` of
/// browsers, which can send no header, and for links.
///
/// An address is kept in histories and in the logs of whatever stands between; so it is for the routes that need it. Answers are
/// `no-store`, both ways stand in the document, and a token in both places, or two in the query, are refused. The access log
/// of our server has no queries; a layer that logs addresses (tower-http's `TraceLayer` by default) has to leave them out. Handlers
/// find the token in the header, wherever it came: neither `Uri` nor `OriginalUri` nor `Query` shows it.
///
/// A guard of a group that is asked before this one ([`ApiRouter::guard`](crate::ApiRouter::guard)) has to be of this kind, too.
///
/// ```
/// use portcullis::prelude::*;
/// use portcullis::schemes::AlsoFromQuery;
///
/// async fn read_name(user: AlsoFromQuery<ActiveUser>) -> String {
///     user.username().to_owned()
/// }
///
/// let app: ApiRouter<Auth> = ApiRouter::new().api_route("/name", get(read_name));
/// ```
#[derive(Debug, Clone)]
pub struct AlsoFromQuery<G>(pub G);

impl<G: Deref> Deref for AlsoFromQuery<G> {
    type Target = G::Target;

    fn deref(&self) -> &G::Target {
        &self.0
    }
}

impl<G: TokenGuard> Scheme for AlsoFromQuery<G> {
    fn ways() -> Vec<Way> {
        let both = |way: Way| [way.clone(), way.in_query()];
        G::ways().into_iter().flat_map(both).collect()
    }

    fn none_came() -> Refusal {
        G::none_came()
    }
}

impl<G: TokenGuard + Presented<S> + Send, S: Sync> Presented<S> for AlsoFromQuery<G> {
    async fn presented(parts: &mut Parts, state: &S) -> Result<Option<Self>, Refusal> {
        let scope = || G::ways().iter().flat_map(Way::scopes).collect::<ScopeSet>();
        move_to_header(parts).map_err(|why| match why {
            Unreadable::Doubled => Refusal::BadCredentials { scope: scope() },
            Unreadable::NotText => Refusal::BadToken { scope: scope() },
        })?;
        Ok(G::presented(parts, state).await?.map(Self))
    }
}

scheme_argument!([G: TokenGuard] AlsoFromQuery<G>);

/// Puts the token of the query into the header and takes it out of the address.
fn move_to_header(parts: &mut Parts) -> Result<(), Unreadable> {
    let Some(token) = read(KeyPlace::Query, ACCESS_TOKEN, parts)? else {
        return Ok(());
    };
    if parts.headers.contains_key(AUTHORIZATION) {
        return Err(Unreadable::Doubled);
    }
    let header = HeaderValue::from_str(&format!("Bearer {token}"));
    let mut header = header.map_err(|_| Unreadable::NotText)?;
    header.set_sensitive(true);
    parts.headers.insert(AUTHORIZATION, header);
    strip(&mut parts.uri);
    if let Some(OriginalUri(uri)) = parts.extensions.get_mut() {
        strip(uri);
    }
    Ok(())
}

/// Takes the token out of an address.
fn strip(uri: &mut Uri) {
    let pairs = uri.query().unwrap_or_default().split('&');
    let others: Vec<&str> = pairs.filter(|pair| !is_of(pair.as_bytes(), ACCESS_TOKEN)).collect();
    let rest = match others.as_slice() {
        [] => uri.path().to_owned(),
        others => format!("{}?{}", uri.path(), others.join("&")),
    };
    // A part of an address is one.
    let Ok(rest) = PathAndQuery::try_from(rest) else { return };
    let mut parts = std::mem::take(uri).into_parts();
    parts.path_and_query = Some(rest);
    *uri = Uri::from_parts(parts).unwrap_or_default();
}

#[cfg(test)]
mod tests;
