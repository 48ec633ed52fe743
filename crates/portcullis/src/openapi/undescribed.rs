//! Arguments and answers of other crates.

use std::ops::{Deref, DerefMut};

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use http::request::Parts;

use super::{Describe, Operation, Respond};

/// An argument or answer of another crate, of which the document says nothing: `Undescribed<CookieJar>`,
/// `Undescribed<TypedHeader<UserAgent>>`, `Undescribed<Session>`. It is taken and given as the `T` in it is.
///
/// What the document should say can be said at the route, with [`ApiMethod::with`](crate::ApiMethod::with).
///
/// ```
/// use portcullis::openapi::Undescribed;
/// use portcullis::{ApiRouter, get};
///
/// async fn read_version(Undescribed(version): Undescribed<axum::http::Version>) -> Undescribed<Vec<u8>> {
///     Undescribed(format!("{version:?}").into_bytes())
/// }
///
/// let routes: ApiRouter = ApiRouter::new().api_route("/version", get(read_version));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Undescribed<T>(pub T);

impl<T> Deref for Undescribed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Undescribed<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<S: Send + Sync, T: FromRequestParts<S>> FromRequestParts<S> for Undescribed<T> {
    type Rejection = T::Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, T::Rejection> {
        T::from_request_parts(parts, state).await.map(Self)
    }
}

impl<S: Send + Sync, T: FromRequest<S>> FromRequest<S> for Undescribed<T> {
    type Rejection = T::Rejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, T::Rejection> {
        T::from_request(request, state).await.map(Self)
    }
}

impl<T: IntoResponse> IntoResponse for Undescribed<T> {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl<T: IntoResponseParts> IntoResponseParts for Undescribed<T> {
    type Error = T::Error;

    fn into_response_parts(self, parts: ResponseParts) -> Result<ResponseParts, T::Error> {
        self.0.into_response_parts(parts)
    }
}

impl<T> Describe for Undescribed<T> {
    fn describe(_: &mut Operation) {}
}

impl<T> Respond for Undescribed<T> {
    fn respond(_: &mut Operation) {}
}
