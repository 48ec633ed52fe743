//! An extractor that does not say what it asks of a request.
//~ the argument `RequestId` does not say what it asks of a request
//~ an extractor of your own needs `impl portcullis::openapi::Describe`

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::request::Parts;
use portcullis::{ApiRouter, get};

struct RequestId;

impl<S: Send + Sync> FromRequestParts<S> for RequestId {
    type Rejection = Infallible;
    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self)
    }
}

async fn read_users_me(_: RequestId) -> String {
    String::new()
}

fn main() {
    let _: ApiRouter = ApiRouter::new().api_route("/users/me/", get(read_users_me));
}
