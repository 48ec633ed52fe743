//! The chapter's sequel: tokens that may do some things and not others.
//!
//! ```console
//! $ SECRET_KEY=$(openssl rand -hex 32) cargo run --example scopes
//! $ TOKEN=$(curl -s -d 'username=johndoe&password=secret&scope=me items' http://127.0.0.1:8000/token | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
//! $ curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8000/users/me/items/
//! ```

use std::path::Path;

use portcullis::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

scopes! {
    /// Read information about the current user.
    pub Me = "me";
    /// Read items.
    pub Items = "items";
}

/// What handlers share.
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

#[derive(Serialize, JsonSchema)]
struct Status {
    status: &'static str,
}

async fn read_users_me(user: Scoped<Me>) -> Json<Profile> {
    Json(user.profile())
}

async fn read_own_items(
    user: Scoped<(Items, Me)>,
    State(database): State<Database>,
) -> Result<Json<Vec<Item>>, Refusal> {
    let items = database.read(|connection| {
        let mut found = connection.prepare_cached("SELECT item_id, owner FROM items WHERE owner = ?1")?;
        found
            .query_map([user.username()], |row| {
                Ok(Item {
                    item_id: row.get(0)?,
                    owner: row.get(1)?,
                })
            })?
            .collect()
    });
    Ok(Json(items?))
}

async fn read_system_status(_user: CurrentUser) -> Json<Status> {
    Json(Status { status: "ok" })
}

const TABLES: &[&str] = &[
    "CREATE TABLE items (item_id TEXT PRIMARY KEY, owner TEXT NOT NULL) STRICT;
    INSERT INTO items VALUES ('Foo', 'johndoe')",
];

/// The sequel's users; alice is disabled.
async fn add_users(users: &SqliteUsers, auth: &Auth) -> Result<(), portcullis::Error> {
    let johndoe = Account::new("johndoe")
        .with_full_name("John Doe")
        .with_email("johndoe@example.com")
        .with_scopes(ScopeSet::of::<(Me, Items)>())
        .with_password_hash(HashString::new(
            "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW",
        ));
    let alice = Account::new("alice")
        .with_full_name("Alice Chains")
        .with_email("alicechains@example.com")
        .with_disabled(true)
        .with_scopes(ScopeSet::of::<(Me, Items)>())
        .with_password_hash(auth.hash_password(Password::from("secretalice")).await?);
    for account in [johndoe, alice] {
        if users.by_login(account.username()).await?.is_none() {
            users.insert(&account).await?;
        }
    }
    Ok(())
}

/// The whole application, its database in `folder`.
pub async fn app(folder: &Path, key: SigningKey, answers: Answers) -> Result<axum::Router, portcullis::Error> {
    let users = SqliteUsers::open(folder.join("scopes.db")).await?;
    let database = users.database().clone();
    database.migrate("scopes", TABLES).await?;
    let auth = Auth::builder(key, users.clone()).scopes::<(Me, Items)>().build()?;
    add_users(&users, &auth).await?;
    let routes = ApiRouter::new()
        .title("Portcullis tutorial: scopes")
        .api_route("/users/me/", get(read_users_me))
        .api_route("/users/me/items/", get(read_own_items).untyped())
        .api_route("/status/", get(read_system_status).untyped());
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
    let app = app(
        Path::new("."),
        SigningKey::from_env("SECRET_KEY")?,
        Answers::fastapi_scopes(),
    )
    .await?;
    println!("listening on http://127.0.0.1:8000, docs at http://127.0.0.1:8000/docs");
    portcullis::serve("127.0.0.1:8000", app).await?;
    Ok(())
}
