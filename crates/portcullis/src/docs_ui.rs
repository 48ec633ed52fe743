//! `/docs` (Swagger UI), `/docs/oauth2-redirect`, `/redoc` and `/openapi.json`, all out of the binary.
//!
//! The pages load nothing from elsewhere, and their Content-Security-Policy allows nothing else: the two scripts that
//! stand in a page are allowed by their hashes.

mod assets;

use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use http::HeaderValue;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};

/// What the pages show.
#[derive(Debug, Clone)]
pub(crate) struct Docs {
    /// The application's title, as text.
    pub(crate) title: String,
    /// The OpenAPI document, as JSON.
    pub(crate) openapi: Bytes,
}

/// The routes of the pages and of what they load. All answer GET and HEAD alone.
pub(crate) fn routes(docs: Docs) -> Vec<(&'static str, MethodRouter)> {
    let Docs { title, openapi } = docs;
    let title = escape(&title);
    let mut routes = vec![
        (
            "/openapi.json",
            get(async move || fixed("application/json", [], openapi)),
        ),
        ("/docs", page(swagger(&title), SWAGGER_POLICY)),
        ("/docs/oauth2-redirect", page(redirect(), REDIRECT_POLICY)),
        ("/redoc", page(redoc(&title), REDOC_POLICY)),
    ];
    routes.extend(
        assets::ALL
            .iter()
            .map(|asset| (asset.path, get(async |headers| asset.answer(&headers)))),
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

/// Where an authorization server sends the browser back to: hands what it says to the page that opened it.
const REDIRECT_SCRIPT: &str = include_str!("../assets/oauth2-redirect.js");

/// The hash is that of [`SWAGGER_SCRIPT`]; the images in the style sheet are `data:`.
const SWAGGER_POLICY: &str = "default-src 'none'; \
    script-src 'self' 'sha256-JcxYpg001azkloOg8o+TeTTELNqR3jL7RFFrV/hc6Jc='; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

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

fn swagger(title: &str) -> String {
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
<script>{SWAGGER_SCRIPT}</script>
</body>
</html>
"#,
        style = assets::SWAGGER_STYLE.path,
        icon = assets::ICON.path,
        script = assets::SWAGGER_SCRIPT.path,
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

fn redoc(title: &str) -> String {
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
<redoc spec-url="/openapi.json"></redoc>
<script src="{script}"></script>
</body>
</html>
"#,
        style = assets::REDOC_STYLE.path,
        icon = assets::ICON.path,
        script = assets::REDOC_SCRIPT.path,
    )
}

fn page(html: String, policy: &'static str) -> MethodRouter {
    let html = Bytes::from(html);
    // A new version names other assets: the page itself is asked for again each time.
    let headers = [(CONTENT_SECURITY_POLICY, policy), (CACHE_CONTROL, "no-cache")];
    get(async move || fixed("text/html; charset=utf-8", headers, html))
}

fn fixed<const N: usize>(
    content_type: &'static str,
    headers: [(HeaderName, &'static str); N],
    body: Bytes,
) -> Response {
    let mut response = body.into_response();
    let all = response.headers_mut();
    all.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    all.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    all.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    for (name, value) in headers {
        all.insert(name, HeaderValue::from_static(value));
    }
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
