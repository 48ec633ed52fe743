//! Every way in which credentials come with a request: small applications, each with one thing to show, under their names.
//!
//! ```console
//! $ cargo run -p portcullis --example security_schemes -- --listen 127.0.0.1:8000
//! $ curl -H 'key: secret' http://127.0.0.1:8000/api-key-header/users/me
//! $ xdg-open http://127.0.0.1:8000/api-key-header/docs
//! ```
//!
//! They answer as those of `fastapi.security` were recorded (`testdata/contract/security.json`); with `--answers rfc`
//! strictly, where the recorded answer is weak.

mod api_keys;
mod authorization;
mod cors;
mod digest;
mod guards;
mod mounted;
mod oauth2;
mod scopes;
mod two_schemes;
mod websockets;

use axum::Router;
use axum::extract::ws::{Message, Utf8Bytes, WebSocketUpgrade};
use axum::response::{IntoResponse, Response};
use portcullis::prelude::*;
use portcullis::{ApiMethod, Site};
use serde::Serialize;
use serde_json::{Value, json};

/// An application by its name.
pub type Application = (&'static str, fn(Answers) -> Router);

/// Every application of every topic.
pub fn applications() -> Vec<Application> {
    [
        api_keys::APPLICATIONS,
        authorization::APPLICATIONS,
        digest::APPLICATIONS,
        oauth2::APPLICATIONS,
        scopes::APPLICATIONS,
        two_schemes::APPLICATIONS,
        guards::APPLICATIONS,
        mounted::APPLICATIONS,
        cors::APPLICATIONS,
        websockets::APPLICATIONS,
    ]
    .concat()
}

/// All of them, each under its name. `None`: as recorded.
pub fn app(answers: Option<Answers>) -> Router {
    let answers = answers.unwrap_or_else(Answers::fastapi_security);
    let mut all = ApiRouter::new();
    for (name, application) in applications() {
        all = all.nest_service(&format!("/{name}"), application(answers.clone()));
    }
    all.finish(())
}

/// An application with these routes.
pub fn mount(answers: Answers, routes: ApiRouter) -> Router {
    Site::new().answers(answers).mount(routes.title("FastAPI"))
}

/// An application with one route.
pub fn at(path: &str, answers: Answers, method: ApiMethod) -> Router {
    mount(answers, ApiRouter::new().api_route(path, method.untyped()))
}

/// What most handlers answer: what the scheme gave, or that nothing came.
pub fn told(given: Option<impl Serialize>) -> Response {
    match given {
        Some(given) => Json(given).into_response(),
        None => Json(json!({ "msg": "Create an account first" })).into_response(),
    }
}

/// Sends one message as JSON and closes.
pub fn send(socket: WebSocketUpgrade, message: &Value) -> Response {
    let text = message.to_string();
    socket.on_upgrade(async move |mut socket| {
        let sent = socket.send(Message::Text(Utf8Bytes::from(text))).await;
        // Whoever is gone needs no farewell.
        if sent.is_ok() {
            let _ = socket.send(Message::Close(None)).await;
        }
    })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut listen, mut answers) = ("127.0.0.1:8000".to_owned(), None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match (argument.as_str(), arguments.next().as_deref()) {
            ("--listen", Some(address)) => listen = address.to_owned(),
            ("--answers", Some("rfc")) => answers = Some(Answers::rfc()),
            _ => return Err("usage: security_schemes [--listen ADDRESS] [--answers rfc]".into()),
        }
    }
    println!("listening on http://{listen}");
    portcullis::serve(listen, app(answers)).await?;
    Ok(())
}
