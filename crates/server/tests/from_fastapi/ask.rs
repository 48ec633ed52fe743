//! Requests to a program of ours, without a network.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

use super::page::{Exchange, Section};

/// What a section's program answers otherwise than the page says.
pub(crate) async fn differences(app: Router, section: &Section) -> Vec<String> {
    let (mut wrong, mut token) = (Vec::new(), String::new());
    for exchange in &section.exchanges {
        let response = app.clone().oneshot(request(exchange, &token)).await.expect("answered");
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        let body = String::from_utf8_lossy(&body).into_owned();
        if let Some(made) = json(&body)["access_token"].as_str() {
            token = made.to_owned();
        }
        let answer = &exchange.answer;
        let headers_fit = answer.headers.iter().all(|(name, value)| {
            let found = headers.get(name).and_then(|found| found.to_str().ok());
            found.unwrap_or_default() == value
        });
        let body_fits = answer.body.is_empty() || json(&answer.body) == json(&body);
        if status != exchange.status || !headers_fit || !body_fits {
            wrong.push(format!(
                "{}: {}\n  but: {status} {headers:?} {body}",
                section.name, exchange.line
            ));
        }
    }
    wrong
}

fn request(exchange: &Exchange, token: &str) -> Request<Body> {
    let Exchange { method, path, sent, .. } = exchange;
    let mut request = Request::builder()
        .method(method.as_str())
        .uri(path)
        .header("Host", "testserver");
    if !sent.body.is_empty() {
        let is_json = sent.body.starts_with(['{', '[', '"']);
        let kind = if is_json {
            "application/json"
        } else {
            "application/x-www-form-urlencoded"
        };
        request = request.header("Content-Type", kind);
    }
    for (name, value) in &sent.headers {
        request = request.header(name, value.replace("$token", token));
    }
    request.body(Body::from(sent.body.clone())).expect("a request")
}

/// What is no JSON is a text.
fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}
