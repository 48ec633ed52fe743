//! Items of one's own: a JSON body, parameters of query and path, behind scopes, in the application's database.
//!
//! ```console
//! $ SECRET_KEY=$(openssl rand -hex 32) cargo run --example items
//! $ TOKEN=$(curl -s -d 'username=johndoe&password=secret&scope=items:read items:write' http://127.0.0.1:8000/token | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
//! $ curl -H "Authorization: Bearer $TOKEN" --json '{"name": "Foo", "price": 4.5}' http://127.0.0.1:8000/items/
//! $ curl -H "Authorization: Bearer $TOKEN" 'http://127.0.0.1:8000/items/?limit=5'
//! $ curl -H "Authorization: Bearer $TOKEN" --json '{"name": "Foo"}' http://127.0.0.1:8000/items/  # 422: price is missing
//! $ curl -H "Authorization: Bearer $TOKEN" -X DELETE http://127.0.0.1:8000/items/1
//! ```

use axum::http::StatusCode;
use portcullis::prelude::*;
use serde::{Deserialize, Serialize};

scopes! {
    /// Read your items.
    pub ReadItems = "items:read";
    /// Change your items.
    pub WriteItems = "items:write";
}

/// What handlers share.
#[derive(Clone, FromRef)]
struct App {
    auth: Auth,
    database: Database,
}

/// An item as it is sent.
#[derive(Deserialize, JsonSchema)]
struct NewItem {
    #[schemars(length(min = 1, max = 40))]
    name: String,
    #[schemars(range(min = 0.0))]
    price: f64,
}

#[derive(Serialize, JsonSchema)]
struct Item {
    id: i64,
    name: String,
    price: f64,
}

#[derive(Deserialize, JsonSchema)]
struct Page {
    /// Only items after this one.
    #[serde(default)]
    after: i64,
    /// How many at most.
    #[serde(default = "twenty")]
    #[schemars(range(min = 1, max = 100))]
    limit: u32,
}

fn twenty() -> u32 {
    20
}

async fn create_item(
    user: Scoped<WriteItems>,
    State(database): State<Database>,
    Json(new): Json<NewItem>,
) -> Result<Created<Json<Item>>, Refusal> {
    let owner = user.username().to_owned();
    let insert = "INSERT INTO items (owner, name, price) VALUES (?1, ?2, ?3) RETURNING id, name, price";
    let item = database.write(move |connection| {
        connection.query_row(insert, (owner, new.name, new.price), |row| {
            let (id, name, price) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(Item { id, name, price })
        })
    });
    Ok(Created(Json(item.await?)))
}

async fn read_items(
    user: Scoped<ReadItems>,
    State(database): State<Database>,
    Query(page): Query<Page>,
) -> Result<Json<Vec<Item>>, Refusal> {
    let select = "SELECT id, name, price FROM items WHERE owner = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
    let items = database.read(|connection| {
        let mut found = connection.prepare_cached(select)?;
        let items = found.query_map((user.username(), page.after, page.limit), |row| {
            let (id, name, price) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(Item { id, name, price })
        })?;
        items.collect()
    });
    Ok(Json(items?))
}

async fn delete_item(
    user: Scoped<WriteItems>,
    State(database): State<Database>,
    Path(item_id): Path<i64>,
) -> Result<StatusCode, Refusal> {
    let owner = user.username().to_owned();
    let delete = "DELETE FROM items WHERE id = ?1 AND owner = ?2";
    let deleted = database.write(move |connection| connection.execute(delete, (item_id, owner)));
    Ok(match deleted.await? {
        0 => StatusCode::NOT_FOUND,
        _ => StatusCode::NO_CONTENT,
    })
}

const TABLES: &[&str] = &[
    "CREATE TABLE items (id INTEGER PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, price REAL NOT NULL) STRICT;
    CREATE INDEX items_by_owner ON items (owner, id)",
];

/// The whole application, its database in `folder`.
pub async fn app(folder: &std::path::Path, key: SigningKey) -> Result<axum::Router, portcullis::Error> {
    let users = SqliteUsers::open(folder.join("items.db")).await?;
    let database = users.database().clone();
    database.migrate("items", TABLES).await?;
    let auth = Auth::builder(key, users.clone())
        .scopes::<(ReadItems, WriteItems)>()
        .build()?;
    if users.by_login("johndoe").await?.is_none() {
        let johndoe = Account::new("johndoe")
            .with_scopes(ScopeSet::of::<(ReadItems, WriteItems)>())
            .with_password_hash(auth.hash_password(Password::from("secret")).await?);
        users.insert(&johndoe).await?;
    }
    let routes = ApiRouter::new()
        .title("Items")
        .api_route("/items/", get(read_items).post(create_item))
        .api_route("/items/{item_id}", delete(delete_item).status(StatusCode::NO_CONTENT));
    Ok(auth.front().mount_with(
        routes,
        App {
            auth: auth.clone(),
            database,
        },
    ))
}

#[tokio::main]
async fn main() -> Result<(), portcullis::Error> {
    let app = app(std::path::Path::new("."), SigningKey::from_env("SECRET_KEY")?).await?;
    println!("listening on http://127.0.0.1:8000, docs at http://127.0.0.1:8000/docs");
    portcullis::serve("127.0.0.1:8000", app).await?;
    Ok(())
}
