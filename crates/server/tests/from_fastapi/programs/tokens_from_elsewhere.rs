use portcullis::Site;
use portcullis::openapi::{Flow, SecurityScheme};
use portcullis::prelude::*;
use portcullis::schemes::RawAuthorization;
use serde_json::{Value, json};

portcullis::token_scheme! {
    Flows = SecurityScheme::oauth2([
        Flow::authorization_code("https://login.example.com/authorize", "https://login.example.com/token")
            .scope("read", "Read."),
        Flow::client_credentials("https://login.example.com/token").scope("admin", "Do anything."),
    ]);
    Code = SecurityScheme::code_bearer("https://login.example.com/authorize", "https://login.example.com/token")
        .refresh_url("https://login.example.com/refresh");
    Oidc = SecurityScheme::openid_connect("https://login.example.com/.well-known/openid-configuration");
}

async fn by_flows(header: RawAuthorization<Flows>) -> Json<Value> {
    Json(json!({ "authorization": *header }))
}

async fn by_code(token: RawToken<Code>) -> Json<Value> {
    Json(json!({ "token": *token }))
}

async fn by_openid(header: RawAuthorization<Oidc>) -> Json<Value> {
    Json(json!({ "authorization": *header }))
}

pub fn app() -> axum::Router {
    let routes = ApiRouter::new()
        .api_route("/flows", get(by_flows))
        .api_route("/code", get(by_code))
        .api_route("/openid", get(by_openid));
    Site::new().mount(routes)
}
