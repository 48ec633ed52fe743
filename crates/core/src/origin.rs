//! An origin in the spelling that browsers send (RFC 6454 §6.2).

use std::net::Ipv6Addr;

/// An origin as browsers spell it: scheme and host in small letters, the port where it is not that of the scheme.
///
/// # Errors
/// Why it is none, as a part of a sentence.
pub fn canonical_origin(text: &str) -> Result<String, &'static str> {
    if text == "null" {
        return Err("`null` is sent by every sandboxed page and every file");
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err("it has no scheme such as https://");
    };
    let mut letters = scheme.bytes();
    let is_scheme = letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    if !is_scheme {
        return Err("its scheme is none");
    }
    if rest.contains('*') {
        return Err("a part of a name cannot be left open");
    }
    if rest.contains(['/', '?', '#', '\\']) {
        return Err("an origin ends with the host and port, without a slash");
    }
    if rest.contains('@') {
        return Err("an origin has no user");
    }
    let scheme = scheme.to_ascii_lowercase();
    let (host, port) = host_and_port(rest)?;
    let default = match scheme.as_str() {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        _ => None,
    };
    Ok(match port.filter(|port| Some(*port) != default) {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    })
}

fn host_and_port(text: &str) -> Result<(String, Option<u16>), &'static str> {
    let (host, port) = if let Some(address) = text.strip_prefix('[') {
        let Some((address, behind)) = address.split_once(']') else {
            return Err("its address has no end");
        };
        let address: Ipv6Addr = address.parse().map_err(|_| "its address is none")?;
        let port = match behind.strip_prefix(':') {
            None if !behind.is_empty() => return Err("its port is none"),
            port => port,
        };
        (format!("[{address}]"), port)
    } else {
        let (host, port) = text
            .split_once(':')
            .map_or((text, None), |(host, port)| (host, Some(port)));
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        if host.is_empty() || !host.bytes().all(plain) {
            return Err("its host is none (names beyond ASCII are written as xn--…)");
        }
        (host.to_ascii_lowercase(), port)
    };
    let digits = |port: &&str| port.bytes().all(|byte| byte.is_ascii_digit());
    let port = match port {
        None => None,
        Some(port) => {
            let port = Some(port).filter(digits).and_then(|port| port.parse().ok());
            Some(port.ok_or("its port is none")?)
        }
    };
    Ok((host, port))
}
