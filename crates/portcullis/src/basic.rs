//! The Basic credentials of a client (RFC 6749 §2.3.1, RFC 7617 §2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::authorization::of_scheme;
use crate::form::decode;

/// What a client says by `Authorization: Basic`.
pub struct Basic {
    /// Its id, which may be empty.
    pub id: String,
    /// Its secret, empty where it has none (RFC 6749 §2.3.1).
    pub secret: Zeroizing<String>,
}

/// The credentials are no base64 of a text with a colon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken;

/// Reads one `Authorization` value; `None` of another scheme. Id and secret are form-urlencoded inside the base64. Public for
/// fuzzing only.
///
/// # Errors
/// It is broken.
#[doc(hidden)]
pub fn parse_basic(value: &[u8]) -> Result<Option<Basic>, Broken> {
    let Some(encoded) = of_scheme(value, "basic") else {
        return Ok(None);
    };
    let text = Zeroizing::new(STANDARD.decode(encoded).map_err(|_| Broken)?);
    let colon = text.iter().position(|byte| *byte == b':').ok_or(Broken)?;
    let (id, secret) = text.split_at_checked(colon).ok_or(Broken)?;
    Ok(Some(Basic {
        id: String::from_utf8(decode(id)).map_err(|_| Broken)?,
        secret: plain(secret.get(1..).unwrap_or_default())?,
    }))
}

fn plain(secret: &[u8]) -> Result<Zeroizing<String>, Broken> {
    let mut bytes = Zeroizing::new(decode(secret));
    String::from_utf8(std::mem::take(&mut *bytes))
        .map(Zeroizing::new)
        .map_err(|error| {
            drop(Zeroizing::new(error.into_bytes()));
            Broken
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(credentials: &[u8]) -> Option<(String, String)> {
        let value = format!("Basic {}", STANDARD.encode(credentials));
        let read = parse_basic(value.as_bytes()).ok()??;
        Some((read.id, read.secret.to_string()))
    }

    #[test]
    fn what_is_no_base64_of_a_text_with_a_colon_is_broken() {
        for broken in [
            "Basic",
            "Basic a:b",
            "Basic YTpi=",
            "Basic YTp",
            "Basic YWI=",
            "Basic YT_i",
        ] {
            assert!(parse_basic(broken.as_bytes()).is_err(), "{broken}");
        }
        for text in [b"a\xff:b".as_slice(), b"a:%ff", b"no colon"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn another_scheme_is_none() {
        for other in ["", "Bearer YTpi", "Basicx YTpi", "Digest a"] {
            assert!(matches!(parse_basic(other.as_bytes()), Ok(None)), "{other}");
        }
    }

    #[test]
    fn id_and_secret_are_form_urlencoded_and_the_first_colon_parts_them() {
        let pair = |id: &str, secret: &str| Some((id.to_owned(), secret.to_owned()));
        assert_eq!(read(b"a%3Ab:c:d+e%2B"), pair("a:b", "c:d e+"));
        assert_eq!(read(b"a:"), pair("a", ""));
        assert_eq!(read(b":a"), pair("", "a"));
    }
}
