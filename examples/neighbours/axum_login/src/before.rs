//! The application as it is written with axum-login: a session in a cookie, hashes by password-auth.

use axum::extract::Form;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_login::{AuthManagerLayerBuilder, AuthUser, AuthnBackend, UserId, login_required};
use serde::Deserialize;
use sqlx::SqlitePool;
use tower_sessions::{MemoryStore, SessionManagerLayer};

#[derive(Debug, Clone)]
struct User {
    id: i64,
    username: String,
    password: String,
}

impl AuthUser for User {
    type Id = i64;

    fn id(&self) -> i64 {
        self.id
    }

    fn session_auth_hash(&self) -> &[u8] {
        self.password.as_bytes()
    }
}

#[derive(Clone, Deserialize)]
struct Credentials {
    username: String,
    password: String,
}

#[derive(Clone)]
struct Backend(SqlitePool);

type Row = (i64, String, String);

fn user((id, username, password): Row) -> User {
    User { id, username, password }
}

impl AuthnBackend for Backend {
    type User = User;
    type Credentials = Credentials;
    type Error = sqlx::Error;

    async fn authenticate(&self, tried: Credentials) -> Result<Option<User>, sqlx::Error> {
        let row = sqlx::query_as("SELECT id, username, password FROM users WHERE username = $1").bind(tried.username);
        let row: Option<Row> = row.fetch_optional(&self.0).await?;
        let verify = move || {
            row.map(user)
                .filter(|user| password_auth::verify_password(tried.password, &user.password).is_ok())
        };
        tokio::task::spawn_blocking(verify)
            .await
            .map_err(|cause| sqlx::Error::Io(cause.into()))
    }

    async fn get_user(&self, id: &UserId<Self>) -> Result<Option<User>, sqlx::Error> {
        let row = sqlx::query_as("SELECT id, username, password FROM users WHERE id = $1").bind(id);
        Ok(row.fetch_optional(&self.0).await?.map(user))
    }
}

type AuthSession = axum_login::AuthSession<Backend>;

async fn log_in(mut session: AuthSession, Form(tried): Form<Credentials>) -> Response {
    match session.authenticate(tried).await {
        Ok(Some(user)) if session.login(&user).await.is_ok() => Redirect::to("/").into_response(),
        Ok(None) => StatusCode::UNAUTHORIZED.into_response(),
        Ok(Some(_)) | Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn log_out(mut session: AuthSession) -> Response {
    match session.logout().await {
        Ok(_) => Redirect::to("/login").into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn read_greeting(session: AuthSession) -> Response {
    match session.user {
        Some(user) => format!("Hello, {}", user.username).into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The whole application.
pub fn app(pool: SqlitePool) -> axum::Router {
    let sessions = SessionManagerLayer::new(MemoryStore::default());
    let auth = AuthManagerLayerBuilder::new(Backend(pool), sessions).build();
    axum::Router::new()
        .route("/", get(read_greeting))
        .route_layer(login_required!(Backend))
        .route("/login", post(log_in))
        .route("/logout", post(log_out))
        .layer(auth)
}
