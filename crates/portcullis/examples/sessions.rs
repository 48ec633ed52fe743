//! A login that lasts: sessions that can be refreshed, seen and ended, and a token that ends before its time.
//!
//! ```console
//! $ SECRET_KEY=$(openssl rand -hex 32) cargo run --example sessions
//! $ curl -s -d 'username=johndoe&password=secret' http://127.0.0.1:8000/token | tee login.json
//! $ A=$(jq -r .access_token login.json) R=$(jq -r .refresh_token login.json)
//! $ curl -H "Authorization: Bearer $A" http://127.0.0.1:8000/users/me/sessions
//! $ curl -d "grant_type=refresh_token&refresh_token=$R" http://127.0.0.1:8000/token
//! $ curl -X POST -H "Authorization: Bearer $A" http://127.0.0.1:8000/logout
//! $ curl -i -H "Authorization: Bearer $A" http://127.0.0.1:8000/users/me/
//! ```

use std::path::Path;

use portcullis::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

/// What handlers share.
#[derive(Clone, FromRef)]
struct App {
    auth: Auth,
}

/// What a token says of the login that it came from.
#[derive(Serialize, JsonSchema)]
struct Login {
    username: String,
    /// The session, as `/users/me/sessions` lists it.
    session: Option<String>,
    /// How often it was refreshed when the token was made.
    refreshed: Option<u32>,
}

async fn read_users_me(user: ActiveUser) -> Json<Profile> {
    Json(user.profile())
}

async fn read_login(user: ActiveUser, token: Authenticated) -> Json<Login> {
    Json(Login {
        username: user.username().to_owned(),
        session: token.token.session.map(|session| session.to_string()),
        refreshed: token.token.generation,
    })
}

/// The chapter's user: the stored hash is that of the password `secret`.
fn johndoe() -> Account {
    Account::new("johndoe")
        .with_full_name("John Doe")
        .with_email("johndoe@example.com")
        .with_password_hash(HashString::new(
            "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW",
        ))
}

/// The whole application, its database in `folder`: sessions stand in the same file as the users.
pub async fn app(folder: &Path, key: SigningKey, answers: Answers) -> Result<axum::Router, portcullis::Error> {
    let users = SqliteUsers::open(folder.join("app.db")).await?;
    if users.by_login("johndoe").await?.is_none() {
        users.insert(&johndoe()).await?;
    }
    let sessions = SqliteSessions::on(users.database().clone()).await?;
    let auth = Auth::builder(key, users).sessions(sessions).build()?;
    let routes = ApiRouter::new()
        .title("Portcullis sessions")
        .api_route("/users/me/", get(read_users_me))
        .api_route("/users/me/login", get(read_login))
        .merge(sessions_api(&auth));
    Ok(auth
        .front()
        .answers(answers)
        .mount_with(routes, App { auth: auth.clone() }))
}

#[tokio::main]
async fn main() -> Result<(), portcullis::Error> {
    let app = app(Path::new("."), SigningKey::from_env("SECRET_KEY")?, Answers::fastapi()).await?;
    println!("listening on http://127.0.0.1:8000, docs at http://127.0.0.1:8000/docs");
    portcullis::serve("127.0.0.1:8000", app).await?;
    Ok(())
}
