//! The cookie of a session: how it is read, whose request it may speak for, and how it is set.

use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use portcullis_core::{Auth, ScopeSet, SessionCookie, User};

use crate::cookie_header::in_cookies;
use crate::cross_site::{AskedBy, asked_by, may_change, only};
use crate::hidden_field::{CSRF_HEADER, HiddenField, OwnCookie};
use crate::personal;
use crate::refusal::Refusal;

/// The cookie of a request, if it was made here: what other programs on this host call so is none of ours. Of two nobody can
/// say which is meant: a sibling's page may have set one of them (RFC 6265 §8.6).
///
/// # Errors
/// There are two, or it comes with a change that no page of the application itself asked for. `asked` is what the route asks for.
pub(crate) fn presented<'a, U: User>(
    auth: &Auth<U>,
    own: &SessionCookie,
    parts: &'a Parts,
    asked: impl FnOnce() -> ScopeSet,
) -> Result<Option<&'a str>, Refusal> {
    let mut values = in_cookies(&parts.headers, own.name());
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Refusal::BadCredentials { scope: asked() });
    }
    let Some(cookie) = std::str::from_utf8(value)
        .ok()
        .filter(|text| auth.is_session_cookie(text))
    else {
        return Ok(None);
    };
    personal::tell();
    if may_change(&parts.method, &parts.headers) {
        expect_own_page(auth, own, cookie, parts)?;
    }
    Ok(Some(cookie))
}

/// The cookie of a request that has one, good or not.
pub(crate) fn only_one<'a>(own: &SessionCookie, headers: &'a HeaderMap) -> Option<&'a str> {
    let mut values = in_cookies(headers, own.name());
    let first = values.next()?;
    std::str::from_utf8(first).ok().filter(|_| values.next().is_none())
}

/// What tells a cookie of ours; `None` where cookies are off.
pub(crate) fn telling<U: User>(auth: &Auth<U>) -> Option<OwnCookie> {
    auth.cookies()?;
    let auth = auth.clone();
    Some(OwnCookie::told_by(move |headers| {
        let shown = auth.cookies().and_then(|own| only_one(own, headers));
        shown.is_some_and(|cookie| auth.is_session_cookie(cookie))
    }))
}

/// Refuses what another page asks for with the session's cookie. Where the browser does not say who asks, the page must show
/// what only the session's own can know; a cookie beside it, which a sibling could set, proves nothing.
fn expect_own_page<U: User>(auth: &Auth<U>, own: &SessionCookie, cookie: &str, parts: &Parts) -> Result<(), Refusal> {
    let in_field = || parts.extensions.get::<HiddenField>().map(|field| field.0.as_str());
    let shown = || match parts.headers.contains_key(&CSRF_HEADER) {
        true => only(&parts.headers, &CSRF_HEADER)?.to_str().ok(),
        false => in_field(),
    };
    match asked_by(&parts.headers, |origin| origin == own.origin().as_bytes()) {
        AskedBy::Own => Ok(()),
        AskedBy::Unsaid if shown().is_some_and(|text| auth.is_csrf_token(cookie, text)) => Ok(()),
        AskedBy::Another | AskedBy::Unsaid => Err(Refusal::CrossSite),
    }
}

/// Refuses what another page asks for before there is a session: a login to an account that is not the user's, or a logout.
/// `said` is whether what says nothing of itself may pass, for no page can send it elsewhere without being asked first.
pub(crate) fn expect_page(own: &SessionCookie, headers: &HeaderMap, said: bool) -> Result<(), Refusal> {
    match asked_by(headers, |origin| origin == own.origin().as_bytes()) {
        AskedBy::Own => Ok(()),
        AskedBy::Unsaid if said => Ok(()),
        AskedBy::Another | AskedBy::Unsaid => Err(Refusal::CrossSite),
    }
}

/// `Set-Cookie` of a session that began (RFC 6265 §4.1).
pub(crate) fn set(own: &SessionCookie, value: &str) -> Option<HeaderValue> {
    line(own, value, own.lifetime().as_secs())
}

/// The same of one that has ended.
pub(crate) fn cleared(own: &SessionCookie) -> Option<HeaderValue> {
    line(own, "", 0)
}

fn line(own: &SessionCookie, value: &str, seconds: u64) -> Option<HeaderValue> {
    let secure = if own.is_secure() { "; Secure" } else { "" };
    let name = own.name();
    let line = format!("{name}={value}; Path=/; Max-Age={seconds}{secure}; HttpOnly; SameSite=Lax");
    // A session's text is letters and digits.
    let mut line = HeaderValue::try_from(line).ok()?;
    line.set_sensitive(true);
    Some(line)
}
