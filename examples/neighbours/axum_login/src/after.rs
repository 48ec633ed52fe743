//! The same application moved over: the same table, the same hashes, a session in a cookie.

use portcullis::Error;
use portcullis::core::epoch_of;
use portcullis::prelude::*;
use sqlx::SqlitePool;

#[derive(Clone)]
struct Person {
    id: i64,
    username: String,
    password: HashString,
}

impl User for Person {
    fn id(&self) -> UserId {
        self.id.to_string().into()
    }

    fn password_hash(&self) -> Option<&HashString> {
        Some(&self.password)
    }

    fn is_active(&self) -> bool {
        true
    }

    /// `session_auth_hash`: sessions end with the password.
    fn token_epoch(&self) -> u64 {
        epoch_of(&self.password)
    }
}

#[derive(Clone)]
struct People(SqlitePool);

impl People {
    async fn one(&self, statement: &'static str, value: &str) -> Result<Option<Person>, StoreError> {
        let row = sqlx::query_as(statement).bind(value).fetch_optional(&self.0).await;
        let row: Option<(i64, String, String)> = row.map_err(StoreError::unavailable)?;
        Ok(row.map(|(id, username, password)| Person {
            id,
            username,
            password: password.into(),
        }))
    }
}

impl UserStore for People {
    type User = Person;

    async fn by_login(&self, name: &str) -> Result<Option<Person>, StoreError> {
        self.one("SELECT id, username, password FROM users WHERE username = $1", name)
            .await
    }

    async fn by_id(&self, id: &UserId) -> Result<Option<Person>, StoreError> {
        self.one("SELECT id, username, password FROM users WHERE id = $1", id.as_str())
            .await
    }

    async fn swap_hash(&self, id: &UserId, seen: &HashString, new: &HashString) -> Result<bool, StoreError> {
        let swap = sqlx::query("UPDATE users SET password = $1 WHERE id = $2 AND password = $3");
        let swap = swap.bind(new.as_str()).bind(id.as_str()).bind(seen.as_str());
        let done = swap.execute(&self.0).await.map_err(StoreError::unavailable)?;
        Ok(done.rows_affected() == 1)
    }
}

async fn read_greeting(user: ActiveUser<Person>) -> String {
    format!("Hello, {}", user.username)
}

/// The whole application, found at `url`. `POST /login` and `POST /logout` are there, and take what they took.
pub fn app(pool: SqlitePool, key: SigningKey, url: &str) -> Result<axum::Router, Error> {
    let auth = Auth::builder(key, People(pool))
        .sessions(MemorySessions::new())
        .cookies(Cookies::lax().public_url(url))
        .build()?;
    Ok(auth.mount(ApiRouter::new().api_route("/", get(read_greeting))))
}
