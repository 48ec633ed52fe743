use axum::body::Body;
use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use portcullis_core::jose::SigningKey;
use portcullis_core::password::schemes::Argon2;
use portcullis_core::{Account, Auth, MemoryUsers, Password, Passwords};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::{Answers, ApiRouter, Mount as _};

portcullis_core::scopes! {
    /// Read items.
    Items = "items";
}

/// An application with a user and a disabled one, both with the password "secret".
fn application(answers: Answers) -> axum::Router {
    let passwords = Passwords::new(Argon2::new(8, 1, 1).unwrap());
    let hash = passwords.hash(&Password::from("secret")).unwrap();
    let account = |name: &str| Account::new(name).with_password_hash(hash.clone());
    let users = MemoryUsers::from_iter([account("johndoe"), account("alice").with_disabled(true)]);
    let key = SigningKey::hs256("a key for tests that is long enough").unwrap();
    let auth = Auth::builder(key, users).passwords(passwords).scopes::<Items>();
    let auth = auth.build().unwrap();
    auth.front().answers(answers).mount(ApiRouter::new())
}

async fn log_in(app: &axum::Router, name: &str, password: &str) -> Response {
    let form = format!("grant_type=password&username={name}&password={password}");
    let request = Request::post("/token").header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let request = request.header("host", "localhost").body(Body::from(form)).unwrap();
    app.clone().oneshot(request).await.unwrap()
}

/// Status, headers and body.
async fn whole(response: Response) -> (StatusCode, String, Vec<u8>) {
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (head.status, format!("{:?}", head.headers), body.to_vec())
}

#[tokio::test]
async fn a_disabled_account_is_answered_like_a_wrong_password_wherever_the_strict_answers_are_mounted() {
    let app = application(Answers::rfc());
    let right = whole(log_in(&app, "alice", "secret").await).await;
    assert_eq!(right.0, StatusCode::BAD_REQUEST);
    assert_eq!(right, whole(log_in(&app, "alice", "wrong").await).await);
    assert_eq!(right, whole(log_in(&app, "nobody", "secret").await).await);
    assert_eq!(log_in(&app, "johndoe", "secret").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_disabled_account_gets_the_chapters_token_in_the_chapters_answers() {
    let app = application(Answers::fastapi());
    assert_eq!(log_in(&app, "alice", "secret").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn an_empty_scope_is_left_out_of_the_answer() {
    for answers in [Answers::rfc(), Answers::fastapi()] {
        let (status, _, body) = whole(log_in(&application(answers), "johndoe", "secret").await).await;
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((status, body.get("scope")), (StatusCode::OK, None), "{body}");
    }
}
