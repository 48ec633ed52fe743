//! What the answer of a handler says of itself.

use std::borrow::Cow;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::response::{AppendHeaders, Html, IntoResponse, NoContent, Response, Sse};
use http::{Extensions, HeaderMap, StatusCode};
use schemars::JsonSchema;

use super::{Content, Operation, Undescribed};

/// The return type of a handler, saying what it answers with.
///
/// ```
/// use axum::response::{IntoResponse, Response};
/// use portcullis::openapi::{Content, Operation, Respond};
///
/// struct Csv(String);
///
/// impl IntoResponse for Csv {
///     fn into_response(self) -> Response {
///         ([("content-type", "text/csv")], self.0).into_response()
///     }
/// }
///
/// impl Respond for Csv {
///     fn respond(operation: &mut Operation) {
///         operation.success(Content::text("text/csv"));
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "the answer `{Self}` does not say what it is",
    label = "this handler returns a `{Self}`, which does not implement `Respond`",
    note = "`Json<T>` answers for itself as soon as `T` derives `schemars::JsonSchema`",
    note = "a return type of your own needs `impl portcullis::openapi::Respond`",
    note = "one of another crate is given as `Undescribed<…>`, or as `Response` with `.with(|operation| …)` at the route"
)]
pub trait Respond {
    /// Adds to the operation what this type answers with.
    fn respond(operation: &mut Operation);
}

impl<T: JsonSchema> Respond for Json<T> {
    fn respond(operation: &mut Operation) {
        operation.json::<T>();
    }
}

/// The error side adds its own statuses; `T` says what a good answer is.
impl<T: Respond, E: Respond> Respond for Result<T, E> {
    fn respond(operation: &mut Operation) {
        T::respond(operation);
        operation.failure(E::respond);
    }
}

macro_rules! text {
    ($media_type:literal: $([$($generic:ident)?] $answer:ty),+) => {$(
        impl$(<$generic>)? Respond for $answer {
            fn respond(operation: &mut Operation) {
                operation.success(Content::text($media_type));
            }
        }
    )+};
}
text!("text/plain": [] String, [] &'static str, [] Cow<'static, str>);
text!("text/html": [T] Html<T>);

impl<S> Respond for Sse<S> {
    fn respond(operation: &mut Operation) {
        operation.success(Content::text("text/event-stream"));
    }
}

macro_rules! says_nothing {
    ($($answer:ty),+) => {$(
        impl Respond for $answer {
            fn respond(_: &mut Operation) {}
        }
    )+};
}
// Known only when the answer is made. `success` then stays without content.
says_nothing!(
    (),
    StatusCode,
    HeaderMap,
    Extensions,
    Response,
    Body,
    Bytes,
    std::convert::Infallible
);

impl Respond for NoContent {
    fn respond(operation: &mut Operation) {
        operation.success_status(StatusCode::NO_CONTENT);
    }
}

/// An answer of 201 with a body, which answers for itself and in the document: `Created<Json<Item>>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Created<R>(pub R);

impl<R: IntoResponse> IntoResponse for Created<R> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, self.0).into_response()
    }
}

impl<R: Respond> Respond for Created<R> {
    fn respond(operation: &mut Operation) {
        operation.success_status(StatusCode::CREATED);
        R::respond(operation);
    }
}

/// A redirection whose status is only known when it is made is documented as 303; see [`Operation::success_status`].
impl Respond for axum::response::Redirect {
    fn respond(operation: &mut Operation) {
        operation.success_status(StatusCode::SEE_OTHER);
    }
}

/// Of a tuple the last member is the body. The status is a value and not a type: where it is not 200, say so with
/// [`ApiMethod::status`](crate::ApiMethod::status), or answer with [`Created`].
impl<R: Respond> Respond for (StatusCode, R) {
    fn respond(operation: &mut Operation) {
        R::respond(operation);
    }
}

macro_rules! with_headers {
    ($([$($generic:tt)*] $head:ty),+) => {$(
        impl<R: Respond, $($generic)*> Respond for ($head, R) {
            fn respond(operation: &mut Operation) {
                R::respond(operation);
            }
        }
        impl<R: Respond, $($generic)*> Respond for (StatusCode, $head, R) {
            fn respond(operation: &mut Operation) {
                R::respond(operation);
            }
        }
    )+};
}
with_headers!(
    [] HeaderMap,
    [K, V, const N: usize] [(K, V); N],
    [I] AppendHeaders<I>,
    [T] Undescribed<T>
);
