use neighbour_ask::Client;
use portcullis::core::jose::Algorithm;

use super::*;

fn shop() -> axum::Router {
    let hash = HashString::new("$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW");
    let users = MemoryUsers::from_iter([Account::new("ada").with_password_hash(hash)]);
    app(SigningKey::generate(Algorithm::EdDSA).unwrap(), users).unwrap()
}

#[tokio::test]
async fn a_cart_is_no_login_and_stays_when_the_order_is_refused() {
    let app = shop();
    let mut stranger = Client::of(&app);
    stranger.post("/cart/engine", "").await;
    let refused = stranger.post("/order", "").await;
    assert_eq!((refused.status, refused.header("www-authenticate")), (401, "Bearer"));
    assert_eq!(stranger.get("/cart").await.text, r#"["engine"]"#);
}

#[tokio::test]
async fn another_ones_cart_and_a_made_up_session_hold_nothing() {
    let app = shop();
    Client::of(&app).post("/cart/engine", "").await;
    for mut other in [
        Client::of(&app),
        Client::of(&app).with_cookie("id", "AAAAAAAAAAAAAAAAAAAAAA"),
    ] {
        assert_eq!(other.get("/cart").await.text, "[]");
    }
}

#[tokio::test]
async fn who_logs_in_orders_what_was_in_the_cart_before_once() {
    let app = shop();
    let mut ada = Client::of(&app);
    for item in ["engine", "loom"] {
        assert_eq!(ada.post(&format!("/cart/{item}"), "").await.status, 200);
    }
    assert_eq!(ada.log_in("ada", "secret").await.status, 200);
    assert_eq!(ada.post("/order", "").await.text, r#""ada ordered engine and loom""#);
    assert_eq!(ada.get("/cart").await.text, "[]");
}

#[tokio::test]
async fn a_session_s_cookie_is_set_beside_answers_that_caches_do_not_keep() {
    let app = shop();
    let mut ada = Client::of(&app);
    ada.log_in("ada", "secret").await;
    let filled = ada.post("/cart/engine", "").await;
    assert!(filled.header("set-cookie").contains("HttpOnly"), "{:?}", filled.headers);
    assert_eq!(filled.header("cache-control"), "no-store");
}
