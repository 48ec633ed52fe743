//! One shape for the bodies of all errors that are answered here.

use std::fmt;
use std::future::Future as _;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use axum::body::{Body, Bytes};
use axum::response::Response;
use http::StatusCode;
use http::header::CONTENT_LENGTH;
use http_body_util::BodyExt as _;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::Value;

use crate::openapi::Operation;

/// An error as the table answers it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ErrorAnswer<'a> {
    /// What it is answered with.
    pub status: StatusCode,
    /// FastAPI's `detail`: a sentence, or for 422 the list of what is wrong.
    pub detail: &'a Value,
    /// The code of RFC 6749 and RFC 6750, where the table has one.
    pub code: Option<&'a str>,
}

type Write = dyn Fn(StatusCode, &Value) -> Option<Bytes> + Send + Sync;

/// How an application writes them.
#[derive(Clone)]
pub(crate) struct ErrorBodies {
    write: Arc<Write>,
    /// What the document tells of such a body.
    pub(crate) schema: fn(&mut Operation) -> Schema,
}

impl ErrorBodies {
    pub(crate) fn new<T: Serialize + JsonSchema>(
        write: impl Fn(&ErrorAnswer<'_>) -> T + Send + Sync + 'static,
    ) -> Self {
        Self {
            write: Arc::new(move |status, told| {
                let error = ErrorAnswer {
                    status,
                    detail: told.get("detail").unwrap_or(&Value::Null),
                    code: told.get("error").and_then(Value::as_str),
                };
                serde_json::to_vec(&write(&error)).ok().map(Bytes::from)
            }),
            schema: Operation::schema::<T>,
        }
    }

    /// The response with its body in the application's shape. What cannot be written so stays as it is.
    pub(crate) fn rewrite(&self, response: Response) -> Response {
        let (mut head, body) = response.into_parts();
        let own = at_once(body);
        let told = serde_json::from_slice(&own).ok();
        let anew = told.and_then(|told: Value| (self.write)(head.status, &told));
        head.headers.remove(CONTENT_LENGTH);
        Response::from_parts(head, anew.unwrap_or(own).into())
    }
}

impl fmt::Debug for ErrorBodies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ErrorBodies(..)")
    }
}

/// A body that is there as a whole, as those of errors are.
fn at_once(body: Body) -> Bytes {
    let collected = pin!(body.collect()).poll(&mut Context::from_waker(Waker::noop()));
    match collected {
        Poll::Ready(Ok(collected)) => collected.to_bytes(),
        _ => Bytes::new(),
    }
}

#[cfg(test)]
mod tests;
