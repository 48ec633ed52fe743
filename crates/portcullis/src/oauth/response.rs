//! What is answered to whoever gets a token (RFC 6749 §5.1).

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, PRAGMA};
use portcullis_core::Granted;
use schemars::JsonSchema;
use serde::Serialize;

use crate::device::Keeping;
use crate::openapi::{Operation, Respond};
use crate::profile::without_descriptions;

/// What the chapter documents of a token response.
#[derive(JsonSchema)]
#[schemars(transform = without_descriptions)]
#[expect(dead_code, reason = "only its schema is used")]
struct Token {
    access_token: String,
    token_type: String,
}

/// All of it (RFC 6749 §5.1).
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Token", transform = without_descriptions)]
pub(super) struct FullToken {
    access_token: String,
    token_type: &'static str,
    /// Seconds.
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

/// The same where tokens can be refreshed.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Token", transform = without_descriptions)]
pub(super) struct RefreshableToken {
    #[serde(flatten)]
    token: FullToken,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
}

/// A token response, and how the device keeps what it is to show at its next login.
pub(super) struct TokenResponse(pub(super) Granted, pub(super) Keeping);

impl IntoResponse for TokenResponse {
    fn into_response(self) -> Response {
        let Granted {
            access_token,
            expires_in,
            scope,
            refresh_token,
            device,
        } = self.0;
        let token = FullToken {
            access_token,
            token_type: "bearer",
            expires_in: expires_in.as_secs(),
            // RFC 6749 §3.3: a scope has at least one token.
            scope: scope
                .filter(|scope| !scope.is_empty())
                .map(|scope| scope.as_str().to_owned()),
        };
        let mut response = Json(RefreshableToken { token, refresh_token }).into_response();
        response
            .headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
            .headers_mut()
            .insert(PRAGMA, HeaderValue::from_static("no-cache"));
        if let Some(device) = device {
            self.1.tell(&device, response.headers_mut());
        }
        response
    }
}

impl Respond for TokenResponse {
    fn respond(operation: &mut Operation) {
        operation.json::<Token>();
    }
}
