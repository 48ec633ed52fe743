//! Which pages of other origins may call (CORS, the Fetch standard §3.3).

mod allowed;
mod origin;
mod service;

use std::fmt;
use std::time::Duration;

use http::header::HeaderName;
use http::{HeaderValue, Method};
use tower_layer::Layer;

use allowed::Allowed;
pub use service::{Crossed, Crossing};

/// What a request may be.
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");

/// What a request may carry beside what every page may send.
const HEADERS: HeaderValue = HeaderValue::from_static(
    "Authorization, Content-Type, Accept, Accept-Language, If-Match, If-None-Match, X-Requested-With",
);

/// What every page may send; here `Content-Type` of any type.
const SAFE: HeaderValue = HeaderValue::from_static("Accept, Accept-Language, Content-Language, Content-Type");

/// What pages may read of an answer beside its body and what they always may.
const EXPOSED: HeaderValue = HeaderValue::from_static("WWW-Authenticate, Retry-After, ETag, Location");

/// How long a browser may remember a preflight, in seconds: ten minutes, more than which some do not.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// The origins whose pages may call, and what those may send and read.
///
/// ```
/// use portcullis::Cors;
///
/// let cors = Cors::origins(["https://app.example.com", "http://localhost:3000"])?;
/// assert!(Cors::origins(["https://app.example.com/"]).is_err());
/// # Ok::<(), portcullis::CorsError>(())
/// ```
///
/// Give it to [`Front::cors`](crate::Front::cors), or put it as a layer around any axum router. Preflights of these
/// origins are answered at once, before any guard, and those of others with 403 where nothing inside answers them; all other
/// answers, refusals too, carry `Access-Control-Allow-Origin`, and
/// `WWW-Authenticate`, `Retry-After`, `ETag` and `Location` may be read. Tokens travel in `Authorization`, which needs no
/// credentials in the sense of CORS: those are cookies, and only [`Cors::with_credentials`] lets them through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cors {
    origins: Allowed,
    credentials: bool,
    methods: HeaderValue,
    /// `None`: whatever is asked for.
    headers: Option<HeaderValue>,
    exposed: HeaderValue,
    max_age: HeaderValue,
    /// Preflights are answered as Starlette does.
    ok: bool,
    /// Where no preflight is answered.
    except: Option<&'static str>,
}

impl Cors {
    /// Exactly these origins: scheme, host and a port where it is not the scheme's own. Letters may be of either case.
    ///
    /// # Errors
    /// One that is no origin (a path, a slash at the end, `null`), or `*`, for which there is [`Cors::any`].
    pub fn origins(origins: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Self, CorsError> {
        Allowed::these(origins).map(Self::of)
    }

    /// The origins that are as a pattern says, from their first letter to their last: `https://[a-z]+\.example\.com`. It is
    /// compared with what browsers send: small letters, and no port where it is the scheme's own. A dot that is meant must be
    /// escaped.
    ///
    /// # Errors
    /// One that cannot be read (the syntax is that of the crate `regex-lite`).
    pub fn matching(pattern: &str) -> Result<Self, CorsError> {
        Allowed::like(pattern).map(Self::of)
    }

    /// The pages of every site, without cookies: for what everyone may know.
    pub fn any() -> Self {
        Self::of(Allowed::All)
    }

    fn of(origins: Allowed) -> Self {
        Self {
            origins,
            credentials: false,
            methods: METHODS,
            headers: Some(HEADERS),
            exposed: EXPOSED,
            max_age: MAX_AGE,
            ok: false,
            except: None,
        }
    }

    /// Passes preflights for this path on to what stands there.
    #[must_use]
    pub(crate) fn except_at(mut self, path: Option<&'static str>) -> Self {
        self.except = path;
        self
    }

    /// Lets cookies through, too.
    ///
    /// # Errors
    /// [`CorsError::CredentialsOfAll`] with [`Cors::any`].
    pub fn with_credentials(mut self) -> Result<Self, CorsError> {
        if self.origins.are_all() {
            return Err(CorsError::CredentialsOfAll);
        }
        self.credentials = true;
        Ok(self)
    }

    /// The methods that pages may use, instead of all the usual ones.
    #[must_use]
    pub fn methods(mut self, methods: impl IntoIterator<Item = Method>) -> Self {
        let names: Vec<String> = methods.into_iter().map(|method| method.to_string()).collect();
        if let Ok(names) = HeaderValue::try_from(names.join(", ")) {
            self.methods = names;
        }
        self
    }

    /// The headers that requests may carry, instead of `Authorization`, those of conditions and the other usual ones; what every
    /// page may send (`Accept`, `Accept-Language`, `Content-Language`, and `Content-Type` of any type) they always may.
    #[must_use]
    pub fn headers(mut self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.headers = Some(longer(SAFE, names));
        self
    }

    /// Further headers that requests may carry, beside `Authorization`, `Content-Type` and those of conditions.
    #[must_use]
    pub fn with_headers(mut self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.headers = self.headers.map(|own| longer(own, names));
        self
    }

    /// Requests may carry any header.
    #[must_use]
    pub fn with_any_header(mut self) -> Self {
        self.headers = None;
        self
    }

    /// Further headers of an answer that pages may read.
    #[must_use]
    pub fn exposing(mut self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.exposed = longer(self.exposed, names);
        self
    }

    /// How long a browser may remember a preflight, in whole seconds; ten minutes by default.
    #[must_use]
    pub fn max_age(mut self, remembered: Duration) -> Self {
        self.max_age = HeaderValue::from(remembered.as_secs());
        self
    }

    /// Answers preflights with 200 and the text `OK`, as Starlette does, instead of 204. To a browser both are the same.
    #[must_use]
    pub fn with_ok(mut self) -> Self {
        self.ok = true;
        self
    }
}

/// A list of names that goes on.
fn longer(list: HeaderValue, names: impl IntoIterator<Item = HeaderName>) -> HeaderValue {
    names.into_iter().fold(list, |list, name| {
        let longer = [list.as_bytes(), b", ", name.as_str().as_bytes()].concat();
        HeaderValue::from_bytes(&longer).unwrap_or(list)
    })
}

impl<S> Layer<S> for Cors {
    type Service = Crossing<S>;

    fn layer(&self, inner: S) -> Crossing<S> {
        Crossing::new(inner, self.clone())
    }
}

/// Why a list of origins cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CorsError {
    /// `*` among exact origins.
    Any,
    /// A pattern that cannot be read.
    NoPattern {
        /// The pattern.
        text: String,
    },
    /// Cookies were asked for, for the pages of every site.
    CredentialsOfAll,
    /// A text that no browser sends as an origin.
    NoOrigin {
        /// The text.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl fmt::Display for CorsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("`*` would let the pages of every site in: name each origin"),
            Self::CredentialsOfAll => f.write_str(
                "credentials for the pages of every site would let each of them act as whoever visits it: name each origin",
            ),
            Self::NoPattern { text } => write!(f, "{text:?} is no pattern of origins such as https://[a-z]+\\.example\\.com"),
            Self::NoOrigin { text, why } => write!(f, "{text:?} is no origin such as https://app.example.com: {why}"),
        }
    }
}

impl std::error::Error for CorsError {}

#[cfg(test)]
mod tests;
