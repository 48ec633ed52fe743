//! `/docs` (Swagger UI), `/docs/oauth2-redirect`, `/redoc` and `/openapi.json`, all out of the binary.
//!
//! The pages load nothing from elsewhere, and their Content-Security-Policy allows nothing else: the two scripts that
//! stand in a page are allowed by their hashes.

mod assets;

use std::sync::{Arc, OnceLock};

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any, get};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};

use crate::openapi::Document;
use crate::router::not_found;
use crate::router::prefix::outside;

/// What the pages show.
#[derive(Debug, Clone)]
pub(crate) struct Docs {
    /// The application's title, as text.
    pub(crate) title: String,
    /// The OpenAPI document.
    pub(crate) document: Document,
    /// What a proxy takes off the paths that clients send.
    pub(crate) root_path: Arc<str>,
    /// Where tokens are asked for, if that is elsewhere.
    pub(crate) token_endpoint: Option<String>,
}

/// The routes of the pages and of what they load. All answer GET and HEAD alone.
///
/// At the root the pages name the document as FastAPI's do; below a prefix, relatively.
pub(crate) fn routes(docs: Docs) -> Vec<(&'static str, MethodRouter)> {
    let title = escape(&docs.title);
    let below = docs.root_path;
    let connect = docs.token_endpoint.as_deref().and_then(origin).unwrap_or_default();
    let swagger = |script| swagger(&title, script);
    let mut routes = vec![
        ("/openapi.json", document(docs.document, below.clone())),
        (
            "/docs",
            page(
                [swagger(SWAGGER_SCRIPT), swagger(SWAGGER_SCRIPT_BELOW)],
                &swagger_policy(&connect),
                below.clone(),
            ),
        ),
        (
            "/docs/oauth2-redirect",
            page([redirect(), redirect()], REDIRECT_POLICY, below.clone()),
        ),
        (
            "/redoc",
            page(
                [redoc(&title, "/openapi.json"), redoc(&title, "openapi.json")],
                REDOC_POLICY,
                below,
            ),
        ),
    ];
    routes.extend(
        assets::ALL
            .iter()
            .map(|asset| (asset.path, get(async |headers: HeaderMap| asset.answer(&headers)))),
    );
    routes
}

/// Starts Swagger UI. Part of the page, and not a file, because this call is what a page of FastAPI is known by.
const SWAGGER_SCRIPT: &str = r#"
const ui = SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  layout: 'BaseLayout',
  deepLinking: true,
  showExtensions: true,
  showCommonExtensions: true,
  oauth2RedirectUrl: window.location.origin + '/docs/oauth2-redirect',
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis]
})
"#;

/// The same where the page stands below a prefix, which it need not know.
const SWAGGER_SCRIPT_BELOW: &str = r#"
const ui = SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#swagger-ui',
  layout: 'BaseLayout',
  deepLinking: true,
  showExtensions: true,
  showCommonExtensions: true,
  oauth2RedirectUrl: new URL('docs/oauth2-redirect', window.location.href).href,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis]
})
"#;

/// Where an authorization server sends the browser back to: hands what it says to the page that opened it.
const REDIRECT_SCRIPT: &str = include_str!("../assets/oauth2-redirect.js");

/// The hashes are those of [`SWAGGER_SCRIPT`] and [`SWAGGER_SCRIPT_BELOW`]; the images in the style sheet are `data:`.
/// `connect`: the one origin, beside the page's own, that tokens are asked of.
fn swagger_policy(connect: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'sha256-JcxYpg001azkloOg8o+TeTTELNqR3jL7RFFrV/hc6Jc=' 'sha256-q4FlNLvqRayVP1KAuuqqxBa0lLmd2Stt3rG7JuYlgns='; \
         style-src 'self'; img-src 'self' data:; connect-src 'self'{connect}; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

/// The origin of an address elsewhere, with a blank before it; none of a path, and none that could say more in a policy
/// than an origin.
fn origin(address: &str) -> Option<String> {
    let address: Uri = address.parse().ok()?;
    let (scheme, authority) = (address.scheme_str()?, address.authority()?.as_str());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte);
    authority.bytes().all(plain).then(|| format!(" {scheme}://{authority}"))
}

/// The hash is that of [`REDIRECT_SCRIPT`].
const REDIRECT_POLICY: &str = "default-src 'none'; script-src 'sha256-pcijTgnklzc4LMUBlEbux8PbNGGWP8W/5Eg2HTxVSek='; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// ReDoc makes two `<style>` elements: an empty one, which it fills by script (the first hash is that of the empty
/// text), and one for its scroll bars, always the same in this version. Its search runs in a worker from a `blob:`.
const REDOC_POLICY: &str = "default-src 'none'; \
    script-src 'self'; style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' \
    'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='; \
    img-src 'self' data:; connect-src 'self'; worker-src blob:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

fn swagger(title: &str, start: &str) -> String {
    format!(
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - Swagger UI</title>
<link rel="stylesheet" href="{style}">
<link rel="icon" type="image/png" href="{icon}">
</head>
<body>
<div id="swagger-ui"></div>
<script src="{script}"></script>
<script>{start}</script>
</body>
</html>
"#,
        style = assets::SWAGGER_STYLE.name(),
        icon = assets::ICON.name(),
        script = assets::SWAGGER_SCRIPT.name(),
    )
}

fn redirect() -> String {
    format!(
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Swagger UI: OAuth2 Redirect</title>
</head>
<body>
<script>{REDIRECT_SCRIPT}</script>
</body>
</html>
"#
    )
}

fn redoc(title: &str, document: &str) -> String {
    format!(
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - ReDoc</title>
<link rel="stylesheet" href="{style}">
<link rel="icon" type="image/png" href="{icon}">
</head>
<body>
<noscript>ReDoc requires Javascript to function. Please enable it to browse the documentation.</noscript>
<redoc spec-url="{document}"></redoc>
<script src="{script}"></script>
</body>
</html>
"#,
        style = assets::REDOC_STYLE.name(),
        icon = assets::ICON.name(),
        script = assets::REDOC_SCRIPT.name(),
    )
}

/// Leads from `/` to the docs. In the form of a fallback, so that an application may still add its own `/`.
pub(crate) fn lead(root_path: Arc<str>) -> MethodRouter {
    any(async move |request: Request<Body>| {
        let docs = format!("{}/docs", prefix(&root_path, &request));
        if !matches!(*request.method(), Method::GET | Method::HEAD) || docs.starts_with("//") {
            return not_found();
        }
        (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, docs)]).into_response()
    })
}

/// A page as it is at the root, and below a prefix.
fn page([root, below]: [String; 2], policy: &str, root_path: Arc<str>) -> MethodRouter {
    let (root, below) = (Bytes::from(root), Bytes::from(below));
    let policy = HeaderValue::from_str(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    get(async move |request: Request<Body>| {
        let html = if prefix(&root_path, &request).is_empty() {
            root
        } else {
            below
        };
        let mut response = fixed("text/html; charset=utf-8", html);
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
        // A new version names other assets: the page itself is asked for again each time.
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response
    })
}

/// The document, which names the prefix that it is served below.
fn document(document: Document, root_path: Arc<str>) -> MethodRouter {
    let root = document.to_bytes();
    // Nearly always there is one prefix.
    let below = Arc::new(OnceLock::<(String, Bytes)>::new());
    get(async move |request: Request<Body>| {
        let prefix = prefix(&root_path, &request);
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

/// What stands before our paths in those that clients send.
fn prefix(root_path: &str, request: &Request<Body>) -> String {
    format!("{root_path}{}", outside(request))
}

fn fixed(content_type: &'static str, body: Bytes) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// Text as it may stand in HTML, in an attribute too.
fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
    html
}

#[cfg(test)]
mod tests;
