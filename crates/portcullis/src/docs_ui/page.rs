//! The pages as HTML, and what each may load.

use serde_json::json;

use super::assets;
use super::places::Docs;

/// Starts Swagger UI. Part of the page, and not a file, because this call is what a page of FastAPI is known by.
pub(super) const SWAGGER_SCRIPT: &str = r#"
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

/// The same where something stands elsewhere: where, the page's element says, so that the script is always the same.
pub(super) const SWAGGER_SCRIPT_PLACED: &str = r#"
const at = document.getElementById('swagger-ui').dataset;
const ui = SwaggerUIBundle({
  url: at.document,
  dom_id: '#swagger-ui',
  layout: 'BaseLayout',
  deepLinking: true,
  showExtensions: true,
  showCommonExtensions: true,
  oauth2RedirectUrl: window.location.origin + at.redirect,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis]
})
if (at.oauth) ui.initOAuth(JSON.parse(at.oauth))
"#;

/// Where an authorization server sends the browser back to: hands what it says to the page that opened it.
pub(super) const REDIRECT_SCRIPT: &str = include_str!("../../assets/oauth2-redirect.js");

/// The hashes are those of [`SWAGGER_SCRIPT`] and [`SWAGGER_SCRIPT_PLACED`]; the images in the style sheet are `data:`.
/// `connect`: the origins, beside the page's own, that tokens are asked of, a blank before each.
pub(super) fn swagger_policy(connect: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'sha256-JcxYpg001azkloOg8o+TeTTELNqR3jL7RFFrV/hc6Jc=' 'sha256-+jzVSxkz/oPpK79e9SFdWEggumAqt/TbhwnkemJczGg='; \
         style-src 'self'; img-src 'self' data:; connect-src 'self'{connect}; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

/// The hash is that of [`REDIRECT_SCRIPT`].
pub(super) const REDIRECT_POLICY: &str = "default-src 'none'; \
    script-src 'sha256-pcijTgnklzc4LMUBlEbux8PbNGGWP8W/5Eg2HTxVSek='; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// ReDoc makes two `<style>` elements: an empty one, which it fills by script (the first hash is that of the empty
/// text), and one for its scroll bars, always the same in this version. Its search runs in a worker from a `blob:`.
pub(super) const REDOC_POLICY: &str = "default-src 'none'; \
    script-src 'self'; style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' \
    'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='; \
    img-src 'self' data:; connect-src 'self'; worker-src blob:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Swagger UI as it is at the root.
pub(super) fn swagger(title: &str) -> String {
    swagger_with(title, "", "", SWAGGER_SCRIPT)
}

/// The same where something stands elsewhere.
pub(super) fn swagger_placed(title: &str, prefix: &str, docs: &Docs) -> String {
    let place = |path: &str| escape(&format!("{prefix}{path}"));
    let mut data = format!(
        r#" data-document="{}" data-redirect="{}""#,
        place(docs.document.as_deref().unwrap_or_default()),
        place(&docs.redirect),
    );
    if let Some(id) = &docs.client_id {
        let oauth = json!({ "clientId": id, "usePkceWithAuthorizationCodeGrant": true });
        data.push_str(&format!(r#" data-oauth="{}""#, escape(&oauth.to_string())));
    }
    swagger_with(title, &format!("{}/", escape(prefix)), &data, SWAGGER_SCRIPT_PLACED)
}

/// `files` comes before the names of files; `data` are attributes.
fn swagger_with(title: &str, files: &str, data: &str, start: &str) -> String {
    format!(
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - Swagger UI</title>
<link rel="stylesheet" href="{files}{style}">
<link rel="icon" type="image/png" href="{files}{icon}">
</head>
<body>
<div id="swagger-ui"{data}></div>
<script src="{files}{script}"></script>
<script>{start}</script>
</body>
</html>
"#,
        style = assets::SWAGGER_STYLE.name(),
        icon = assets::ICON.name(),
        script = assets::SWAGGER_SCRIPT.name(),
    )
}

pub(super) fn redirect() -> String {
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

/// ReDoc; `files` comes before the names of files.
pub(super) fn redoc(title: &str, files: &str, document: &str) -> String {
    format!(
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - ReDoc</title>
<link rel="stylesheet" href="{files}{style}">
<link rel="icon" type="image/png" href="{files}{icon}">
</head>
<body>
<noscript>ReDoc requires Javascript to function. Please enable it to browse the documentation.</noscript>
<redoc spec-url="{document}"></redoc>
<script src="{files}{script}"></script>
</body>
</html>
"#,
        style = assets::REDOC_STYLE.name(),
        icon = assets::ICON.name(),
        script = assets::REDOC_SCRIPT.name(),
    )
}

/// Text as it may stand in HTML, in an attribute too.
pub(super) fn escape(text: &str) -> String {
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
