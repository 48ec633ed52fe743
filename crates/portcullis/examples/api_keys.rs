//! API keys: what a machine sends in place of a token, made and ended by its owner.
//!
//! ```console
//! $ SECRET_KEY=$(openssl rand -hex 32) cargo run --example api_keys
//! $ TOKEN=$(curl -s -d 'username=johndoe&password=secret&scope=reports:read' http://127.0.0.1:8000/token | jq -r .access_token)
//! $ KEY=$(curl -s -H "Authorization: Bearer $TOKEN" --json '{"name": "nightly", "scopes": ["reports:read"]}' http://127.0.0.1:8000/users/me/keys | jq -r .key)
//! $ curl -H "X-API-Key: $KEY" http://127.0.0.1:8000/reports/today
//! $ curl -H "Authorization: Bearer $KEY" http://127.0.0.1:8000/users/me/
//! ```

use portcullis::prelude::*;
use portcullis::schemes::ApiKey;

scopes! {
    /// Read reports.
    pub Reports = "reports:read";
}

portcullis::api_key! {
    /// What partners send.
    pub Partner in header "X-API-Key";
}

async fn read_today(key: ApiKey<Partner, Reports>) -> Json<String> {
    Json(format!("all is well, {}", key.user.username()))
}

/// As everywhere, a key is taken where a token is.
async fn read_users_me(user: ActiveUser) -> Json<Profile> {
    Json(user.profile())
}

/// The whole application.
pub fn app(key: SigningKey) -> Result<axum::Router, portcullis::Error> {
    let johndoe = Account::new("johndoe")
        .with_scopes(ScopeSet::of::<Reports>())
        .with_password_hash(Passwords::recommended().hash(&Password::from("secret"))?);
    let auth = Auth::builder(key, MemoryUsers::from_iter([johndoe]))
        .scopes::<Reports>()
        .api_keys(MemoryApiKeys::new())
        .build()?;
    let routes = ApiRouter::new()
        .title("Reports")
        .api_route("/reports/today", get(read_today))
        .api_route("/users/me/", get(read_users_me))
        .merge(keys_api(&auth));
    Ok(auth.mount(routes))
}

#[tokio::main]
async fn main() -> Result<(), portcullis::Error> {
    let app = app(SigningKey::from_env("SECRET_KEY")?)?;
    println!("listening on http://127.0.0.1:8000, docs at http://127.0.0.1:8000/docs");
    portcullis::serve("127.0.0.1:8000", app).await?;
    Ok(())
}
