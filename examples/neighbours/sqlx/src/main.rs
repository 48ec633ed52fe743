//! Members of a club, in a table that the application itself keeps with sqlx.
//!
//! ```console
//! $ SECRET_KEY=$(openssl rand -hex 32) cargo run -p neighbour-sqlx
//! $ curl -d 'username=ada@example.com&password=engine' http://127.0.0.1:8000/token
//! ```

use std::path::Path;

use portcullis::Error;
use portcullis::core::epoch_of;
use portcullis::prelude::*;
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;

/// A row of `members`.
#[derive(Clone)]
struct Member {
    id: i64,
    name: String,
    password: HashString,
    former: bool,
}

impl User for Member {
    fn id(&self) -> UserId {
        self.id.to_string().into()
    }

    fn password_hash(&self) -> Option<&HashString> {
        Some(&self.password)
    }

    fn is_active(&self) -> bool {
        !self.former
    }

    /// Tokens end with the password.
    fn token_epoch(&self) -> u64 {
        epoch_of(&self.password)
    }
}

#[derive(Clone)]
struct Members(SqlitePool);

impl Members {
    async fn one(&self, statement: &'static str, value: &str) -> Result<Option<Member>, StoreError> {
        let row = sqlx::query_as(statement).bind(value).fetch_optional(&self.0).await;
        let row: Option<(i64, String, String, bool)> = row.map_err(StoreError::unavailable)?;
        Ok(row.map(|(id, name, password, former)| Member {
            id,
            name,
            password: HashString::new(password),
            former,
        }))
    }
}

impl UserStore for Members {
    type User = Member;

    async fn by_login(&self, email: &str) -> Result<Option<Member>, StoreError> {
        self.one("SELECT id, name, password, former FROM members WHERE email = $1", email)
            .await
    }

    async fn by_id(&self, id: &UserId) -> Result<Option<Member>, StoreError> {
        self.one(
            "SELECT id, name, password, former FROM members WHERE id = $1",
            id.as_str(),
        )
        .await
    }

    async fn swap_hash(&self, id: &UserId, seen: &HashString, new: &HashString) -> Result<bool, StoreError> {
        let swap = sqlx::query("UPDATE members SET password = $1 WHERE id = $2 AND password = $3");
        let swap = swap.bind(new.as_str()).bind(id.as_str()).bind(seen.as_str());
        let done = swap.execute(&self.0).await.map_err(StoreError::unavailable)?;
        Ok(done.rows_affected() == 1)
    }

    /// So that a name that nobody has costs what a member's costs, while some still have hashes of older days.
    async fn sample_hashes(&self, limit: usize) -> Result<Vec<HashString>, StoreError> {
        let sample = sqlx::query_scalar("SELECT password FROM members ORDER BY id * 7919 % 10007 LIMIT $1");
        let sample = sample
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.0)
            .await;
        let sample: Vec<String> = sample.map_err(StoreError::unavailable)?;
        Ok(sample.into_iter().map(HashString::new).collect())
    }
}

async fn read_greeting(member: ActiveUser<Member>) -> Json<String> {
    Json(format!("Good evening, {}", member.name))
}

/// The whole application. Its tables and those of the sessions stand in one file, one beside the other.
async fn app(file: &Path, key: SigningKey) -> Result<axum::Router, Error> {
    let sessions = SqliteSessions::on(Database::open(file).await?).await?;
    let auth = Auth::builder(key, Members(open(file).await.map_err(Error::other)?))
        .sessions(sessions)
        .build()?;
    Ok(auth.mount(ApiRouter::new().api_route("/greeting", get(read_greeting))))
}

async fn open(file: &Path) -> Result<SqlitePool, sqlx::Error> {
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(file).create_if_missing(true)).await?;
    let table = "CREATE TABLE IF NOT EXISTS members (
        id INTEGER PRIMARY KEY,
        email TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        password TEXT NOT NULL,
        former INTEGER NOT NULL DEFAULT FALSE
    )";
    sqlx::query(table).execute(&pool).await?;
    Ok(pool)
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let app = app(Path::new("club.db"), SigningKey::from_env("SECRET_KEY")?).await?;
    portcullis::serve("127.0.0.1:8000", app).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
