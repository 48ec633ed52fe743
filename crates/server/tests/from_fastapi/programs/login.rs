use portcullis::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

#[derive(Serialize, JsonSchema)]
struct Item {
    item_id: &'static str,
    owner: String,
}

async fn read_users_me(user: ActiveUser) -> Json<Profile> {
    Json(user.profile())
}

async fn read_own_items(user: ActiveUser) -> Json<Vec<Item>> {
    let owner = user.username().to_owned();
    Json(vec![Item { item_id: "Foo", owner }])
}

fn users() -> MemoryUsers {
    MemoryUsers::from_iter([Account::new("johndoe")
        .with_full_name("John Doe")
        .with_email("johndoe@example.com")
        .with_password_hash(HashString::new(
            "$argon2id$v=19$m=65536,t=3,p=4$wagCPXjifgvUFBzq4hqe3w$CYaIb8sB+wtD+Vu/P4uod1+Qof8h+1g7bbDlBID48Rc",
        ))])
}

pub fn app() -> Result<axum::Router, portcullis::Error> {
    let key = SigningKey::hs256("09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7")?;
    let auth = Auth::builder(key, users()).build()?;
    let routes = ApiRouter::new()
        .api_route("/users/me/", get(read_users_me))
        .api_route("/users/me/items/", get(read_own_items));
    Ok(auth.mount(routes))
}
