//! What authentication costs two hundred tests: `cargo run -p portcullis-testing --example two_hundred`.
//!
//! Each test builds the application, asks a guarded route as a user and without a token; beside it the same application and
//! requests without any authentication. Told is the time of the processor, so that it is the same on a machine that is busy.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use portcullis::prelude::*;
use portcullis::{Refusal, Site};
use portcullis_testing::TestAuth;
use rustix::time::{ClockId, clock_gettime};
use tower::ServiceExt as _;

const TESTS: u32 = 200;

scopes! {
    /// Read items.
    pub Items = "items";
}

async fn guarded(user: Scoped<Items>) -> Result<Json<String>, Refusal> {
    Ok(Json(user.username().to_owned()))
}

async fn open() -> Json<String> {
    Json("alice".to_owned())
}

async fn with_the_kit() {
    let test = TestAuth::builder()
        .settings(|auth| auth.scopes::<Items>())
        .app(|auth| auth.mount(ApiRouter::new().api_route("/items", get(guarded))));
    assert_eq!(test.as_user("alice").scopes(Items).get("/items").await.status(), 200);
    assert_eq!(test.as_nobody().get("/items").await.status(), 401);
}

async fn without() {
    let app: Router = Site::new().mount(ApiRouter::new().api_route("/items", get(open)));
    for _ in 0..2 {
        let request = Request::get("/items").body(Body::empty());
        let Ok(request) = request else { continue };
        let Ok(answer) = app.clone().oneshot(request).await;
        assert_eq!(answer.status(), 200);
    }
}

async fn timed<F: Future<Output = ()>>(test: impl Fn() -> F) -> Duration {
    let start = spent();
    for _ in 0..TESTS {
        test().await;
    }
    spent().saturating_sub(start)
}

/// What this process spent, all its threads together.
fn spent() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (without, with) = (timed(without).await, timed(with_the_kit).await);
    let added = with.saturating_sub(without);
    println!("{TESTS} tests: {with:?} with the kit, {without:?} without authentication: it adds {added:?} in all");
}
