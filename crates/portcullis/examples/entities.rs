//! Tokens about a thing and not a user: whoever holds the token for `car:42` may drive it, whoever holds the one for
//! `blog:7` may edit it. An owner asks for such a token and hands it on.
//!
//! ```console
//! $ SECRET_KEY=$(openssl rand -hex 32) cargo run --example entities
//! $ TOKEN=$(curl -s -d 'username=johndoe&password=secret' http://127.0.0.1:8000/token | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
//! $ KEY=$(curl -s -X POST -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8000/cars/42/key | tr -d '"')
//! $ curl -X POST -H "Authorization: Bearer $KEY" http://127.0.0.1:8000/drive
//! ```

use std::time::Duration;

use axum::extract::Path;
use portcullis::prelude::*;

entities! {
    /// A car in the pool.
    pub Car = "car";
    /// An entry of the blog.
    pub Blog = "blog";
}

scopes! {
    /// Drive it.
    pub Drive = "drive";
    /// Edit it.
    pub Edit = "edit";
}

const AN_HOUR: Duration = Duration::from_secs(60 * 60);

async fn create_car_key(
    _owner: ActiveUser,
    State(auth): State<Auth>,
    Path(id): Path<u32>,
) -> Result<Json<String>, Refusal> {
    Ok(Json(auth.issue_entity::<Car, Drive>(&id.to_string(), AN_HOUR)?))
}

async fn create_blog_key(
    _owner: ActiveUser,
    State(auth): State<Auth>,
    Path(id): Path<u32>,
) -> Result<Json<String>, Refusal> {
    Ok(Json(auth.issue_entity::<Blog, Edit>(&id.to_string(), AN_HOUR)?))
}

async fn drive(car: Permit<Car, Drive>) -> Json<String> {
    Json(format!("driving car {}", car.id()))
}

async fn edit(blog: Permit<Blog, Edit>) -> Json<String> {
    Json(format!("editing blog {}", blog.id()))
}

/// The whole application.
pub fn app(key: SigningKey) -> Result<axum::Router, portcullis::Error> {
    let password = Passwords::recommended().hash(&Password::from("secret"))?;
    let users = MemoryUsers::from_iter([Account::new("johndoe").with_password_hash(password)]);
    // Where tokens are about several sorts of things, a user's says so too: `username:johndoe`.
    let auth = Auth::builder(key, users).prefixed_subjects().build()?;
    Ok(auth.mount(
        ApiRouter::new()
            .title("Cars and blogs")
            .api_route("/drive", post(drive))
            .api_route("/edit", post(edit))
            .route("/cars/{id}/key", axum::routing::post(create_car_key))
            .route("/blogs/{id}/key", axum::routing::post(create_blog_key)),
    ))
}

#[tokio::main]
async fn main() -> Result<(), portcullis::Error> {
    let app = app(SigningKey::from_env("SECRET_KEY")?)?;
    println!("listening on http://127.0.0.1:8000, docs at http://127.0.0.1:8000/docs");
    portcullis::serve("127.0.0.1:8000", app).await?;
    Ok(())
}
