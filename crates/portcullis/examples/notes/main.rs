//! Notes: an application of one's own as it is after its first days. Tables of its own in the users' file, pages of a list,
//! events and a socket that browsers can open, exports by a task, a manual for members, one shape for all errors, an end that
//! cuts nobody off.
//!
//! ```console
//! $ SECRET_KEY=$(openssl rand -hex 32) cargo run --example notes --features ws
//! $ TOKEN=$(curl -s -d 'username=johndoe&password=secret&scope=notes:read notes:write' http://127.0.0.1:8000/token | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
//! $ curl -N "http://127.0.0.1:8000/notes/events?access_token=$TOKEN" &
//! $ curl -H "Authorization: Bearer $TOKEN" --json '{"text": "Milk"}' http://127.0.0.1:8000/notes
//! $ curl -H "Authorization: Bearer $TOKEN" 'http://127.0.0.1:8000/notes?limit=5'
//! $ curl -H "Authorization: Bearer $TOKEN" --json '{"text": ""}' http://127.0.0.1:8000/notes  # 422: too short
//! ```

mod app;
mod errors;
mod exports;
mod live;
mod notes;
#[cfg(test)]
mod tests;

use std::time::Duration;

use portcullis::core::SystemClock;
use portcullis::prelude::*;
use portcullis::{Limits, Server, end_signal};

#[tokio::main]
async fn main() -> Result<(), portcullis::Error> {
    let (users, key) = (
        SqliteUsers::open("notes.db").await?,
        SigningKey::from_env("SECRET_KEY")?,
    );
    let (app, exporting) = app::app(users, key, SystemClock).await?;
    let limits = Limits::default().grace(Duration::from_secs(5)).connections(1_000);
    let server = Server::bind("127.0.0.1:8000").await?.limits(limits);
    println!("listening on http://127.0.0.1:8000, docs at http://127.0.0.1:8000/docs");
    server.run(app, end_signal()?).await;
    // Nobody can order an export any more; those that were ordered are made.
    let _ = exporting.await;
    Ok(())
}
