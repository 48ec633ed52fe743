//! How browsers carry sessions: the choice, and what follows from it.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::origin::canonical_origin;

/// Sessions of browsers, in a cookie: the choice for [`AuthBuilder::cookies`](crate::AuthBuilder::cookies).
///
/// Where the application stands decides the cookie's name and whether it asks for https, never a request:
///
/// ```
/// use portcullis_core::Cookies;
///
/// let cookies = Cookies::lax().public_url("https://notes.example.com");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cookies {
    public_url: Option<String>,
    name: String,
}

impl Cookies {
    /// A cookie that comes along where a link of another site leads here, but not with what another site's page sends or
    /// loads (`SameSite=Lax`). Named `session`, on https `__Host-session`.
    pub fn lax() -> Self {
        Self {
            public_url: None,
            name: "session".to_owned(),
        }
    }

    /// Where browsers find the application: `https://notes.example.com`, or while it is made `http://127.0.0.1:8000`. By
    /// default where the [`AuthBuilder::public_url`](crate::AuthBuilder::public_url) or the issuer is.
    #[must_use]
    pub fn public_url(mut self, url: impl Into<String>) -> Self {
        self.public_url = Some(url.into());
        self
    }

    /// Another name than `session`, without a prefix. Browsers keep one cookie of a name for a host, whatever the port: two
    /// applications on one host need two names.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// What follows from it. `base` is where clients find the routes; `lifetime` how long a session may last.
    pub(crate) fn settled(self, base: Option<&str>, lifetime: Duration) -> Result<SessionCookie, CookiesError> {
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if self.name.is_empty() || !self.name.bytes().all(is_token) || self.name.starts_with("__") {
            return Err(CookiesError::Name(self.name));
        }
        let named = self.public_url.as_deref();
        let url = named.or(base).ok_or(CookiesError::NoPublicUrl)?;
        let origin = origin_of(url).map_err(|why| match named {
            Some(url) => CookiesError::PublicUrl {
                url: url.to_owned(),
                why,
            },
            None => CookiesError::NoPublicUrl,
        })?;
        let secure = origin.starts_with("https:");
        Ok(SessionCookie {
            name: if secure {
                format!("__Host-{}", self.name)
            } else {
                self.name
            },
            origin,
            secure,
            lifetime,
        })
    }
}

/// The origin of an address: what stands before its path.
fn origin_of(url: &str) -> Result<String, &'static str> {
    let (scheme, rest) = url.split_once("://").ok_or("it has no scheme such as https://")?;
    if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Err("browsers come by http and https alone");
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    canonical_origin(&format!("{scheme}://{}", rest.get(..end).unwrap_or_default()))
}

/// The cookie of sessions, as it was settled where the [`Auth`](crate::Auth) was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionCookie {
    name: String,
    origin: String,
    secure: bool,
    lifetime: Duration,
}

impl SessionCookie {
    /// What it is called, with its prefix.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The application's own origin, as browsers spell it.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether it is sent over https alone.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// How long a browser keeps it: as long as a session may last.
    pub fn lifetime(&self) -> Duration {
        self.lifetime
    }
}

/// Why sessions cannot be carried by cookies.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CookiesError {
    /// No sessions are kept: [`AuthBuilder::sessions`](crate::AuthBuilder::sessions) says where.
    NoSessions,
    /// Where browsers find the application is not known: [`Cookies::public_url`] says it.
    NoPublicUrl,
    /// No browser finds an application there.
    PublicUrl {
        /// What was named.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// No cookie is called so, or only one with a prefix of browsers.
    Name(String),
}

impl fmt::Display for CookiesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSessions => {
                f.write_str("cookies carry sessions, and none are kept: name a store with `.sessions(…)`")
            }
            Self::NoPublicUrl => f.write_str(
                "where browsers find the application decides its cookie: name it with `Cookies::lax().public_url(…)`",
            ),
            Self::PublicUrl { url, why } => write!(f, "browsers cannot find the application at {url:?}: {why}"),
            Self::Name(name) => write!(f, "a cookie cannot be named {name:?}"),
        }
    }
}

impl Error for CookiesError {}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    fn settled(cookies: Cookies) -> Result<SessionCookie, CookiesError> {
        cookies.settled(None, DAY)
    }

    #[test]
    fn where_browsers_find_it_must_be_known_and_be_an_address_of_theirs() {
        assert_eq!(settled(Cookies::lax()), Err(CookiesError::NoPublicUrl));
        assert_eq!(
            Cookies::lax().settled(Some("notes"), DAY),
            Err(CookiesError::NoPublicUrl),
            "an issuer that is no address says nothing"
        );
        for wrong in [
            "notes.example.com",
            "ftp://notes.example.com",
            "https://",
            "https://a@b",
            "https://[::1",
        ] {
            let error = settled(Cookies::lax().public_url(wrong));
            assert!(
                matches!(error, Err(CookiesError::PublicUrl { .. })),
                "{wrong}: {error:?}"
            );
        }
    }

    #[test]
    fn a_name_that_browsers_give_a_meaning_or_that_is_none_is_refused() {
        for name in ["", "a b", "__Host-a", "__Secure-a", "a=b", "a;b", "ä"] {
            let cookies = Cookies::lax().public_url("https://a.example").named(name);
            assert_eq!(settled(cookies), Err(CookiesError::Name(name.to_owned())));
        }
    }

    #[test]
    fn https_asks_for_https_and_for_the_prefix_and_http_for_neither() {
        for (url, name, origin, secure) in [
            (
                "https://Notes.Example.com:443/app/",
                "__Host-session",
                "https://notes.example.com",
                true,
            ),
            (
                "https://notes.example.com:8443",
                "__Host-session",
                "https://notes.example.com:8443",
                true,
            ),
            ("http://127.0.0.1:8000", "session", "http://127.0.0.1:8000", false),
            ("HTTP://localhost?x", "session", "http://localhost", false),
        ] {
            let cookie = settled(Cookies::lax().public_url(url)).expect("an address");
            assert_eq!(
                (cookie.name(), cookie.origin(), cookie.is_secure()),
                (name, origin, secure)
            );
        }
        let named = settled(Cookies::lax().public_url("https://a.example").named("notes")).expect("a name");
        assert_eq!(named.name(), "__Host-notes");
        let by_issuer = Cookies::lax()
            .settled(Some("https://a.example/auth"), DAY)
            .expect("an address");
        assert_eq!(by_issuer.origin(), "https://a.example");
    }
}
