//! A resource server: it has no users and no passwords, and checks the tokens of another server by the keys that one
//! publishes.
//!
//! ```console
//! $ portcullis init --data ./login                               # prints the administrator's password
//! $ portcullis serve --data ./login --issuer http://127.0.0.1:8000 --audience http://127.0.0.1:9000 &
//! $ ISSUER=http://127.0.0.1:8000 cargo run --example resource_server --features resource-server
//! $ TOKEN=$(curl -s -d "username=admin&password=$PASSWORD&scope=users:read" http://127.0.0.1:8000/token | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
//! $ curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:9000/me/
//! $ curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:9000/reports/
//! $ curl -i http://127.0.0.1:9000/me/                                # 401
//! $ curl -i http://127.0.0.1:9000/health/                            # whether the keys are there
//! ```

use axum::http::StatusCode;
use portcullis::prelude::*;
use portcullis::{FetchError, IssuerKeys};
use schemars::JsonSchema;
use serde::Serialize;

scopes! {
    /// Read reports about users.
    pub ReadReports = "users:read";
}

/// What handlers share.
#[derive(Clone, FromRef)]
struct App {
    auth: Auth,
    keys: IssuerKeys,
}

/// Whom the token speaks for, as the token says.
#[derive(Serialize, JsonSchema)]
struct Me {
    sub: String,
    scopes: Vec<String>,
}

async fn read_me(user: ActiveUser) -> Json<Me> {
    Json(Me {
        sub: user.username().to_owned(),
        scopes: user.scopes().iter().map(str::to_owned).collect(),
    })
}

async fn read_reports(_: Scoped<ReadReports>) -> Json<Vec<String>> {
    Json(vec!["Nothing happened.".to_owned()])
}

/// Whether the issuer's keys were fetched: for whoever sends us requests.
async fn read_health(State(keys): State<IssuerKeys>) -> StatusCode {
    match keys.status().fetched {
        Some(_) => StatusCode::OK,
        None => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The whole application, for the tokens of `issuer` that are for `audience`.
pub async fn app(issuer: &str, audience: &str) -> Result<axum::Router, FetchError> {
    let server = Auth::resource_server(issuer)?;
    let (auth, keys) = server
        .audience(audience)
        .scopes::<ReadReports>()
        .connect_watched()
        .await;
    let routes = ApiRouter::new()
        .title("Reports")
        .api_route("/me/", get(read_me))
        .api_route("/reports/", get(read_reports))
        .route("/health/", axum::routing::get(read_health));
    Ok(auth.front().mount_with(
        routes,
        App {
            auth: auth.clone(),
            keys,
        },
    ))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let issuer = std::env::var("ISSUER").map_err(|_| "set ISSUER to the address of the server that logs people in")?;
    let app = app(&issuer, "http://127.0.0.1:9000").await?;
    portcullis::serve("127.0.0.1:9000", app).await?;
    Ok(())
}
