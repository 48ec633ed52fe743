//! The formats of texts that are looked at (JSON Schema 2020-12, Validation §7.3). All others are notes to the reader, as
//! that specification has it: what a type of its own asks beyond, serde knows.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The longest address of a mailbox (RFC 5321 §4.5.3.1.3, without the brackets) and its longest local part.
const EMAIL_MAX: usize = 254;
const LOCAL_MAX: usize = 64;

/// Why a text is not of a format; `None` where it is, and for a format that is a note.
pub(super) fn wrong(format: &str, text: &str) -> Option<&'static str> {
    let (right, why) = match format {
        "email" => (is_email(text), "this is not an e-mail address"),
        "hostname" => (is_host(text), "this is not a host name"),
        "uri" | "url" => (is_uri(text), "this is not an absolute URI"),
        "uuid" => (is_uuid(text), "this is not a UUID"),
        "date" => (is_date(text), "this is not a date (RFC 3339)"),
        "date-time" => (
            is_date_time(text),
            "this is not a date with a time and an offset (RFC 3339)",
        ),
        // The words of the standard library, which serde would use.
        "ipv4" => (text.parse::<Ipv4Addr>().is_ok(), "invalid IPv4 address syntax"),
        "ipv6" => (text.parse::<Ipv6Addr>().is_ok(), "invalid IPv6 address syntax"),
        "ip" => (text.parse::<IpAddr>().is_ok(), "invalid IP address syntax"),
        _ => return None,
    };
    (!right).then_some(why)
}

/// One `@` between a local part without blanks and a host name (RFC 5321 §4.1.2, without quoted local parts; letters
/// beyond ASCII as RFC 6531 allows).
fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else {
        return false;
    };
    let atom = |part: &str| {
        let allowed = |c: char| !c.is_control() && !c.is_whitespace() && !"()<>[]:;@\\,\"".contains(c);
        !part.is_empty() && part.chars().all(allowed)
    };
    text.len() <= EMAIL_MAX && local.len() <= LOCAL_MAX && local.split('.').all(atom) && is_host(host)
}

/// Labels of letters, digits and hyphens (RFC 1123 §2.1), with letters beyond ASCII (RFC 5890).
fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(label)
}

/// A scheme, a colon and something without blanks (RFC 3986 §3; letters beyond ASCII as RFC 3987 allows).
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    let allowed = |c: char| !c.is_control() && !c.is_whitespace() && !"<>\"{}|\\^`".contains(c);
    named && !rest.is_empty() && rest.chars().all(allowed)
}

/// 32 hexadecimal digits, with hyphens (RFC 9562 §4), without, in braces or as a URN.
fn is_uuid(text: &str) -> bool {
    let braced = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
    let text = braced.or_else(|| text.strip_prefix("urn:uuid:")).unwrap_or(text);
    let hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    matches!(lengths.as_slice(), [32] | [8, 4, 4, 4, 12]) && groups.into_iter().all(hex)
}

/// `2026-11-27`, a day that there is.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return false;
    };
    let (Some(year), Some(month), Some(day)) = (digits(year, 4), digits(month, 2), digits(day, 2)) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// `2026-11-27T12:30:00.5+01:00` (RFC 3339 §5.6); a blank in the place of the `T` is taken.
fn is_date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once(['T', 't', ' ']) else {
        return false;
    };
    let Some(at) = time.find(['Z', 'z', '+', '-']) else {
        return false;
    };
    let (clock, offset) = time.split_at_checked(at).unwrap_or_default();
    let zone = matches!(offset, "Z" | "z") || offset.get(1..).is_some_and(|zone| is_clock(zone, 2));
    let (whole, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let fraction = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    is_date(date) && is_clock(whole, 3) && fraction && zone
}

/// Hours, minutes and, of three parts, seconds with a leap second.
fn is_clock(text: &str, count: usize) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let within = |(part, most): (&&str, u32)| digits(part, 2).is_some_and(|number| number <= most);
    parts.len() == count && parts.iter().zip([23, 59, 60]).all(within)
}

fn digits(text: &str, count: usize) -> Option<u32> {
    let plain = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_of_its_format_is_told() {
        for (format, texts) in [
            (
                "email",
                [
                    "", "a", "@b.c", "a@", "a b@c.d", "a@b@c", "a@-b.c", "a..b@c.d", "a@b\n.c",
                ]
                .as_slice(),
            ),
            ("hostname", &["", "a..b", "-a", "a-", "a b", "a_b"]),
            ("uri", &["", "a", "/a", "1a:b", "a:", "a:b c", "http://<x>"]),
            (
                "uuid",
                &[
                    "",
                    "x",
                    "00000000-0000-0000-0000-00000000000g",
                    "0000000000000000-0000-0000-00000000",
                ],
            ),
            (
                "date",
                &[
                    "",
                    "2026-13-01",
                    "2026-02-29",
                    "26-01-01",
                    "2026-1-01",
                    "2026-01-01T",
                    "+026-01-01",
                ],
            ),
            (
                "date-time",
                &[
                    "2026-01-01",
                    "2026-01-01T00:00:00",
                    "2026-01-01T24:00:00Z",
                    "2026-01-01T00:00Z",
                    "2026-01-01T00:00:00.Z",
                ],
            ),
            ("ipv4", &["1.2.3", "1.2.3.256", "::1"]),
            ("ipv6", &["1.2.3.4", ":::"]),
            ("ip", &["x"]),
        ] {
            for text in texts {
                assert!(wrong(format, text).is_some(), "{format} {text:?}");
            }
        }
    }

    #[test]
    fn what_is_of_its_format_is_taken_and_unknown_formats_are_notes() {
        for (format, text) in [
            ("email", "a.b+c@d-e.org"),
            ("email", "ä@ö.de"),
            ("hostname", "localhost"),
            ("uri", "mailto:a@b.c"),
            ("uri", "https://a.b/c?d=e#f"),
            ("uuid", "67e55044-10b1-426f-9247-bb680e5fe0c8"),
            ("uuid", "urn:uuid:67E5504410B1426F9247BB680E5FE0C8"),
            ("date", "2028-02-29"),
            ("date-time", "2026-11-27T23:59:60.123+01:00"),
            ("date-time", "2026-11-27 00:00:00Z"),
            ("ipv4", "127.0.0.1"),
            ("ipv6", "::1"),
            ("ip", "::1"),
            ("password", "x"),
            ("x-own", ""),
        ] {
            assert_eq!(wrong(format, text), None, "{format} {text:?}");
        }
    }
}
