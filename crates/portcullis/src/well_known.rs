//! What other programs ask of an issuer: its public keys (RFC 7517 §5) and its metadata (RFC 8414).

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use portcullis_core::jose::{Algorithm, KeySet};
use portcullis_core::{Auth, GrantType, ProofMethod, User};
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
/// RFC 8414 §2 asks, and of our own logins; one with a path has them where §3.1 puts them, too. They name the endpoints below
/// [`AuthBuilder::public_url`](portcullis_core::AuthBuilder::public_url). Publish a new key at least `max_age` before it
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

/// The metadata of an authorization server (RFC 8414 §2): what is on, and nothing else.
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
    #[serde(flatten)]
    tokens: TokenMetadata,
}

/// What of it speaks of the life of tokens.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
struct TokenMetadata {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    token_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation_endpoint: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    revocation_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    introspection_endpoint: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    introspection_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    /// What ended before its time is told there.
    #[serde(skip_serializing_if = "Option::is_none")]
    revocations_endpoint: Option<String>,
}

/// How a client proves who it is (RFC 6749 §2.3, RFC 7523 §2.2).
const PROOFS: [ProofMethod; 3] = [ProofMethod::Basic, ProofMethod::Post, ProofMethod::Assertion];

impl TokenMetadata {
    fn of<U: User>(auth: &Auth<U>, base: &str) -> Self {
        let at = |path: &str| Some(format!("{base}{path}"));
        let mut metadata = Self::default();
        let clients = auth.clients().is_some();
        if clients {
            let proofs: Vec<_> = PROOFS.into_iter().map(ProofMethod::name).collect();
            let signed = Algorithm::ALL.into_iter().filter(|algorithm| !algorithm.is_symmetric());
            let algorithms: Vec<_> = signed.map(Algorithm::name).collect();
            metadata.token_endpoint_auth_signing_alg_values_supported = algorithms.clone();
            metadata.introspection_endpoint = at("/introspect");
            metadata.introspection_endpoint_auth_methods_supported = proofs;
            metadata.introspection_endpoint_auth_signing_alg_values_supported = algorithms;
        }
        if auth.sessions().is_some() {
            metadata.revocation_endpoint = at("/revoke");
            metadata.revocation_endpoint_auth_methods_supported = methods(auth);
            metadata.revocation_endpoint_auth_signing_alg_values_supported =
                metadata.token_endpoint_auth_signing_alg_values_supported.clone();
        }
        // Under a shared secret nobody else could check what it says.
        let keys = auth.keys();
        let is_shared = keys.signing_key().is_some_and(|key| key.algorithm().is_symmetric());
        if clients && auth.revocations().is_some() && !is_shared {
            metadata.revocations_endpoint = at("/revocations");
        }
        metadata
    }
}

/// The grants that are on.
fn grants<U: User>(auth: &Auth<U>) -> Vec<&'static str> {
    let on = GrantType::ALL.into_iter().filter(|grant| match grant {
        GrantType::Password => auth.has_logins() && auth.takes_passwords(),
        GrantType::RefreshToken => auth.sessions().is_some(),
        GrantType::ClientCredentials => auth.clients().is_some(),
        _ => false,
    });
    on.map(GrantType::name).collect()
}

/// How a client may say who it is: the server's own need not.
fn methods<U: User>(auth: &Auth<U>) -> Vec<&'static str> {
    let proofs = auth.clients().map(|_| PROOFS).into_iter().flatten();
    [ProofMethod::None]
        .into_iter()
        .chain(proofs)
        .map(ProofMethod::name)
        .collect()
}

impl Metadata {
    /// The metadata and the path of the issuer; none where the issuer is no address, or another one than we are.
    fn of<U: User>(auth: &Auth<U>) -> Option<(Self, String)> {
        let issuer = auth.issuer().filter(|_| auth.has_logins())?;
        let address: Uri = issuer.parse().ok()?;
        let known = matches!(address.scheme_str(), Some("http" | "https"));
        if !known || address.query().is_some() || issuer.contains(['#', '{', '}']) {
            return None;
        }
        let base = auth.public_url().unwrap_or(issuer).trim_end_matches('/');
        let metadata = Self {
            issuer: issuer.to_owned(),
            token_endpoint: format!("{base}/token"),
            jwks_uri: format!("{base}{KEY_SET}"),
            scopes_supported: auth.scopes().iter().map(|scope| scope.name).collect(),
            response_types_supported: Vec::new(),
            grant_types_supported: grants(auth),
            token_endpoint_auth_methods_supported: methods(auth),
            tokens: TokenMetadata::of(auth, base),
        };
        Some((metadata, address.path().trim_end_matches('/').to_owned()))
    }
}

#[cfg(test)]
mod tests;
