use axum::Router;
use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use super::page::{REDIRECT_SCRIPT, SWAGGER_SCRIPT, SWAGGER_SCRIPT_PLACED};
use super::*;
use crate::answers::Answers;
use crate::openapi::{Guard, SecurityScheme};
use crate::router::{ApiRouter, RootPath, get};

fn docs(title: &str, token_endpoint: Option<&str>) -> Shown {
    let scheme = SecurityScheme::password_bearer(token_endpoint.unwrap_or("token").to_owned());
    let guarded = get(async || ()).with(|operation| {
        operation.guard(Guard::requiring(&[], true));
    });
    let routes: ApiRouter = ApiRouter::new().api_route("/me", guarded);
    Shown {
        title: title.to_owned(),
        document: routes.openapi(Some(&scheme), &Answers::fastapi()),
        docs: Docs::default(),
    }
}

fn serving(shown: Shown) -> Router {
    routes(shown)
        .into_iter()
        .fold(Router::new(), |app, (path, route)| app.route(&path, route))
}

fn app(title: &str) -> Router {
    serving(docs(title, None))
}

/// The same behind a proxy that takes `/auth` off.
fn behind(title: &str) -> Router {
    app(title).layer(RootPath::told("/auth"))
}

async fn text(app: &Router, path: &str) -> String {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

async fn ask(method: Method, path: &str) -> (StatusCode, http::HeaderMap, String) {
    let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    let response = app("FastAPI").oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (head.status, head.headers, String::from_utf8_lossy(&body).into_owned())
}

fn paths() -> Vec<String> {
    routes(docs("", None)).into_iter().map(|(path, _)| path).collect()
}

#[tokio::test]
async fn other_methods_are_refused_with_the_two_that_are_not() {
    for path in &paths() {
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
                let target = format!("/{}", target.trim_start_matches('/'));
                assert!(known.contains(&target), "{path} loads {target}");
            }
        }
    }
}

#[tokio::test]
async fn a_script_in_a_page_is_allowed_by_its_hash_and_no_page_allows_inline_code() {
    let below = behind("FastAPI");
    for (path, script, page) in [
        ("/docs", SWAGGER_SCRIPT, text(&app("FastAPI"), "/docs").await),
        ("/docs", SWAGGER_SCRIPT_PLACED, text(&below, "/docs").await),
        (
            "/docs/oauth2-redirect",
            REDIRECT_SCRIPT,
            text(&below, "/docs/oauth2-redirect").await,
        ),
    ] {
        let (_, headers, _) = ask(Method::GET, path).await;
        let hash = format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script)));
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains(&hash), "{path} must allow {hash}");
        assert!(page.contains(&format!("<script>{script}</script>")));
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
    assert_eq!(body.as_bytes(), docs("", None).document.to_bytes());
}

/// Nested, and behind a proxy that takes a prefix off: every page names what stands beside it, with the prefix.
#[tokio::test]
async fn below_a_prefix_pages_and_document_name_it() {
    let nested = Router::new().nest("/api/v1", app("T"));
    let twice = Router::new().nest("/{tenant}", Router::new().nest("/b", app("T")));
    let both = Router::new().nest("/v2", app("T")).layer(RootPath::told("/auth"));
    for (app, asked, prefix) in [
        (nested, "/api/v1", "/api/v1"),
        (twice, "/acme/b", "/acme/b"),
        (behind("T"), "", "/auth"),
        (both, "/v2", "/auth/v2"),
    ] {
        let page = text(&app, &format!("{asked}/docs")).await;
        assert!(
            page.contains(&format!("data-document=\"{prefix}/openapi.json\"")),
            "{page}"
        );
        assert!(
            page.contains(&format!("data-redirect=\"{prefix}/docs/oauth2-redirect\"")),
            "{page}"
        );
        assert!(!page.contains("data-oauth"), "{page}");
        let redoc = text(&app, &format!("{asked}/redoc")).await;
        assert!(
            redoc.contains(&format!("spec-url=\"{prefix}/openapi.json\"")),
            "{redoc}"
        );
        for file in [page, redoc]
            .concat()
            .split(['"', '\''])
            .filter(|part| part.contains("/assets/"))
        {
            let below = file.strip_prefix(prefix).unwrap_or_else(|| panic!("{file}"));
            text_of_any(&app, &format!("{asked}{below}")).await;
        }
        let document: Value = serde_json::from_str(&text(&app, &format!("{asked}/openapi.json")).await).unwrap();
        assert_eq!(document["servers"], json!([{ "url": prefix }]));
        let flow = &document["components"]["securitySchemes"]["OAuth2PasswordBearer"]["flows"]["password"];
        assert_eq!(flow["tokenUrl"], format!("{prefix}/token"));
        let names: Vec<&String> = document.as_object().unwrap().keys().collect();
        assert_eq!(names, ["openapi", "info", "servers", "paths", "components"]);
    }
}

/// A client chooses the tenant, and could choose a host.
#[tokio::test]
async fn no_page_names_another_host_or_leaves_its_attribute() {
    let app = Router::new().nest("/{a}/{b}", app("T"));
    for (path, status) in [
        ("//evil.example/docs", StatusCode::NOT_FOUND),
        ("//evil.example/redoc", StatusCode::NOT_FOUND),
        ("/%22%3E%3Cscript%3E/b/docs", StatusCode::OK),
        ("/%27'/b/redoc", StatusCode::OK),
    ] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let page = String::from_utf8_lossy(&body);
        assert!(
            !page.contains("\"//") && !page.contains("><script>\"") && !page.contains("''"),
            "{page}"
        );
    }
}

#[tokio::test]
async fn document_and_pages_stand_where_they_were_moved() {
    let moved = Docs::default()
        .document_at("/api/document.json")
        .swagger_at("/help")
        .oauth2_redirect_at("/help/back")
        .without_redoc()
        .client_id("docs");
    let shown = Shown {
        docs: moved,
        ..docs("Moved", None)
    };
    for (app, prefix) in [
        (serving(shown.clone()), ""),
        (Router::new().nest("/in", serving(shown.clone())), "/in"),
    ] {
        let page = text(&app, &format!("{prefix}/help")).await;
        for part in [
            format!("data-document=\"{prefix}/api/document.json\""),
            format!("data-redirect=\"{prefix}/help/back\""),
            "&quot;clientId&quot;:&quot;docs&quot;".to_owned(),
            "&quot;usePkceWithAuthorizationCodeGrant&quot;:true".to_owned(),
            "<title>Moved - Swagger UI</title>".to_owned(),
        ] {
            assert!(page.contains(&part), "{part}: {page}");
        }
        assert!(
            text(&app, &format!("{prefix}/help/back"))
                .await
                .contains("window.opener")
        );
        text(&app, &format!("{prefix}/api/document.json")).await;
        for gone in ["/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc"] {
            let request = Request::get(format!("{prefix}{gone}")).body(Body::empty()).unwrap();
            let response = app.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{gone}");
        }
    }
    assert_eq!(Docs::default().swagger_at("/help").redirect, "/help/oauth2-redirect");
}

#[test]
fn without_a_document_there_are_no_pages() {
    for off in [Docs::off(), false.into(), Docs::off().redoc_at("/read")] {
        let shown = Shown {
            docs: off,
            ..docs("", None)
        };
        assert_eq!(shown.docs.first(), None);
        assert!(routes(shown).is_empty());
    }
    let alone = Shown {
        docs: Docs::default().without_swagger().without_redoc(),
        ..docs("", None)
    };
    let paths: Vec<String> = routes(alone).into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["/openapi.json"]);
}

async fn text_of_any(app: &Router, path: &str) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    assert_eq!(
        app.clone().oneshot(request).await.unwrap().status(),
        StatusCode::OK,
        "{path}"
    );
}

#[tokio::test]
async fn tokens_may_be_asked_of_the_issuer_and_of_nobody_else() {
    for (endpoint, allowed) in [
        (None, "connect-src 'self';"),
        (
            Some("https://login.example.com/realms/a/token"),
            "connect-src 'self' https://login.example.com;",
        ),
        (
            Some("http://localhost:8000/token"),
            "connect-src 'self' http://localhost:8000;",
        ),
        (Some("/token"), "connect-src 'self';"),
        (Some("https://a;script-src/token"), "connect-src 'self';"),
    ] {
        let request = Request::get("/docs").body(Body::empty()).unwrap();
        let response = serving(docs("", endpoint)).oneshot(request).await.unwrap();
        let policy = response.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.contains(allowed), "{endpoint:?}: {policy}");
    }
}

#[tokio::test]
async fn the_root_leads_to_the_docs_wherever_it_stands() {
    let leading = |root_path: &str| Router::new().route("/", lead("/docs")).layer(RootPath::told(root_path));
    let nested = Router::new().nest("/api", leading(""));
    for (app, asked, location) in [
        (leading(""), "/", "/docs"),
        (leading("/auth"), "/", "/auth/docs"),
        (nested, "/api", "/api/docs"),
    ] {
        let request = Request::get(asked).body(Body::empty()).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::TEMPORARY_REDIRECT);
        assert_eq!(response.headers()["location"], location);
        let request = Request::post(asked).body(Body::empty()).unwrap();
        assert_eq!(app.oneshot(request).await.unwrap().status(), StatusCode::NOT_FOUND);
    }
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
