//! What other programs ask of an issuer: its public keys (RFC 7517 §5) and its metadata (RFC 8414).

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use portcullis_core::jose::KeySet;
use portcullis_core::{Auth, User};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::cors::Cors;
use crate::etag::none_match;
use crate::openapi::{Operation, Respond, ResponseObject};
use crate::router::{ApiRouter, get};

/// Where the metadata stands (RFC 8414 §3).
const METADATA: &str = "/.well-known/oauth-authorization-server";

/// Where the keys stand.
const KEY_SET: &str = "/.well-known/jwks.json";

/// The routes that tell other programs how to check our tokens:
///
/// | route | says |
/// |---|---|
/// | `GET /.well-known/jwks.json` | the public keys in use (RFC 7517 §5), to be kept for `max_age`; never a shared secret |
/// | `GET /.well-known/oauth-authorization-server` | the issuer, its endpoints and scopes (RFC 8414) |
///
/// The metadata are there only where the issuer of `auth` is an `http` or `https` address without query and fragment, as
/// RFC 8414 §2 asks; one with a path has them where §3.1 puts them, too. Publish a new key at least `max_age` before it
/// signs. Both are answered to HEAD too, and pages of every origin may read them.
pub fn well_known<U: User>(auth: &Auth<U>, max_age: Duration) -> ApiRouter<Auth<U>> {
    let caching = format!("public, max-age={}", max_age.as_secs());
    let caching = HeaderValue::try_from(caching).unwrap_or(HeaderValue::from_static("no-cache"));
    let of_keys = caching.clone();
    let read_key_set = move |State(auth): State<Auth<U>>, headers: HeaderMap| {
        let answer = KeySetAnswer::new(&auth, &headers, of_keys.clone());
        async move { answer }
    };
    let keys = get(read_key_set)
        .name("read_key_set")
        .tag("keys")
        .description("The public keys that verify our tokens. A shared secret is never among them.")
        .with_head_and_options()
        .cors(Cors::any());
    let mut routes = ApiRouter::new().api_route(KEY_SET, keys);
    let Some((metadata, path)) = Metadata::of(auth) else {
        return routes;
    };
    let mut paths = vec![METADATA.to_owned()];
    if !path.is_empty() {
        paths.push(format!("{METADATA}{path}"));
    }
    for (place, path) in paths.into_iter().enumerate() {
        let (metadata, caching) = (metadata.clone(), caching.clone());
        let read_metadata = move || {
            let answer = ([(CACHE_CONTROL, caching.clone())], Json(metadata.clone()));
            async move { answer }
        };
        let method = get(read_metadata)
            .name("read_metadata")
            .tag("keys")
            .description("What a client needs to know of this server (RFC 8414).")
            .with_head_and_options()
            .cors(Cors::any());
        let method = if place == 0 { method } else { method.hidden() };
        routes = routes.api_route(path, method);
    }
    routes
}

/// A set of public keys (RFC 7517 §5).
#[derive(JsonSchema)]
#[schemars(rename = "KeySet")]
#[expect(dead_code, reason = "only its schema is used")]
struct KeySetModel {
    keys: Vec<Value>,
}

/// The present keys, or "as you know them".
enum KeySetAnswer {
    Whole {
        body: String,
        tag: HeaderValue,
        caching: HeaderValue,
    },
    Unchanged {
        tag: HeaderValue,
        caching: HeaderValue,
    },
}

impl KeySetAnswer {
    fn new<U: User>(auth: &Auth<U>, headers: &HeaderMap, caching: HeaderValue) -> Self {
        let body = public_keys(auth);
        let digest = Sha256::digest(body.as_bytes());
        let tag = digest.iter().take(16).map(|byte| format!("{byte:02x}"));
        let tag = format!("\"{}\"", tag.collect::<String>());
        let known = none_match(headers, &tag);
        let tag = HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("\"\""));
        if known {
            Self::Unchanged { tag, caching }
        } else {
            Self::Whole { body, tag, caching }
        }
    }
}

/// The JSON text of the set.
fn public_keys<U: User>(auth: &Auth<U>) -> String {
    let keys = auth.keys();
    keys.key_set()
        .map_or_else(|| "{\"keys\":[]}".to_owned(), KeySet::to_public_jwks)
}

impl IntoResponse for KeySetAnswer {
    fn into_response(self) -> Response {
        match self {
            Self::Whole { body, tag, caching } => {
                let kind = HeaderValue::from_static("application/jwk-set+json");
                ([(CONTENT_TYPE, kind), (ETAG, tag), (CACHE_CONTROL, caching)], body).into_response()
            }
            Self::Unchanged { tag, caching } => {
                (StatusCode::NOT_MODIFIED, [(ETAG, tag), (CACHE_CONTROL, caching)]).into_response()
            }
        }
    }
}

impl Respond for KeySetAnswer {
    fn respond(operation: &mut Operation) {
        operation.json::<KeySetModel>();
        let unchanged = ResponseObject::new("The keys are still those of the ETag in If-None-Match");
        operation.response(StatusCode::NOT_MODIFIED, unchanged);
    }
}

/// The metadata of an authorization server (RFC 8414 §2): those that hold for password logins.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "AuthorizationServerMetadata")]
struct Metadata {
    issuer: String,
    token_endpoint: String,
    jwks_uri: String,
    scopes_supported: Vec<&'static str>,
    /// Required, and without an authorization endpoint empty.
    response_types_supported: Vec<&'static str>,
    grant_types_supported: Vec<&'static str>,
    token_endpoint_auth_methods_supported: Vec<&'static str>,
}

impl Metadata {
    /// The metadata and the path of the issuer; none where the issuer is no address.
    fn of<U: User>(auth: &Auth<U>) -> Option<(Self, String)> {
        let issuer = auth.issuer()?;
        let address: Uri = issuer.parse().ok()?;
        let known = matches!(address.scheme_str(), Some("http" | "https"));
        if !known || address.query().is_some() || issuer.contains(['#', '{', '}']) {
            return None;
        }
        let base = issuer.trim_end_matches('/');
        let metadata = Self {
            issuer: issuer.to_owned(),
            token_endpoint: format!("{base}/token"),
            jwks_uri: format!("{base}{KEY_SET}"),
            scopes_supported: auth.scopes().iter().map(|scope| scope.name).collect(),
            response_types_supported: Vec::new(),
            grant_types_supported: vec!["password"],
            token_endpoint_auth_methods_supported: vec!["none"],
        };
        Some((metadata, address.path().trim_end_matches('/').to_owned()))
    }
}

#[cfg(test)]
mod tests;
