//! The addresses of a forwarding header, from the right: `X-Forwarded-For`, or `Forwarded` (RFC 7239).

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::header::FORWARDED;
use http::{HeaderMap, HeaderName};

/// What proxies have sent since before there was a standard.
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The header in which proxies say whom they ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum ForwardedHeader {
    /// `X-Forwarded-For: CLIENT, PROXY`.
    #[default]
    XForwardedFor,
    /// `Forwarded: for=CLIENT;proto=https, for="[2001:db8::1]"` (RFC 7239).
    Forwarded,
}

impl ForwardedHeader {
    /// Its name, in small letters.
    pub fn name(self) -> HeaderName {
        match self {
            Self::XForwardedFor => X_FORWARDED_FOR,
            Self::Forwarded => FORWARDED,
        }
    }

    /// Whom the hops say they ask for, the nearest first; `None` for what is no address. Of several lines the last was
    /// written last.
    pub(super) fn hops(self, headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
        let lines = headers.get_all(self.name()).into_iter().rev();
        lines
            .flat_map(move |line| Elements(Some(line.as_bytes())))
            .map(move |element| match self {
                Self::XForwardedFor => address(std::str::from_utf8(element).ok()?),
                Self::Forwarded => address(&node(std::str::from_utf8(element).ok()?)?),
            })
    }

    /// Whether one of the two is there.
    pub(super) fn is_any_in(headers: &HeaderMap) -> bool {
        headers.contains_key(X_FORWARDED_FOR) || headers.contains_key(FORWARDED)
    }
}

/// The elements of a list from its end. A comma between quotes parts nothing. What the nearest proxy wrote is read from
/// its end, so that no quote that a client left open reaches into it.
struct Elements<'a>(Option<&'a [u8]>);

impl<'a> Iterator for Elements<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let list = self.0.take()?;
        let mut quoted = false;
        for (at, byte) in list.iter().enumerate().rev() {
            let before = list.get(..at).unwrap_or_default();
            match byte {
                b'"' if !(quoted && is_escaped(before)) => quoted = !quoted,
                b',' if !quoted => {
                    self.0 = Some(before);
                    return list.get(at.saturating_add(1)..);
                }
                _ => {}
            }
        }
        Some(list)
    }
}

/// Whether what follows has a backslash before it that is none itself (RFC 9110 §5.6.4).
fn is_escaped(before: &[u8]) -> bool {
    before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// What stands behind `for=` in one element of `Forwarded`; `None` where it stands there twice, or the element is malformed.
fn node(element: &str) -> Option<Cow<'_, str>> {
    let (mut rest, mut found) = (element.trim(), None);
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix(';') {
            rest = after.trim_start();
            continue;
        }
        let (name, after) = rest.split_once('=')?;
        let (value, after) = value(after)?;
        if name.eq_ignore_ascii_case("for") && found.replace(value).is_some() {
            return None;
        }
        rest = after.trim_start();
        if !(rest.is_empty() || rest.starts_with(';')) {
            return None;
        }
    }
    found
}

/// A token or a quoted text, and what stands behind it.
fn value(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ' ', '\t', '"']).unwrap_or(text.len());
        let (value, after) = text.split_at_checked(end)?;
        return Some((value.into(), after));
    };
    let (mut value, mut escaped) = (String::new(), false);
    for (at, c) in quoted.char_indices() {
        match c {
            _ if escaped => {
                value.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return Some((value.into(), quoted.get(at.saturating_add(1)..)?)),
            _ => value.push(c),
        }
    }
    None
}

/// An address without its zone and port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1%eth0]:80`.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix('[') {
        let (host, port) = rest.split_once(']')?;
        let is_good = port.is_empty() || is_port(port.strip_prefix(':')?);
        return is_good.then(|| v6(host)).flatten();
    }
    if let Some((host, port)) = text.split_once(':')
        && is_port(port)
    {
        return host.parse::<Ipv4Addr>().ok().map(IpAddr::V4);
    }
    match text.parse::<Ipv4Addr>() {
        Ok(address) => Some(address.into()),
        Err(_) => v6(text),
    }
}

fn v6(text: &str) -> Option<IpAddr> {
    let host = match text.split_once('%') {
        Some((_, "")) => return None,
        Some((host, _)) => host,
        None => text,
    };
    let address = host.parse::<Ipv6Addr>().ok()?;
    Some(IpAddr::V6(address).to_canonical())
}

/// A number, or a name that hides one (RFC 7239 §6.3).
fn is_port(text: &str) -> bool {
    let hidden = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    match text.strip_prefix('_') {
        Some(name) => !name.is_empty() && name.bytes().all(hidden),
        None => text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok(),
    }
}
