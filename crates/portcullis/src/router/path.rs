//! Paths in one spelling, so that a percent-encoded letter is the letter (RFC 3986 §6.2.2).

use std::borrow::Cow;
use std::fmt::Write as _;

/// The path with every escape of a character that may stand there undone, every other escape in upper case, and every
/// character that may not stand there escaped. `%2F` and `%25` stay: they are data, not separators (RFC 3986 §2.2).
///
/// Borrows what is in that spelling already.
pub(crate) fn canonical(path: &str) -> Cow<'_, str> {
    if path.bytes().all(is_path_byte) {
        return Cow::Borrowed(path);
    }
    let mut out = String::with_capacity(path.len().saturating_add(8));
    let mut rest = path.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        let byte = match (first, tail) {
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                rest = after;
                let byte = hex(*high) << 4 | hex(*low);
                if byte == b'/' {
                    out.push_str("%2F");
                    continue;
                }
                byte
            }
            _ => *first,
        };
        push(&mut out, byte);
    }
    if out == path {
        Cow::Borrowed(path)
    } else {
        Cow::Owned(out)
    }
}

/// A route's literal parts in the same spelling; `{…}` stays, `{{` and `}}` are the braces they stand for.
pub(crate) fn canonical_route(route: &str) -> String {
    let mut out = String::with_capacity(route.len());
    let mut rest = route;
    while let Some(brace) = rest.find(['{', '}']) {
        let (literal, tail) = rest.split_at(brace);
        out.push_str(&canonical(literal));
        let (taken, kept): (&str, Cow<'_, str>) = if tail.starts_with("{{") {
            ("{{", "%7B".into())
        } else if tail.starts_with("}}") {
            ("}}", "%7D".into())
        } else {
            let end = tail.find('}').map_or(tail.len(), |end| end.saturating_add(1));
            let part = tail.get(..end).unwrap_or(tail);
            (part, part.into())
        };
        out.push_str(&kept);
        rest = tail.strip_prefix(taken).unwrap_or_default();
    }
    out.push_str(&canonical(rest));
    out
}

/// A route as OpenAPI writes it: `{*rest}` is `{rest}`.
pub(crate) fn openapi_path(route: &str) -> String {
    route.replace("{*", "{")
}

/// The route that differs by the slash at its end; none for the root and for what takes the rest of a path.
pub(super) fn twin(route: &str) -> Option<String> {
    if route == "/" || route.contains("{*") {
        return None;
    }
    Some(match route.strip_suffix('/') {
        Some(bare) => bare.to_owned(),
        None => format!("{route}/"),
    })
}

/// Whether `route` goes before `other` for some path that both match: it has a literal where `other` has a parameter, or
/// both are alike.
pub(super) fn takes_from(route: &str, other: &str) -> bool {
    let is_parameter = |segment: &str| segment.contains('{');
    let is_rest = |segment: &str| segment.starts_with("{*");
    let mut better = false;
    let mut others = other.split('/');
    for own in route.split('/') {
        let Some(segment) = others.next() else { return false };
        match (is_parameter(own), is_parameter(segment)) {
            (false, false) if own != segment => return false,
            // A parameter at the end is never empty.
            (false, true) if own.is_empty() => return false,
            (_, true) if is_rest(segment) => return better || !is_rest(own),
            (true, _) if is_rest(own) => return better,
            (false, true) => better = true,
            (true, false) if segment.is_empty() || !better => return false,
            _ => {}
        }
    }
    others.next().is_none()
}

/// Whether a byte may stand in a path as itself: RFC 3986's `pchar` without `%`, and the separator.
fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/".contains(&byte)
}

fn push(out: &mut String, byte: u8) {
    if is_path_byte(byte) {
        out.push(char::from(byte));
    } else {
        // Writing to a String cannot fail.
        let _ = write!(out, "%{byte:02X}");
    }
}

/// The value of a hexadecimal digit.
fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit.wrapping_sub(b'0'),
        _ => digit.to_ascii_lowercase().wrapping_sub(b'a').wrapping_add(10),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_separator_that_is_data_stays_data() {
        assert_eq!(canonical("/users%2fme/"), "/users%2Fme/");
        assert_eq!(canonical("/a%252Fb"), "/a%252Fb");
    }

    #[test]
    fn what_could_lead_a_browser_elsewhere_is_escaped() {
        assert_eq!(canonical("/\\evil.example"), "/%5Cevil.example");
        assert_eq!(canonical("/%5cevil.example"), "/%5Cevil.example");
        assert_eq!(canonical("/a%0d%0ab"), "/a%0D%0Ab");
    }

    #[test]
    fn a_percent_sign_that_escapes_nothing_is_one() {
        for (path, expected) in [("/%", "/%25"), ("/%zz", "/%25zz"), ("/%4", "/%254"), ("/%%41", "/%25A")] {
            assert_eq!(canonical(path), expected, "{path}");
        }
    }

    #[test]
    fn an_escaped_letter_is_the_letter_and_a_plain_path_is_not_copied() {
        assert_eq!(canonical("/users/%6de/"), "/users/me/");
        assert!(matches!(canonical("/users/me/"), Cow::Borrowed(_)));
        assert!(matches!(canonical("/caf%C3%A9/"), Cow::Borrowed(_)));
        assert_eq!(canonical("/caf%c3%a9/"), "/caf%C3%A9/");
    }

    #[test]
    fn routes_keep_their_parameters_and_escape_the_rest() {
        for (route, expected) in [
            ("/café/{id}/x", "/caf%C3%A9/{id}/x"),
            ("/a b/{*rest}", "/a%20b/{*rest}"),
            ("/{{literal}}/{id}", "/%7Bliteral%7D/{id}"),
        ] {
            assert_eq!(canonical_route(route), expected, "{route}");
        }
    }

    #[test]
    fn a_literal_goes_before_a_parameter_and_routes_that_share_no_path_take_nothing() {
        for (route, other) in [
            ("/users/me", "/users/{id}"),
            ("/users/me/items", "/users/{id}/items"),
            ("/users/me", "/{kind}/{id}"),
            ("/b/{c}", "/{a}/x"),
            ("/{kind}/me", "/{kind}/{id}"),
            ("/files/{id}/raw", "/files/{*path}"),
            ("/files/a", "/{*path}"),
            ("/users/{id}", "/users/{name}"),
            ("/users", "/users"),
        ] {
            assert!(takes_from(route, other), "{route} {other}");
        }
        for (route, other) in [
            ("/users/{id}", "/users/me"),
            ("/users/", "/users/{id}"),
            ("/files/", "/files/{*path}"),
            ("/users/{id}/", "/users/{id}"),
            ("/things/me", "/users/{id}"),
            ("/users/me/", "/users/{id}"),
            ("/{*path}", "/a/{id}"),
        ] {
            assert!(!takes_from(route, other), "{route} {other}");
        }
    }

    #[test]
    fn a_twin_differs_by_one_slash() {
        for (route, expected) in [
            ("/token", Some("/token/")),
            ("/users/{id}/", Some("/users/{id}")),
            ("/", None),
            ("/files/{*path}", None),
        ] {
            assert_eq!(twin(route).as_deref(), expected, "{route}");
        }
    }

    proptest! {
        #[test]
        fn spelling_it_twice_changes_nothing(path in "/[ -~é]{0,40}") {
            let once = canonical(&path).into_owned();
            prop_assert_eq!(canonical(&once).into_owned(), once);
        }

        #[test]
        fn the_spelling_is_a_valid_target(path in "/[ -~é]{0,40}") {
            prop_assert!(canonical(&path).parse::<http::Uri>().is_ok());
        }

        #[test]
        fn segments_stay_apart(path in "(/[%a-z0-9A-F]{0,12}){1,4}") {
            let separators = |text: &str| text.matches('/').count();
            prop_assert_eq!(separators(&canonical(&path)), separators(&path));
        }
    }
}
