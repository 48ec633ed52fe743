//! Several processes on one file.

use std::path::Path;
use std::time::Duration;

use portcullis_core::{AccountStore as _, UserStore as _};
use portcullis_sql::{Database, SqliteSessions, SqliteUsers};

use super::*;

/// A server on the file: each opens it for itself.
async fn server(file: &Path) -> House {
    let database = Database::open(file).await.unwrap();
    let users = SqliteUsers::on(database.clone()).await.unwrap();
    let sessions = SqliteSessions::on(database).await.unwrap();
    let passwords = Passwords::new(Argon2::new(8, 1, 1).unwrap());
    if users.by_login("alice").await.unwrap().is_none() {
        let hash = passwords.hash(&Password::from(RIGHT)).unwrap();
        users
            .insert(&Account::new("alice").with_password_hash(hash))
            .await
            .unwrap();
    }
    let key = SigningKey::hs256("a secret for tests that is long enough").unwrap();
    let auth = Auth::builder(key, users)
        .passwords(passwords)
        .sessions(sessions)
        .cookies(Cookies::lax().public_url("https://notes.example.com"))
        .build()
        .unwrap();
    let routes = ApiRouter::new()
        .api_route("/me", get(async |user: ActiveUser| user.username().to_owned()))
        .merge(sessions_api(&auth));
    House {
        app: auth.mount(routes),
        auth,
        changed: Arc::default(),
    }
}

async fn is_in(house: &House, cookie: &str) -> bool {
    let answer = house.get("/me", &[("cookie", cookie)]).await;
    match answer.status {
        StatusCode::OK => true,
        StatusCode::UNAUTHORIZED => false,
        status => panic!("{status} {}", answer.text),
    }
}

#[tokio::test]
async fn a_session_is_one_for_all_who_have_the_file_open_and_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.db");
    let (first, second) = (server(&file).await, server(&file).await);
    let (own, left) = (first.cookie().await, second.cookie().await);
    for house in [&first, &second] {
        assert!(is_in(house, &own).await && is_in(house, &left).await);
    }
    let out = first.send("POST", "/logout", &[OURS, ("cookie", &own)], "").await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert!(!is_in(&first, &own).await);
    // Within half a second; whoever asks here waits longer only where that is broken.
    for _ in 0..400 {
        if !is_in(&second, &own).await {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert!(!is_in(&second, &own).await);
    assert!(is_in(&second, &left).await);
    drop((first, second));
    let anew = server(&file).await;
    assert!(is_in(&anew, &left).await && !is_in(&anew, &own).await);
}
