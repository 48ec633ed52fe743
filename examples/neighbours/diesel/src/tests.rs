use neighbour_ask::Client;
use portcullis::core::jose::Algorithm;

use super::*;

/// `secret`, as an application of ten years ago stored it.
const OLD: &str = "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW";

/// Ada may see her orders; Bob's account is closed; of Eve's scopes one cannot be read.
fn shop() -> (tempfile::TempDir, Buyers) {
    let folder = tempfile::tempdir().unwrap();
    let buyers = open(folder.path().join("shop.db").to_str().unwrap()).unwrap();
    for (email, may, closed) in [
        ("ada", "orders", false),
        ("bob", "orders", true),
        ("eve", "or\"ders", false),
    ] {
        let row = (
            buyers::email.eq(email),
            buyers::password.eq(OLD),
            buyers::may.eq(may),
            buyers::closed.eq(closed),
        );
        let insert = diesel::insert_into(buyers::table).values(row);
        insert.execute(&mut buyers.0.get().unwrap()).unwrap();
    }
    (folder, buyers)
}

fn running() -> (tempfile::TempDir, Buyers, axum::Router) {
    let (folder, buyers) = shop();
    let app = app(buyers.clone(), SigningKey::generate(Algorithm::EdDSA).unwrap()).unwrap();
    (folder, buyers, app)
}

fn stored(buyers: &Buyers, email: &str) -> String {
    let password = buyers::table.filter(buyers::email.eq(email)).select(buyers::password);
    password.first(&mut buyers.0.get().unwrap()).unwrap()
}

mod the_store {
    use neighbour_ask::Kept;

    use super::*;

    portcullis::core::user_store_contract!(
        async {
            let (folder, buyers) = shop();
            Kept(buyers, folder)
        },
        "ada"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_told_without_a_token() {
    let (_folder, _, app) = running();
    for mut client in [Client::of(&app), Client::of(&app).with_token("eyJ.made.up")] {
        let refused = client.get("/orders").await;
        assert_eq!(refused.status, 401);
        assert!(refused.header("www-authenticate").starts_with("Bearer"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_and_unknown_addresses_are_refused_alike_and_nothing_is_written() {
    let (_folder, buyers, app) = running();
    let wrong = Client::of(&app).log_in("ada", "wrong").await;
    let unknown = Client::of(&app).log_in("nobody", "secret").await;
    assert_eq!((wrong.status, unknown.status), (401, 401));
    assert_eq!(wrong.text, unknown.text);
    assert_eq!(stored(&buyers, "ada"), OLD);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_row_does_not_allow_is_granted_by_no_login() {
    let (_folder, _, app) = running();
    let mut ada = Client::of(&app);
    let granted = ada
        .post("/token", "username=ada&password=secret&scope=orders%20prices")
        .await
        .json();
    let token = granted["access_token"].as_str().unwrap();
    let mut ada = Client::of(&app).with_token(token);
    assert_eq!(ada.get("/orders").await.text, r#""one analytical engine for ada""#);
    let refused = ada.post("/prices", "").await;
    assert_eq!(refused.json()["detail"], "Not enough permissions");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_account_is_let_in_nowhere_and_a_row_that_cannot_be_read_is_no_user() {
    let (_folder, _, app) = running();
    let closed = Client::of(&app)
        .post("/token", "username=bob&password=secret&scope=orders")
        .await
        .json();
    let token = closed["access_token"].as_str().unwrap_or_default();
    assert_eq!(
        Client::of(&app).with_token(token).get("/orders").await.text,
        r#"{"detail":"Inactive user"}"#
    );
    assert_eq!(Client::of(&app).log_in("eve", "secret").await.status, 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_buyer_logs_in_and_the_old_hash_is_made_anew_in_the_buyers_own_row() {
    let (_folder, buyers, app) = running();
    assert_eq!(Client::of(&app).log_in("ada", "secret").await.status, 200);
    let new = stored(&buyers, "ada");
    assert!(new.starts_with("$argon2id$"), "{new}");
    assert_eq!(Client::of(&app).log_in("ada", "secret").await.status, 200);
    assert_eq!((stored(&buyers, "ada"), stored(&buyers, "bob")), (new, OLD.to_owned()));
}
