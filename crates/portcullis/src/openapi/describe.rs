//! What an argument of a handler says of itself.

use axum::body::{Body, Bytes};
use axum::extract::{
    ConnectInfo, Extension, MatchedPath, NestedPath, OriginalUri, RawForm, RawPathParams, RawQuery, State,
};
#[cfg(feature = "ws")]
use axum::http::StatusCode;
use axum::http::{Extensions, HeaderMap, Method, Request, Uri, Version, request::Parts};

#[cfg(feature = "multipart")]
use super::Content;
use super::Operation;

/// An argument of a handler that says what it asks of a request: a guard its security requirement, a body its schema.
///
/// Every argument of a handler given to [`get`](crate::get) and its kin needs it. An extractor of your own that asks
/// nothing which belongs into the document adds nothing:
///
/// ```
/// use portcullis::openapi::{Describe, Operation};
///
/// struct RequestId(u64);
///
/// impl Describe for RequestId {
///     fn describe(_: &mut Operation) {}
/// }
/// ```
///
/// One that wraps a guard describes itself as the guard does: `ActiveUser::<Account>::describe(operation)`.
#[diagnostic::on_unimplemented(
    message = "the argument `{Self}` does not say what it asks of a request",
    label = "this handler takes a `{Self}`, which does not implement `Describe`",
    note = "an extractor of your own needs `impl portcullis::openapi::Describe`, empty if it asks nothing of the client",
    note = "one of another crate (CookieJar, TypedHeader, Session) is taken as `Undescribed<…>`",
    note = "axum's Json, Form, Query and Path refuse in plain text, which the document cannot tell: take `Json`, `Form`, `Query` and `Path` of portcullis",
    note = "a route that is not to be in the document can be added with `ApiRouter::route` and axum's own `get`"
)]
pub trait Describe {
    /// Adds to the operation what this argument asks.
    fn describe(operation: &mut Operation);
}

/// An argument that may stand in an `Option`, as axum's `OptionalFromRequestParts`.
///
/// By default what [`Describe`] adds becomes optional: the token, the parameters, the body.
#[diagnostic::on_unimplemented(
    message = "the argument `Option<{Self}>` does not say what it asks of a request",
    label = "`{Self}` does not implement `DescribeOptional`",
    note = "an extractor of your own needs `impl portcullis::openapi::DescribeOptional for {Self} {{}}` beside `Describe`"
)]
pub trait DescribeOptional: Describe {
    /// Adds to the operation what `Option<Self>` asks.
    fn describe_optional(operation: &mut Operation) {
        operation.optionally(Self::describe);
    }
}

impl<T: DescribeOptional> Describe for Option<T> {
    fn describe(operation: &mut Operation) {
        T::describe_optional(operation);
    }
}

/// A wrapped extractor that never refuses for its own sake still shows what the inner one reads.
impl<T: Describe, E> Describe for Result<T, E> {
    fn describe(operation: &mut Operation) {
        operation.optionally(T::describe);
    }
}

macro_rules! asks_nothing {
    ($([$($generic:ident)?] $argument:ty),+ $(,)?) => {$(
        impl$(<$generic>)? Describe for $argument {
            fn describe(_: &mut Operation) {}
        }
    )+};
}

// What the server itself knows, and raw views of the request.
asks_nothing!(
    [] (), [S] State<S>, [T] Extension<T>, [A] ConnectInfo<A>, [] MatchedPath, [] NestedPath, [] OriginalUri, [] RawQuery,
    [] Method, [] Uri, [] Version, [] HeaderMap, [] Extensions, [] Parts, [] Request<Body>, [] Body, [] Bytes,
    [] String, [] RawPathParams, [] RawForm,
);

/// A WebSocket begins with a GET that answers 101; what is said on it, no OpenAPI document tells.
#[cfg(feature = "ws")]
impl Describe for axum::extract::WebSocketUpgrade {
    fn describe(operation: &mut Operation) {
        operation.success_status(StatusCode::SWITCHING_PROTOCOLS);
    }
}

/// A form in parts; which ones, only the handler knows.
#[cfg(feature = "multipart")]
impl Describe for axum::extract::Multipart {
    fn describe(operation: &mut Operation) {
        operation.body(Content {
            media_type: "multipart/form-data".into(),
            schema: schemars::json_schema!({ "type": "object" }),
        });
    }
}

impl<T> DescribeOptional for Extension<T> {}
impl DescribeOptional for MatchedPath {}

/// All arguments of one handler, with axum's marker in front. Implemented for up to eight arguments.
pub trait Arguments {
    /// Lets each argument describe itself, in the order in which they are written.
    fn describe(operation: &mut Operation);
}

impl Arguments for ((),) {
    fn describe(_: &mut Operation) {}
}

macro_rules! arguments {
    ($($argument:ident)+) => {
        impl<M, $($argument: Describe),+> Arguments for (M, $($argument,)+) {
            fn describe(operation: &mut Operation) {
                $($argument::describe(operation);)+
            }
        }
    };
}
arguments!(A);
arguments!(A B);
arguments!(A B C);
arguments!(A B C D);
arguments!(A B C D E);
arguments!(A B C D E F);
arguments!(A B C D E F G);
arguments!(A B C D E F G H);
