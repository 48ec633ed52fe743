//! The chapter: log in, get a token, use it. On a real database.
//!
//! ```console
//! $ SECRET_KEY=$(openssl rand -hex 32) cargo run --example tutorial
//! $ TOKEN=$(curl -s -d 'username=johndoe&password=secret' http://127.0.0.1:8000/token | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
//! $ curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8000/users/me/
//! ```

use std::path::Path;

use portcullis::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

/// What handlers share. `ActiveUser` finds its `Auth` here.
#[derive(Clone, FromRef)]
struct App {
    auth: Auth,
    database: Database,
}

#[derive(Serialize, JsonSchema)]
struct Item {
    item_id: String,
    owner: String,
}

async fn read_users_me(user: ActiveUser) -> Json<Profile> {
    Json(user.profile())
}

async fn read_own_items(user: ActiveUser, State(database): State<Database>) -> Result<Json<Vec<Item>>, Refusal> {
    Ok(Json(items_of(&database, user.username())?))
}

fn items_of(database: &Database, owner: &str) -> Result<Vec<Item>, Refusal> {
    let items = database.read(|connection| {
        let mut found = connection.prepare_cached("SELECT item_id, owner FROM items WHERE owner = ?1")?;
        found
            .query_map([owner], |row| {
                Ok(Item {
                    item_id: row.get(0)?,
                    owner: row.get(1)?,
                })
            })?
            .collect()
    });
    Ok(items?)
}

const TABLES: &[&str] = &[
    "CREATE TABLE items (item_id TEXT PRIMARY KEY, owner TEXT NOT NULL) STRICT;
    INSERT INTO items VALUES ('Foo', 'johndoe')",
];

/// The chapter's user: the stored hash is that of the password `secret`.
fn johndoe() -> Account {
    Account::new("johndoe")
        .with_full_name("John Doe")
        .with_email("johndoe@example.com")
        .with_password_hash(HashString::new(
            "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW",
        ))
}

/// The whole application, its database in `folder`.
pub async fn app(folder: &Path, key: SigningKey, answers: Answers) -> Result<axum::Router, portcullis::Error> {
    let users = SqliteUsers::open(folder.join("app.db")).await?;
    let database = users.database().clone();
    database.migrate("tutorial", TABLES).await?;
    if users.by_login("johndoe").await?.is_none() {
        users.insert(&johndoe()).await?;
    }
    let auth = Auth::builder(key, users).build()?;
    let routes = ApiRouter::new()
        .title("Portcullis tutorial")
        .api_route("/users/me/", get(read_users_me))
        .api_route("/users/me/items/", get(read_own_items).untyped());
    Ok(auth.front().answers(answers).mount_with(
        routes,
        App {
            auth: auth.clone(),
            database,
        },
    ))
}

#[tokio::main]
async fn main() -> Result<(), portcullis::Error> {
    let app = app(Path::new("."), SigningKey::from_env("SECRET_KEY")?, Answers::fastapi()).await?;
    println!("listening on http://127.0.0.1:8000, docs at http://127.0.0.1:8000/docs");
    portcullis::serve("127.0.0.1:8000", app).await?;
    Ok(())
}
