use neighbour_ask::Client;
use portcullis::core::jose::Algorithm;
use portcullis::core::password::schemes::Argon2;
use portcullis::prelude::{Password, Passwords};

use super::*;

const URL: &str = "http://127.0.0.1:8000";

/// The application of either time, over one table.
struct Both {
    pool: SqlitePool,
    before: axum::Router,
    after: axum::Router,
    _folder: tempfile::TempDir,
}

impl Both {
    /// Ada's hash is of password-auth today, Bob's of a version that hashed weaker, Eve's is none.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pool = open(&folder.path().join("people.db")).await.unwrap();
        let weak = Passwords::new(Argon2::new(64, 1, 1).unwrap())
            .hash(&Password::from("loom"))
            .unwrap();
        for (name, password) in [
            ("ada", password_auth::generate_hash("engine")),
            ("bob", weak.as_str().to_owned()),
            ("eve", "!".to_owned()),
        ] {
            let insert = sqlx::query("INSERT INTO users (username, password) VALUES ($1, $2)");
            insert.bind(name).bind(password).execute(&pool).await.unwrap();
        }
        let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
        Self {
            before: before::app(pool.clone()),
            after: after::app(pool.clone(), key, URL).unwrap(),
            pool,
            _folder: folder,
        }
    }

    fn apps(&self) -> [&axum::Router; 2] {
        [&self.before, &self.after]
    }

    async fn store(&self, name: &str, password: &str) {
        let update = sqlx::query("UPDATE users SET password = $1 WHERE username = $2");
        update
            .bind(password_auth::generate_hash(password))
            .bind(name)
            .execute(&self.pool)
            .await
            .unwrap();
    }
}

/// A browser on a page of the application.
fn browser(app: &axum::Router) -> Client {
    Client::of(app).with_header("origin", URL)
}

async fn log_in(app: &axum::Router, name: &str, password: &str) -> (Client, u16) {
    let mut client = browser(app);
    let status = client
        .post("/login", &format!("username={name}&password={password}"))
        .await
        .status;
    (client, status)
}

#[tokio::test]
async fn nobody_is_greeted_without_a_session_before_and_after() {
    let both = Both::new().await;
    for app in both.apps() {
        assert_eq!(browser(app).get("/").await.status, 401);
    }
}

#[tokio::test]
async fn who_could_not_log_in_before_cannot_after() {
    let both = Both::new().await;
    for app in both.apps() {
        for (name, password) in [
            ("ada", "wrong"),
            ("ada", ""),
            ("eve", "!"),
            ("eve", ""),
            ("nobody", "engine"),
        ] {
            let (mut client, status) = log_in(app, name, password).await;
            assert!((400..500).contains(&status), "{name}: {status}");
            assert_eq!(client.get("/").await.status, 401, "{name}");
        }
    }
}

#[tokio::test]
async fn who_could_log_in_before_can_after_and_log_out_again() {
    let both = Both::new().await;
    for app in both.apps() {
        let (mut ada, status) = log_in(app, "ada", "engine").await;
        assert_eq!(status, 303);
        assert_eq!(ada.get("/").await.text, "Hello, ada");
        assert_eq!(ada.post("/logout", "").await.status, 303);
        assert_eq!(ada.get("/").await.status, 401);
    }
}

#[tokio::test]
async fn a_new_password_ends_the_session_before_and_after() {
    let both = Both::new().await;
    for app in both.apps() {
        both.store("ada", "engine").await;
        let (mut ada, _) = log_in(app, "ada", "engine").await;
        both.store("ada", "another").await;
        assert_eq!(ada.get("/").await.status, 401);
        assert_eq!(log_in(app, "ada", "another").await.1, 303);
    }
}

#[tokio::test]
async fn a_page_of_another_site_logs_nobody_out_after() {
    let both = Both::new().await;
    let (ada, _) = log_in(&both.after, "ada", "engine").await;
    let mut ada = ada.with_header("origin", "https://evil.example");
    assert_eq!(ada.post("/logout", "").await.status, 403);
    assert_eq!(ada.get("/").await.text, "Hello, ada");
}

#[tokio::test]
async fn a_hash_that_is_made_anew_after_is_one_that_the_former_application_reads() {
    let both = Both::new().await;
    assert_eq!(log_in(&both.before, "bob", "loom").await.1, 303);
    assert_eq!(log_in(&both.after, "bob", "loom").await.1, 303);
    let stored: String = sqlx::query_scalar("SELECT password FROM users WHERE username = 'bob'")
        .fetch_one(&both.pool)
        .await
        .unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=19456,"), "{stored}");
    assert_eq!(log_in(&both.before, "bob", "loom").await.1, 303);
}
