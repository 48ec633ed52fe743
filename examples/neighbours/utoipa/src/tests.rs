use neighbour_ask::Client;
use portcullis::core::jose::Algorithm;
use portcullis::prelude::HashString;
use serde_json::{Value, json};

use super::*;

fn library() -> axum::Router {
    let hash = HashString::new("$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW");
    let users = ["ada", "bob"].map(|name| {
        let scopes = (name == "ada").then_some("loans").into_iter().collect();
        Account::new(name).with_password_hash(hash.clone()).with_scopes(scopes)
    });
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let auth = Auth::builder(key, MemoryUsers::from_iter(users))
        .scopes::<Loans>()
        .build()
        .unwrap();
    app(&auth).unwrap()
}

async fn document(app: &axum::Router) -> Value {
    Client::of(app).get("/openapi.json").await.json()
}

async fn token(app: &axum::Router, name: &str) -> String {
    let granted = Client::of(app)
        .post("/token", &format!("username={name}&password=secret&scope=loans"))
        .await
        .json();
    granted["access_token"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn what_the_document_locks_is_locked_and_nothing_else() {
    let app = library();
    let mut seen = Vec::new();
    for (path, item) in document(&app).await["paths"].as_object().unwrap() {
        let Some(operation) = item.get("get") else { continue };
        let refused = Client::of(&app).get(path).await.status;
        assert_eq!(refused == 401, operation.get("security").is_some(), "{path}: {refused}");
        seen.push(path.clone());
    }
    assert_eq!(seen, ["/hours", "/loans"]);
}

#[tokio::test]
async fn refusals_are_those_of_the_table_that_was_chosen() {
    let app = library();
    let refused = Client::of(&app).with_token("made.up").get("/loans").await;
    assert_eq!(refused.json()["error"], "invalid_token");
    let refused = Client::of(&app)
        .with_token(token(&app, "bob").await)
        .get("/loans")
        .await;
    assert_eq!(refused.status, 401);
    let mut without_scope = Client::of(&app);
    without_scope.log_in("ada", "secret").await;
    let refused = without_scope.get("/loans").await;
    assert_eq!(
        (refused.status, &refused.json()["error"]),
        (403, &json!("insufficient_scope"))
    );
}

#[tokio::test]
async fn a_reader_sees_what_is_at_home_and_caches_keep_none_of_it() {
    let app = library();
    let loans = Client::of(&app)
        .with_token(token(&app, "ada").await)
        .get("/loans")
        .await;
    assert_eq!(loans.json()[0]["reader"], "ada");
    assert_eq!(loans.header("cache-control"), "no-store");
    assert_eq!(Client::of(&app).get("/nowhere").await.status, 404);
}

#[tokio::test]
async fn login_scheme_and_locks_stand_in_utoipas_document() {
    let document = document(&library()).await;
    assert_eq!(
        document["paths"]["/loans"]["get"]["security"],
        json!([{ "OAuth2PasswordBearer": ["loans"] }])
    );
    assert_eq!(document["paths"]["/hours"]["get"].get("security"), None);
    let flow = &document["components"]["securitySchemes"]["OAuth2PasswordBearer"]["flows"]["password"];
    assert_eq!(
        flow,
        &json!({ "tokenUrl": "token", "scopes": { "loans": "See which books one has at home." } })
    );
    let form = &document["paths"]["/token"]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"];
    let named = form["schema"]["$ref"]
        .as_str()
        .unwrap()
        .trim_start_matches("#/components/schemas/");
    assert!(
        document["components"]["schemas"][named]["properties"]["username"].is_object(),
        "{form}"
    );
    assert_eq!(document["info"]["title"], "Library");
}
