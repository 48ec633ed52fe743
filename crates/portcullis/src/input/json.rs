//! A JSON body, taken and given.

use std::ops::{Deref, DerefMut};

use axum::extract::{FromRequest, OptionalFromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{InputRefusal, body, read};
use crate::openapi::{Describe, DescribeOptional, Operation, Respond};
use crate::refusal::Refusal;

/// A JSON body: as an argument of a handler what was sent, as its answer what is sent.
///
/// ```
/// use portcullis::{ApiRouter, Json, post};
/// use schemars::JsonSchema;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, JsonSchema)]
/// struct Item {
///     /// What it is called.
///     #[schemars(length(min = 1, max = 40))]
///     name: String,
///     #[serde(default)]
///     tags: Vec<String>,
/// }
///
/// async fn create_item(Json(item): Json<Item>) -> Json<Item> {
///     Json(item)
/// }
///
/// let routes: ApiRouter = ApiRouter::new().api_route("/items/", post(create_item));
/// ```
///
/// **Taken** is `application/json` (or `…+json`, RFC 6839), as FastAPI takes it, of at most 1 MiB ([`JsonLimit`]).
/// What the schema of `T` asks is asked of the body: also ranges, lengths and patterns, which serde does not look at.
/// serde reads only what was checked: a member that the schema does not know, under an `alias` for example, is not seen.
/// A schema with a keyword that cannot be enforced (a pattern beyond `regex-lite`, `if`, `contains`) stops the program
/// where its routes are finished, with a sentence that names the type and the keyword. Like pydantic it converts `"5"` to 5
/// and `"yes"` to `true` where a number or a boolean is asked for. Unlike Python's JSON, a member that came twice is
/// refused.
///
/// **Refused** is with 422 and FastAPI's list of errors ([`ValidationErrors`](crate::ValidationErrors)), which repeats
/// the input up to 1 KiB a value; nothing is repeated of a type that has a secret: a member whose name says so, or
/// whose schema has the format `password` or `writeOnly`. 400, 408 and 413: see [`InputRefusal`].
///
/// `Option<Json<T>>` is `None` without a body, and for `null`.
///
/// Name the guard before other arguments: they are asked in their order, and a caller without a token then learns
/// nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

/// How large a JSON body may be, in bytes. Default 1 MiB (1,048,576).
///
/// An extension of the request, so a layer changes it for the routes below; without one, axum's `DefaultBodyLimit` does:
///
/// ```
/// use axum::Extension;
/// use portcullis::JsonLimit;
///
/// let app: axum::Router = axum::Router::new().layer(Extension(JsonLimit(8 << 20)));
/// ```
///
/// Memory: a body is first a value, in the worst case, a long list of single digits, 36 times the size of the body, and as
/// much again while the list grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonLimit(pub usize);

impl Default for JsonLimit {
    fn default() -> Self {
        Self(1 << 20)
    }
}

impl<T> Deref for Json<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Json<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> From<T> for Json<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<S, T> FromRequest<S> for Json<T>
where
    S: Send + Sync,
    T: DeserializeOwned + JsonSchema + 'static,
{
    type Rejection = InputRefusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, InputRefusal> {
        let body = body::collect(request).await?;
        Ok(Self(read::body(&body)?))
    }
}

impl<S, T> OptionalFromRequest<S> for Json<T>
where
    S: Send + Sync,
    T: DeserializeOwned + JsonSchema + 'static,
{
    type Rejection = InputRefusal;

    async fn from_request(request: Request, _: &S) -> Result<Option<Self>, InputRefusal> {
        let body = body::collect(request).await?;
        if body.bytes.is_empty() || body.is_json && body.bytes.trim_ascii() == b"null" {
            return Ok(None);
        }
        Ok(Some(Self(read::body(&body)?)))
    }
}

impl<T: JsonSchema> Describe for Json<T> {
    fn describe(operation: &mut Operation) {
        operation.body_of::<T>("application/json");
        operation.promises(read::unkept::<T>());
    }
}

impl<T: JsonSchema> DescribeOptional for Json<T> {}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response(),
            Err(error) => {
                tracing::error!(%error, "an answer could not be written as JSON");
                Refusal::Failed.into_response()
            }
        }
    }
}

impl<T: JsonSchema> Respond for Json<T> {
    fn respond(operation: &mut Operation) {
        operation.json::<T>();
    }
}
