//! An application with a session in a cookie, before and after it was moved from axum-login to us. Both read one table.
//!
//! ```console
//! $ SECRET_KEY=$(openssl rand -hex 32) cargo run -p neighbour-axum-login
//! $ curl -c jar -b jar -H 'Origin: http://127.0.0.1:8000' -d 'username=ada&password=engine' http://127.0.0.1:8000/login
//! $ curl -c jar -b jar http://127.0.0.1:8000/
//! ```

mod after;
mod before;

use std::path::Path;

use portcullis::Error;
use portcullis::prelude::SigningKey;
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;

async fn open(file: &Path) -> Result<SqlitePool, sqlx::Error> {
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(file).create_if_missing(true)).await?;
    let table = "CREATE TABLE IF NOT EXISTS users (
        id INTEGER PRIMARY KEY,
        username TEXT NOT NULL UNIQUE,
        password TEXT NOT NULL
    )";
    sqlx::query(table).execute(&pool).await?;
    Ok(pool)
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let pool = open(Path::new("people.db")).await.map_err(Error::other)?;
    let app = match std::env::args().nth(1).as_deref() {
        Some("before") => before::app(pool),
        _ => after::app(pool, SigningKey::from_env("SECRET_KEY")?, "http://127.0.0.1:8000")?,
    };
    portcullis::serve("127.0.0.1:8000", app).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
