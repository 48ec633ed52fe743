//! Which pages of other origins may call (CORS, the Fetch standard §3.3).

mod origin;
mod service;

use std::fmt;
use std::sync::Arc;

use http::HeaderValue;
use http::header::HeaderName;
use tower_layer::Layer;

use origin::parse;
pub use service::{Crossed, Crossing};

/// What a request may carry beside what every page may send.
const HEADERS: &str = "Authorization, Content-Type, Accept, Accept-Language, If-Match, If-None-Match, X-Requested-With";

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
/// origins are answered at once; all other answers, refusals too, carry `Access-Control-Allow-Origin`, and
/// `WWW-Authenticate`, `Retry-After`, `ETag` and `Location` may be read. Tokens travel in `Authorization`, which needs no
/// credentials in the sense of CORS: those are cookies, and only [`Cors::with_credentials`] lets them through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cors {
    /// `None`: all.
    origins: Option<Arc<[HeaderValue]>>,
    credentials: bool,
    headers: HeaderValue,
    /// Where no preflight is answered.
    except: Option<&'static str>,
}

impl Cors {
    /// Exactly these origins: scheme, host and a port where it is not the scheme's own. Letters may be of either case.
    ///
    /// # Errors
    /// One that is no origin (a path, a slash at the end, `null`), or `*`, for which there is [`Cors::any`].
    pub fn origins(origins: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Self, CorsError> {
        let origins: Result<Arc<[HeaderValue]>, CorsError> =
            origins.into_iter().map(|origin| parse(origin.as_ref())).collect();
        Ok(Self {
            origins: Some(origins?),
            credentials: false,
            headers: HeaderValue::from_static(HEADERS),
            except: None,
        })
    }

    /// The pages of every site, without cookies: for what everyone may know.
    pub fn any() -> Self {
        Self {
            origins: None,
            credentials: false,
            headers: HeaderValue::from_static(HEADERS),
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
        if self.origins.is_none() {
            return Err(CorsError::CredentialsOfAll);
        }
        self.credentials = true;
        Ok(self)
    }

    /// Further headers that requests may carry, beside `Authorization`, `Content-Type` and those of conditions.
    #[must_use]
    pub fn with_headers(mut self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        for name in names {
            let longer = [self.headers.as_bytes(), b", ", name.as_str().as_bytes()].concat();
            if let Ok(longer) = HeaderValue::from_bytes(&longer) {
                self.headers = longer;
            }
        }
        self
    }
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
            Self::NoOrigin { text, why } => write!(f, "{text:?} is no origin such as https://app.example.com: {why}"),
        }
    }
}

impl std::error::Error for CorsError {}

#[cfg(test)]
mod tests;
