use axum::Router;
use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use super::*;

fn app(title: &str) -> Router {
    let docs = Docs {
        title: title.to_owned(),
        openapi: Bytes::from_static(b"{\"openapi\":\"3.1.0\"}"),
    };
    routes(docs)
        .into_iter()
        .fold(Router::new(), |app, (path, route)| app.route(path, route))
}

async fn ask(method: Method, path: &str) -> (StatusCode, http::HeaderMap, String) {
    let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    let response = app("FastAPI").oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (head.status, head.headers, String::from_utf8_lossy(&body).into_owned())
}

fn paths() -> Vec<&'static str> {
    let docs = Docs {
        title: String::new(),
        openapi: Bytes::new(),
    };
    routes(docs).into_iter().map(|(path, _)| path).collect()
}

#[tokio::test]
async fn other_methods_are_refused_with_the_two_that_are_not() {
    for path in paths() {
        let (status, headers, _) = ask(Method::POST, path).await;
        assert_eq!(
            (status, headers["allow"].to_str().unwrap()),
            (StatusCode::METHOD_NOT_ALLOWED, "GET,HEAD"),
            "{path}"
        );
        let (status, _, body) = ask(Method::HEAD, path).await;
        assert_eq!((status, body.as_str()), (StatusCode::OK, ""), "{path}");
    }
}

#[tokio::test]
async fn nothing_is_loaded_from_elsewhere_and_all_that_is_loaded_is_here() {
    let known = paths();
    for path in ["/docs", "/redoc", "/docs/oauth2-redirect"] {
        let (status, headers, body) = ask(Method::GET, path).await;
        assert_eq!(
            (status, headers["content-type"].to_str().unwrap()),
            (StatusCode::OK, "text/html; charset=utf-8")
        );
        assert!(
            !body.contains("//") || path == "/docs/oauth2-redirect" || !body.contains("http"),
            "{path}"
        );
        for attribute in ["src=\"", "href=\"", "spec-url=\""] {
            for target in body
                .split(attribute)
                .skip(1)
                .map(|rest| rest.split('"').next().unwrap())
            {
                assert!(known.contains(&target), "{path} loads {target}");
            }
        }
    }
}

#[tokio::test]
async fn a_script_in_a_page_is_allowed_by_its_hash_and_no_page_allows_inline_code() {
    for (path, script) in [("/docs", SWAGGER_SCRIPT), ("/docs/oauth2-redirect", REDIRECT_SCRIPT)] {
        let (_, headers, body) = ask(Method::GET, path).await;
        let hash = format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script)));
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains(&hash), "{path} must allow {hash}");
        assert!(body.contains(&format!("<script>{script}</script>")));
        assert!(!script.contains("</script"));
    }
    for path in ["/docs", "/docs/oauth2-redirect", "/redoc"] {
        let (_, headers, _) = ask(Method::GET, path).await;
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'; ") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(
            (&headers["x-content-type-options"], &headers["referrer-policy"]),
            (
                &HeaderValue::from_static("nosniff"),
                &HeaderValue::from_static("no-referrer")
            )
        );
    }
}

#[tokio::test]
async fn the_pages_are_those_of_fastapi() {
    let (.., docs) = ask(Method::GET, "/docs").await;
    for part in [
        "<title>FastAPI - Swagger UI</title>",
        "id=\"swagger-ui\"",
        "SwaggerUIBundle(",
        "'/openapi.json'",
        "oauth2RedirectUrl",
        "/docs/oauth2-redirect",
    ] {
        assert!(docs.contains(part), "{part}");
    }
    let (.., redoc) = ask(Method::GET, "/redoc").await;
    assert!(redoc.contains("<title>FastAPI - ReDoc</title>") && redoc.contains("<redoc spec-url=\"/openapi.json\">"));
    let (.., redirect) = ask(Method::GET, "/docs/oauth2-redirect").await;
    assert!(redirect.contains("window.opener.swaggerUIRedirectOauth2"));
}

#[tokio::test]
async fn the_document_is_json_as_it_was_given() {
    let (status, headers, body) = ask(Method::GET, "/openapi.json").await;
    assert_eq!(
        (status, headers["content-type"].to_str().unwrap()),
        (StatusCode::OK, "application/json")
    );
    assert_eq!(body, "{\"openapi\":\"3.1.0\"}");
}

#[tokio::test]
async fn a_title_cannot_leave_its_element() {
    let request = Request::get("/docs").body(Body::empty()).unwrap();
    let response = app("</title><script>alert('\"&')</script>")
        .oneshot(request)
        .await
        .unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let body = String::from_utf8(body.to_vec()).unwrap();
    assert!(
        body.contains("<title>&lt;/title&gt;&lt;script&gt;alert(&#39;&quot;&amp;&#39;)&lt;/script&gt; - Swagger UI")
    );
}
