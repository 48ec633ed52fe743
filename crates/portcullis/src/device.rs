//! How a device shows that somebody logged in on it before, and is told what to show: browsers keep a cookie, other programs
//! a header's value.

use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};
use portcullis_core::{DEVICE_TOKEN_LEN, DeviceToken};

use crate::cross_site::{SEC_FETCH_SITE, only};

/// The header of a device, in the answer to a login and in the next login.
pub const DEVICE_HEADER: HeaderName = HeaderName::from_static("portcullis-device");

/// The cookie. Browsers take one of such a name only over https, for this host and all its paths (RFC 6265bis §4.1.3.2).
const NAME: &str = "__Host-portcullis-device=";

/// A year, how it is kept, and from whom.
const ATTRIBUTES: &str = "; Path=/; Max-Age=31536000; Secure; HttpOnly; SameSite=Lax";

/// How a device keeps what it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// A page of this very origin in a browser: it never sees it.
    Cookie,
    /// Any other program.
    Header,
}

impl Keeping {
    /// Browsers send `Sec-Fetch-Site` themselves, pages cannot, and only to https (and to this machine). A page of another
    /// origin would not be given the cookie, nor send it.
    pub(crate) fn of(request: &HeaderMap) -> Self {
        match only(request, &SEC_FETCH_SITE) {
            Some(site) if site == "same-origin" => Self::Cookie,
            _ => Self::Header,
        }
    }

    /// Tells the device what to show next time.
    pub(crate) fn tell(self, device: &str, answer: &mut HeaderMap) {
        let (name, value) = match self {
            Self::Cookie => (SET_COOKIE, HeaderValue::try_from(format!("{NAME}{device}{ATTRIBUTES}"))),
            Self::Header => (DEVICE_HEADER, HeaderValue::from_str(device)),
        };
        // A device's text is letters and digits.
        if let Ok(mut value) = value {
            value.set_sensitive(true);
            answer.append(name, value);
        }
    }
}

/// What a device shows, if it shows one thing.
pub(crate) fn shown(request: &HeaderMap) -> Option<DeviceToken> {
    let mut headers = request.get_all(DEVICE_HEADER).iter();
    let text = match (headers.next(), headers.next()) {
        (Some(header), None) => header.to_str().ok()?,
        (Some(_), Some(_)) => return None,
        (None, _) => in_cookies(request)?,
    };
    // What is longer is none.
    (text.len() <= DEVICE_TOKEN_LEN).then(|| DeviceToken::new(text))
}

fn in_cookies(request: &HeaderMap) -> Option<&str> {
    let lines = request.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut cookies = lines.flat_map(|line| line.split(';'));
    cookies.find_map(|cookie| cookie.trim().strip_prefix(NAME))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let line = |(name, value): &(&'static str, &str)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_str(value).expect("a value"),
            )
        };
        lines.iter().map(line).collect()
    }

    #[test]
    fn two_headers_and_what_is_too_long_are_no_device() {
        let long = "x".repeat(DEVICE_TOKEN_LEN + 1);
        for lines in [
            [("portcullis-device", "a"), ("portcullis-device", "b")].as_slice(),
            &[("portcullis-device", &long)],
            &[("cookie", "portcullis-device=a; x__Host-portcullis-device=b")],
            &[],
        ] {
            assert_eq!(shown(&headers(lines)), None, "{lines:?}");
        }
        let header = headers(&[("portcullis-device", "a"), ("cookie", "__Host-portcullis-device=b")]);
        assert_eq!(shown(&header), Some(DeviceToken::new("a")));
        let cookie = headers(&[
            ("cookie", "one=1"),
            ("cookie", "two=2; __Host-portcullis-device=b; three"),
        ]);
        assert_eq!(shown(&cookie), Some(DeviceToken::new("b")));
    }

    #[test]
    fn a_page_of_this_origin_never_sees_it_and_others_are_told() {
        let told = |lines: &[(&'static str, &str)]| {
            let mut answer = HeaderMap::new();
            Keeping::of(&headers(lines)).tell("pcd_x", &mut answer);
            let (name, value) = answer.iter().next().expect("one");
            assert!(value.is_sensitive() && answer.len() == 1);
            (name.to_string(), value.to_str().expect("a text").to_owned())
        };
        let cookie = "__Host-portcullis-device=pcd_x; Path=/; Max-Age=31536000; Secure; HttpOnly; SameSite=Lax";
        assert_eq!(
            told(&[("sec-fetch-site", "same-origin")]),
            ("set-cookie".to_owned(), cookie.to_owned())
        );
        for lines in [
            [].as_slice(),
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
        ] {
            assert_eq!(told(lines), ("portcullis-device".to_owned(), "pcd_x".to_owned()));
        }
    }
}
