use portcullis::openapi::SecurityScheme;
use portcullis::prelude::*;
use portcullis::{LoginForm, Site, StrictLoginForm};
use serde_json::{Value, json};

portcullis::token_scheme! { Login = SecurityScheme::password_bearer("token").scope("me", "Read yourself."); }

async fn login(form: LoginForm) -> Result<Json<Value>, Refusal> {
    if (form.username.as_str(), form.password.as_str()) != ("johndoe", "secret") {
        return Err(Refusal::WrongLogin);
    }
    Ok(Json(json!({ "access_token": form.username, "token_type": "bearer" })))
}

async fn strict_login(form: StrictLoginForm) -> Json<Value> {
    let scopes: Vec<&str> = form.scopes().collect();
    Json(json!({ "username": form.username, "scopes": scopes, "client_id": form.client_id }))
}

async fn read_me(token: RawToken<Login>) -> Json<Value> {
    Json(json!({ "username": *token }))
}

pub fn app() -> axum::Router {
    let routes = ApiRouter::new()
        .api_route("/token", post(login))
        .api_route("/strict", post(strict_login))
        .api_route("/users/me", get(read_me));
    Site::new().answers(Answers::fastapi_scopes()).mount(routes)
}
