use portcullis::prelude::*;
use serde_json::{Value, json};

scopes! {
    /// Read yourself.
    pub Me = "me";
    /// Read items.
    pub Items = "items";
}

async fn read_users_me(user: Scoped<Me>) -> Json<Value> {
    Json(json!({ "username": user.username() }))
}

async fn read_own_items(user: Scoped<(Items, Me)>) -> Json<Value> {
    Json(json!([{ "item_id": "Foo", "owner": user.username() }]))
}

async fn read_status(token: Authenticated) -> Json<Value> {
    Json(json!({ "scopes": token.scopes.iter().collect::<Vec<_>>() }))
}

pub fn app() -> Result<axum::Router, portcullis::Error> {
    let key = SigningKey::hs256("09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7")?;
    let johndoe = Account::new("johndoe")
        .with_scopes(ScopeSet::of::<(Me, Items)>())
        .with_password_hash(Passwords::recommended().hash(&Password::from("secret"))?);
    let auth = Auth::builder(key, MemoryUsers::from_iter([johndoe]))
        .scopes::<(Me, Items)>()
        .build()?;
    let routes = ApiRouter::new()
        .api_route("/users/me/", get(read_users_me))
        .api_route("/users/me/items/", get(read_own_items))
        .api_route("/status/", get(read_status));
    Ok(auth.front().answers(Answers::fastapi_scopes()).mount(routes))
}
