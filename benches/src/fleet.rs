//! Our tables in PostgreSQL, against what the engine does by itself with the same statements over as many links.

mod looks;
mod nodes;
mod refreshes;

use std::error::Error;
use std::io;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::postgres::Postgres;
use crate::sessions;

const TASKS: u64 = 64;
const ROUNDS: usize = 5;
const TIME: Duration = sessions::TIME;

type Failure = Box<dyn Error + Send + Sync>;

/// Looks and refreshes, in this process.
pub fn run() -> io::Result<()> {
    println!("\n(m) our tables in PostgreSQL, {TASKS} tasks, everything on this machine");
    let Some(postgres) = Postgres::start()? else {
        return Ok(());
    };
    let runtime = runtime()?;
    runtime
        .block_on(looks::looks(&postgres, &[10_000, 100_000, 1_000_000]))
        .map_err(io::Error::other)?;
    runtime
        .block_on(refreshes::refreshes(&postgres))
        .map_err(io::Error::other)
}

/// Up to ten million users.
pub fn growth() -> io::Result<()> {
    println!("\n(m) users become ten million, {TASKS} tasks, everything on this machine");
    let Some(postgres) = Postgres::start()? else {
        return Ok(());
    };
    let steps = [10_000, 100_000, 1_000_000, 10_000_000];
    runtime()?
        .block_on(looks::looks(&postgres, &steps))
        .map_err(io::Error::other)
}

/// What nodes answer over HTTP.
pub fn nodes() -> io::Result<()> {
    nodes::run()
}

fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
}
