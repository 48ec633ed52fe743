use axum::body::Body;
use axum::extract::FromRequestParts;
use http::header::ALLOW;
use http::request::Parts;
use http::{Request, StatusCode};
use serde_json::json;
use tower::ServiceExt as _;

use super::*;
use crate::input::Json;
use crate::openapi::{Describe, Guard, Operation};
use crate::router::{Manner, get, post};

async fn plain() {}

async fn new_order(_: Json<u64>) {}

/// A guard that lets everyone in.
struct Everyone;

impl<S: Send + Sync> FromRequestParts<S> for Everyone {
    type Rejection = StatusCode;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        Ok(Self)
    }
}

impl Describe for Everyone {
    fn describe(operation: &mut Operation) {
        operation.guard(Guard::requiring(&[], false));
    }
}

fn scheme() -> SecurityScheme {
    SecurityScheme::password_bearer("token")
}

#[test]
fn the_prefix_comes_before_further_servers_and_is_named_once() {
    let routes = || ApiRouter::<()>::new().server("https://stag.example.com", "Staging");
    let staging = json!({ "url": "https://stag.example.com", "description": "Staging" });
    let servers = |routes: ApiRouter, prefix: Option<&str>| {
        let document = routes.openapi(None, &Answers::fastapi());
        let document = prefix.map_or_else(|| document.clone(), |prefix| document.below(prefix));
        document.value()["servers"].clone()
    };
    assert_eq!(servers(ApiRouter::new(), None), json!(null));
    assert_eq!(servers(routes(), None), json!([staging]));
    assert_eq!(servers(routes(), Some("/api")), json!([{ "url": "/api" }, staging]));
    let named = routes().server("/api", "Here");
    assert_eq!(
        servers(named, Some("/api")),
        json!([staging, { "url": "/api", "description": "Here" }])
    );
    let only = || routes().root_path_in_servers(false);
    assert_eq!(servers(only(), Some("/api")), json!([staging]));
    assert_eq!(
        servers(ApiRouter::new().root_path_in_servers(false), Some("/api")),
        json!(null)
    );
}

#[test]
fn a_webhook_is_documented_with_its_schemas_and_no_path() {
    let inner = ApiRouter::<()>::new().webhook("new-order", post(new_order));
    let routes = ApiRouter::new().guard::<Everyone>().nest("/in", inner);
    let document = routes.openapi(Some(&scheme()), &Answers::fastapi());
    let document = document.value();
    assert_eq!(document["paths"], json!({}));
    let webhook = &document["webhooks"]["new-order"]["post"];
    assert_eq!(webhook["operationId"], "new_ordernew_order_post");
    assert!(webhook.get("security").is_none(), "{webhook}");
    assert!(
        document["components"]["schemas"]["HTTPValidationError"].is_object(),
        "{document}"
    );
    assert_eq!(routes.routes().operations(), []);
}

/// FastAPI's document of a mounted application tells its own guards alone; any other tells all that are asked.
#[test]
fn a_mounted_document_tells_the_guards_around_it_where_it_need_not_be_fastapis() {
    let sub = || ApiRouter::<()>::new().api_route("/x", get(plain));
    let mounted = || {
        let mut outer = ApiRouter::new().guard::<Everyone>().mount("/sub", sub()).settled();
        outer.take_mounted().remove(0).application
    };
    let security = |answers: &Answers| {
        let document = mounted().openapi(Some(&scheme()), answers);
        document.value()["paths"]["/x"]["get"].get("security").cloned()
    };
    for answers in [Answers::fastapi(), Answers::rfc()] {
        assert_eq!(security(&answers), Some(json!([{ "OAuth2PasswordBearer": [] }])));
    }
    assert_eq!(security(&Answers::fastapi_security()), None);
    assert_eq!(mounted().routes().open().count(), 0);
}

#[tokio::test]
async fn allow_names_all_methods_or_as_starlette_the_first_alone() {
    for (allow_first, allow) in [(false, "GET, POST"), (true, "GET")] {
        let manner = Manner {
            allow_first,
            ..Manner::default()
        };
        let app = ApiRouter::new()
            .api_route("/x", get(plain).post(plain))
            .finish_as((), &manner);
        for method in ["DELETE", "HEAD", "OPTIONS"] {
            let request = Request::builder().method(method).uri("/x").body(Body::empty());
            let refused = app.clone().oneshot(request.unwrap()).await.unwrap();
            assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED, "{method}");
            assert_eq!(refused.headers()[ALLOW], allow, "{method}");
        }
    }
}
