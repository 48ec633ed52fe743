//! What an application answered.

use std::fmt;

use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::response::Parts;
use http::{HeaderMap, Response, StatusCode};
use portcullis::Refusal;
use serde::de::DeserializeOwned;

use crate::fail::{OrFail as _, fail};

/// An answer, read to its end.
pub struct Answer {
    head: Parts,
    body: Bytes,
}

impl Answer {
    pub(crate) async fn read(response: Response<Body>) -> Self {
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.or_fail("the body of the answer comes");
        Self { head, body }
    }

    /// One whose body is left where it is.
    pub(crate) fn head(response: Response<Body>) -> Self {
        let (head, _) = response.into_parts();
        Self {
            head,
            body: Bytes::new(),
        }
    }

    /// Its status; comparable with a number.
    pub fn status(&self) -> StatusCode {
        self.head.status
    }

    /// Its headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// One of them, the first of this name; `None` where it is missing.
    ///
    /// # Panics
    /// It is no text.
    #[track_caller]
    pub fn header(&self, name: &str) -> Option<&str> {
        let value = self.head.headers.get(name)?;
        Some(value.to_str().or_fail("the header is text"))
    }

    /// What a guard, or a handler, refused the request with; `None` where it did not.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.head.extensions.get()
    }

    /// Whether a guard let nobody in: the answer is 401, or a guard's own refusal, which may be 403, 404 of an object that is somebody
    /// else's, or 400 of a disabled user and of credentials that came twice.
    pub fn is_refused(&self) -> bool {
        let by_guard = matches!(
            self.refusal(),
            Some(
                Refusal::NoToken
                    | Refusal::BadToken { .. }
                    | Refusal::SessionEnded { .. }
                    | Refusal::BadCredentials { .. }
                    | Refusal::NoCredentials { .. }
                    | Refusal::BrokenCredentials { .. }
                    | Refusal::DoubledCredentials { .. }
                    | Refusal::WrongBasic { .. }
                    | Refusal::OfScheme { .. }
                    | Refusal::Inactive { .. }
                    | Refusal::MissingScope { .. }
                    | Refusal::NotInPerson
                    | Refusal::NoObject
                    | Refusal::NotAllowed
                    | Refusal::CrossSite
            )
        );
        self.status() == StatusCode::UNAUTHORIZED || (by_guard && self.status().is_client_error())
    }

    /// Its body.
    pub fn bytes(&self) -> &Bytes {
        &self.body
    }

    /// Its body as text.
    ///
    /// # Panics
    /// It is none.
    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).or_fail("the body of the answer is text")
    }

    /// Its body, read from JSON.
    ///
    /// # Panics
    /// It is none, or not of this type: the test fails with the answer.
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => fail(format!(
                "the answer is not the JSON that is expected ({error}): {self:?}"
            )),
        }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.head.status, String::from_utf8_lossy(&self.body))
    }
}
