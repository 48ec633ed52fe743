//! Digest, whose answers are read and verified by nobody.

use axum::Router;
use axum::response::Response;
use portcullis::ApiMethod;
use portcullis::openapi::SecurityScheme;
use portcullis::prelude::*;
use portcullis::schemes::{DigestCredentials, DigestRealm, HttpScheme};
use serde_json::{Value, json};

use super::authorization::{http, optional};
use super::{Application, at, told};

portcullis::http_scheme! {
    pub Digest = "digest";
    DescribedDigest = "digest" described "HTTPDigest scheme";
}

/// Where answers to Digest are looked at, and not taken for any text.
pub struct Door;

/// The same, described.
struct DescribedDoor;

impl DigestRealm for Door {
    const REALM: &'static str = "http-auth@example.org";

    fn nonce() -> String {
        // An application that checks answers makes a new one each time and knows it again.
        "7ypf/xlj9XXwfDPEoM4URrv".to_owned()
    }
}

impl DigestRealm for DescribedDoor {
    const REALM: &'static str = Door::REALM;

    fn nonce() -> String {
        Door::nonce()
    }

    fn scheme() -> SecurityScheme {
        DescribedDigest::scheme()
    }
}

/// What an answer to Digest says.
pub fn parameters<R>(given: &DigestCredentials<R>) -> Value {
    json!({ "scheme": "Digest", "credentials": given.parameter("response") })
}

async fn one<R: DigestRealm>(given: DigestCredentials<R>) -> Json<Value> {
    Json(parameters(&given))
}

async fn perhaps(given: Option<DigestCredentials<Door>>) -> Response {
    told(given.as_ref().map(parameters))
}

/// At `/users/me`, as recorded, where any text is an answer, or read.
fn read_or(answers: Answers, recorded: ApiMethod, read: ApiMethod) -> Router {
    let method = if answers.document_as_fastapi { recorded } else { read };
    at("/users/me", answers, method.name("read_current_user"))
}

pub const APPLICATIONS: &[Application] = &[
    ("http-digest", |answers| {
        read_or(answers, get(http::<Digest>), get(one::<Door>))
    }),
    ("http-digest-description", |answers| {
        read_or(answers, get(http::<DescribedDigest>), get(one::<DescribedDoor>))
    }),
    ("http-digest-optional", |answers| {
        read_or(answers, get(optional::<Digest>), get(perhaps))
    }),
];
