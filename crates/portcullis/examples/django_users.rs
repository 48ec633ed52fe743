//! An axum application whose users are a Django project's, where they are: `db.sqlite3`, or the URL in `DATABASE_URL`
//! (features `postgres` and `mysql` for those). Django goes on as it is; its groups and permissions are scopes here.
//!
//! ```console
//! $ SECRET_KEY=$(openssl rand -hex 32) cargo run --example django_users --features foreign
//! $ TOKEN=$(curl -s -d 'username=john&password=…&scope=editors' http://127.0.0.1:8000/token | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
//! $ curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8000/drafts
//! ```

use std::error::Error;

use portcullis::core::password::Origin;
use portcullis::foreign::frameworks::{Framework, look};
use portcullis::foreign::{ForeignUsers, Stage};
use portcullis::prelude::*;

scopes! {
    /// Edit drafts: the members of Django's group `editors`.
    pub Editors = "editors";
}

/// Who may edit.
async fn read_drafts(user: Scoped<Editors>) -> Json<String> {
    Json(format!("the drafts of {}", user.username()))
}

/// The application over the users of the database at `url`.
async fn app(url: &str, key: SigningKey) -> Result<axum::Router, Box<dyn Error>> {
    let (framework, mapping) = Framework::recognised(&look(url).await?).ok_or("whose tables are these?")?;
    // What Django must not lose when hashes are upgraded is kept beside, in a file of our own.
    let beside = Database::open("portcullis.db").await?;
    let users = ForeignUsers::open(url, mapping, Stage::WriteBack, Some(beside)).await?;
    let auth = Auth::builder(key, users)
        // New hashes in a format that Django reads.
        .passwords(framework.name.parse::<Origin>()?.passwords(None)?)
        .scopes::<Editors>()
        .build()?;
    Ok(auth.mount(ApiRouter::new().api_route("/drafts", get(read_drafts))))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite:db.sqlite3".to_owned());
    let app = app(&url, SigningKey::from_env("SECRET_KEY")?).await?;
    portcullis::serve("127.0.0.1:8000", app).await?;
    Ok(())
}
