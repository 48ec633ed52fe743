//! Swagger UI (`/docs`) with its OAuth2 page, ReDoc (`/redoc`) and the document (`/openapi.json`), all out of the binary.
//!
//! The pages load nothing from elsewhere, and their Content-Security-Policy allows nothing else: the two scripts that
//! stand in a page are allowed by their hashes.

mod assets;
mod page;
mod places;

use std::sync::{Arc, OnceLock};

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any, get};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use serde_json::Value;

use crate::openapi::Document;
use crate::router::not_found;
use crate::router::prefix::prefix;
use page::{REDIRECT_POLICY, REDOC_POLICY, escape, redirect, redoc, swagger, swagger_placed, swagger_policy};

pub use places::Docs;

/// What the pages show, and where.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    /// The application's title, as text.
    pub(crate) title: String,
    /// The OpenAPI document.
    pub(crate) document: Document,
    pub(crate) docs: Docs,
}

/// The routes of the pages and of what they load. All answer GET and HEAD alone.
///
/// At the root the pages name the document as FastAPI's do; below a prefix, with it.
pub(crate) fn routes(shown: Shown) -> Vec<(String, MethodRouter)> {
    let Shown { title, document, docs } = shown;
    let (title, docs) = (escape(&title), Arc::new(docs));
    let Some(document_path) = docs.document.clone() else {
        return Vec::new();
    };
    let connect = elsewhere(document.value());
    let mut routes = vec![(document_path.clone(), served(document))];
    if let Some(path) = docs.swagger.clone() {
        let (title, docs, root) = (title.clone(), docs.clone(), swagger(&title));
        let redirect_path = docs.redirect.clone();
        let plain = *docs == Docs::default();
        let page = move |prefix: &str| match plain && prefix.is_empty() {
            true => root.clone(),
            false => swagger_placed(&title, prefix, &docs),
        };
        routes.push((path, serve_page(page, &swagger_policy(&connect))));
        routes.push((redirect_path, serve_page(|_: &str| redirect(), REDIRECT_POLICY)));
    }
    if let Some(path) = docs.redoc.clone() {
        let beside = path.matches('/').count() == 1;
        let page = move |prefix: &str| {
            let files = match beside && prefix.is_empty() {
                true => String::new(),
                false => format!("{}/", escape(prefix)),
            };
            redoc(&title, &files, &escape(&format!("{prefix}{document_path}")))
        };
        routes.push((path, serve_page(page, REDOC_POLICY)));
    }
    if docs.first().is_some() {
        let files = assets::ALL.iter();
        routes.extend(files.map(|asset| {
            let methods = get(async |headers: HeaderMap| asset.answer(&headers));
            (asset.path.to_owned(), methods)
        }));
    }
    routes
}

/// The origins of the addresses elsewhere that a document names for tokens, a blank before each; of a path none, and none
/// that could say more in a policy than an origin.
fn elsewhere(document: &Value) -> String {
    let schemes = document
        .pointer("/components/securitySchemes")
        .and_then(Value::as_object);
    let flows = schemes
        .into_iter()
        .flat_map(|schemes| schemes.values())
        .filter_map(|scheme| scheme.get("flows")?.as_object())
        .flat_map(|flows| flows.values());
    let mut origins: Vec<String> = Vec::new();
    for flow in flows {
        let addresses = ["tokenUrl", "refreshUrl"]
            .into_iter()
            .filter_map(|name| flow.get(name)?.as_str());
        for origin in addresses.filter_map(origin) {
            if !origins.contains(&origin) {
                origins.push(origin);
            }
        }
    }
    origins.concat()
}

fn origin(address: &str) -> Option<String> {
    let address: Uri = address.parse().ok()?;
    let (scheme, authority) = (address.scheme_str()?, address.authority()?.as_str());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte);
    authority.bytes().all(plain).then(|| format!(" {scheme}://{authority}"))
}

/// Leads from `/` to a page. In the form of a fallback, so that an application may still add its own `/`.
pub(crate) fn lead(page: &str) -> MethodRouter {
    let page: Arc<str> = page.into();
    any(async move |request: Request<Body>| {
        let docs = format!("{}{page}", prefix(&request));
        if !matches!(*request.method(), Method::GET | Method::HEAD) || docs.starts_with("//") {
            return not_found();
        }
        (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, docs)]).into_response()
    })
}

/// A page, which is told the prefix that it is asked below. What begins with two slashes would name a host.
fn serve_page(html: impl Fn(&str) -> String + Clone + Send + Sync + 'static, policy: &str) -> MethodRouter {
    let policy = HeaderValue::from_str(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    get(async move |request: Request<Body>| {
        let prefix = prefix(&request);
        if prefix.ends_with('/') || prefix.starts_with("//") {
            return not_found();
        }
        let mut response = fixed("text/html; charset=utf-8", html(&prefix).into());
        let headers = response.headers_mut();
        headers.insert(CONTENT_SECURITY_POLICY, policy);
        // A new version names other assets: the page itself is asked for again each time.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response
    })
}

/// The document, which names the prefix that it is served below.
fn served(document: Document) -> MethodRouter {
    let root = document.to_bytes();
    // Nearly always there is one prefix.
    let below = Arc::new(OnceLock::<(String, Bytes)>::new());
    get(async move |request: Request<Body>| {
        let prefix = prefix(&request);
        if prefix.is_empty() {
            return fixed("application/json", root);
        }
        let (known, bytes) = below.get_or_init(|| (prefix.clone(), document.below(&prefix).to_bytes()));
        let bytes = if *known == prefix {
            bytes.clone()
        } else {
            document.below(&prefix).to_bytes()
        };
        fixed("application/json", bytes)
    })
}

fn fixed(content_type: &'static str, body: Bytes) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

#[cfg(test)]
mod tests;
