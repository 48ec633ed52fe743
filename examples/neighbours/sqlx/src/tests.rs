use neighbour_ask::Client;
use portcullis::core::jose::Algorithm;

use super::*;

/// `secret`, as an application of ten years ago stored it.
const OLD: &str = "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW";

async fn club() -> (tempfile::TempDir, SqlitePool) {
    let folder = tempfile::tempdir().unwrap();
    let pool = open(&folder.path().join("club.db")).await.unwrap();
    for (email, name, former) in [("ada@example.com", "Ada", false), ("bob@example.com", "Bob", true)] {
        let insert = sqlx::query("INSERT INTO members (email, name, password, former) VALUES ($1, $2, $3, $4)");
        insert
            .bind(email)
            .bind(name)
            .bind(OLD)
            .bind(former)
            .execute(&pool)
            .await
            .unwrap();
    }
    (folder, pool)
}

async fn running() -> (tempfile::TempDir, SqlitePool, axum::Router) {
    let (folder, pool) = club().await;
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let app = app(&folder.path().join("club.db"), key).await.unwrap();
    (folder, pool, app)
}

async fn stored(pool: &SqlitePool, email: &str) -> String {
    let password = sqlx::query_scalar("SELECT password FROM members WHERE email = $1").bind(email);
    password.fetch_one(pool).await.unwrap()
}

mod the_store {
    use neighbour_ask::Kept;

    use super::*;

    portcullis::core::user_store_contract!(
        async {
            let (folder, pool) = club().await;
            Kept(Members(pool), folder)
        },
        "ada@example.com"
    );
}

#[tokio::test]
async fn nobody_is_greeted_without_a_token_or_with_a_wrong_one() {
    let (_folder, _, app) = running().await;
    for mut client in [Client::of(&app), Client::of(&app).with_token("eyJ.made.up")] {
        let refused = client.get("/greeting").await;
        assert_eq!((refused.status, refused.header("www-authenticate")), (401, "Bearer"));
    }
}

#[tokio::test]
async fn wrong_passwords_and_unknown_addresses_are_refused_alike_and_nothing_is_written() {
    let (_folder, pool, app) = running().await;
    let mut client = Client::of(&app);
    let wrong = client.log_in("ada@example.com", "wrong").await;
    let unknown = client.log_in("eve@example.com", "secret").await;
    assert_eq!((wrong.status, unknown.status), (401, 401));
    assert_eq!(wrong.text, unknown.text);
    assert_eq!(stored(&pool, "ada@example.com").await, OLD);
}

#[tokio::test]
async fn who_left_the_club_is_let_in_nowhere() {
    let (_folder, _, app) = running().await;
    let mut bob = Client::of(&app);
    bob.log_in("bob@example.com", "secret").await;
    let refused = bob.get("/greeting").await;
    assert_eq!(
        (refused.status, refused.text.as_str()),
        (400, r#"{"detail":"Inactive user"}"#)
    );
}

#[tokio::test]
async fn a_member_logs_in_and_the_old_hash_is_made_anew_in_the_members_own_row() {
    let (_folder, pool, app) = running().await;
    let mut ada = Client::of(&app);
    assert_eq!(ada.log_in("ada@example.com", "secret").await.status, 200);
    assert_eq!(ada.get("/greeting").await.text, r#""Good evening, Ada""#);
    let new = stored(&pool, "ada@example.com").await;
    assert!(new.starts_with("$argon2id$"), "{new}");
    assert_eq!(ada.log_in("ada@example.com", "secret").await.status, 200);
    assert_eq!(stored(&pool, "ada@example.com").await, new);
    assert_eq!(stored(&pool, "bob@example.com").await, OLD);
}

#[tokio::test]
async fn a_session_lasts_beside_the_members_in_one_file() {
    let (_folder, pool, app) = running().await;
    let mut ada = Client::of(&app);
    let login = ada.log_in("ada@example.com", "secret").await.json();
    let refresh = login["refresh_token"].as_str().unwrap();
    let form = format!("grant_type=refresh_token&refresh_token={refresh}");
    let refreshed = Client::of(&app).post("/token", &form).await.json();
    let token = refreshed["access_token"].as_str().unwrap();
    assert_eq!(Client::of(&app).with_token(token).get("/greeting").await.status, 200);
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name IN ('members', 'portcullis_sessions')")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!(tables, 2);
}

#[tokio::test]
async fn a_token_and_a_session_end_with_the_password_that_they_came_from() {
    let (_folder, pool, app) = running().await;
    let mut ada = Client::of(&app);
    let login = ada.log_in("ada@example.com", "secret").await.json();
    let other = Passwords::recommended().hash(&Password::from("another")).unwrap();
    let change = sqlx::query("UPDATE members SET password = $1 WHERE email = 'ada@example.com'").bind(other.as_str());
    change.execute(&pool).await.unwrap();
    assert_eq!(ada.get("/greeting").await.status, 401);
    let form = format!(
        "grant_type=refresh_token&refresh_token={}",
        login["refresh_token"].as_str().unwrap()
    );
    assert_eq!(
        Client::of(&app).post("/token", &form).await.json()["error"],
        "invalid_grant"
    );
}
