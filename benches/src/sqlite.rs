//! Users in SQLite: look-ups by key and durable writes, against the plain binding on one thread.

use std::error::Error;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use portcullis_core::{Account, AccountChange, AccountStore, HashString, UserId, UserStore};
use portcullis_sql::SqliteUsers;
use portcullis_sql::rusqlite::Connection;

use crate::table::{Table, median};

const USERS: u64 = 20_000;
const ROUNDS: usize = 5;
const TIME: Duration = Duration::from_secs(1);
const TASKS: u64 = 64;

const SELECT: &str = "SELECT id, username, email, full_name, disabled, password_hash, scopes, token_epoch \
    FROM portcullis_accounts WHERE id = ?1";
const UPDATE: &str = "UPDATE portcullis_accounts SET token_epoch = token_epoch + 1 WHERE id = ?1";

type Failure = Box<dyn Error + Send + Sync>;

/// What is measured, in the order of the table.
#[derive(Default)]
struct Figures {
    plain_reads: Vec<f64>,
    reads_alone: Vec<f64>,
    reads_together: Vec<f64>,
    plain_writes: Vec<f64>,
    writes_alone: Vec<f64>,
    writes_together: Vec<f64>,
}

pub fn run() -> io::Result<()> {
    println!(
        "\nSQLite: {USERS} users in WAL mode with synchronous=FULL; medians of {ROUNDS} interleaved rounds of {TIME:?}"
    );
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(measure()).map_err(io::Error::other)?.print();
    Ok(())
}

async fn measure() -> Result<Figures, Failure> {
    let users = SqliteUsers::temporary().await?;
    let filled: Vec<_> = (0..USERS).map(|n| insert(users.clone(), n)).map(tokio::spawn).collect();
    for inserted in filled {
        inserted.await??;
    }
    let mut figures = Figures::default();
    for _ in 0..ROUNDS {
        let path = users.path().to_path_buf();
        let (reads, writes) = tokio::task::spawn_blocking(move || plain(&path)).await??;
        figures.plain_reads.push(reads);
        figures.reads_alone.push(per_second(1, &users, Work::Read).await?);
        figures
            .reads_together
            .push(per_second(TASKS, &users, Work::Read).await?);
        figures.plain_writes.push(writes);
        figures.writes_alone.push(per_second(1, &users, Work::Write).await?);
        figures
            .writes_together
            .push(per_second(TASKS, &users, Work::Write).await?);
    }
    users.close().await;
    Ok(figures)
}

fn name(n: u64) -> String {
    format!("user{n:06}")
}

/// A key that no two calls in a row share, the same for everyone who is measured.
fn key(n: u64) -> String {
    name(n.wrapping_mul(7919) % USERS)
}

async fn insert(users: SqliteUsers, n: u64) -> Result<(), Failure> {
    let account = Account::new(name(n))
        .with_email(format!("user{n}@example.com"))
        .with_full_name("John Doe")
        .with_password_hash(HashString::from(
            "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2E$c29tZWhhc2hzb21laGFzaHNvbWVoYXNo",
        ))
        .with_scopes(["me", "items"].into_iter().collect());
    Ok(users.insert(&account).await?)
}

#[derive(Clone, Copy)]
enum Work {
    Read,
    Write,
}

async fn work(users: &SqliteUsers, what: Work, n: u64) -> Result<(), Failure> {
    let id = UserId::from(key(n));
    let found = match what {
        Work::Read => users.by_id(&id).await?,
        Work::Write => {
            let change = AccountChange {
                end_tokens: true,
                ..AccountChange::default()
            };
            users.update(&id, &change).await?
        }
    };
    found.map(drop).ok_or_else(|| "a user is missing".into())
}

/// The floor: the plain binding on one thread, one prepared SELECT, then one commit per write. Reads and writes a second.
fn plain(path: &Path) -> Result<(f64, f64), Failure> {
    let db = Connection::open(path)?;
    db.execute_batch("PRAGMA synchronous = FULL")?;
    let mut select = db.prepare(SELECT)?;
    let reads = repeat(|n| {
        let bytes = select.query_row([key(n)], |row| {
            let text = |column| row.get::<_, String>(column);
            let (id, username, email, full_name) = (text(0)?, text(1)?, text(2)?, text(3)?);
            let (hash, scopes) = (text(5)?, text(6)?);
            let _: (bool, i64) = (row.get(4)?, row.get(7)?);
            Ok(id.len() + username.len() + email.len() + full_name.len() + hash.len() + scopes.len())
        })?;
        std::hint::black_box(bytes);
        Ok(())
    })?;
    let mut update = db.prepare(UPDATE)?;
    let writes = repeat(|n| Ok(update.execute([key(n)]).map(drop)?))?;
    Ok((reads, writes))
}

/// How often a second something is done, one after the other.
fn repeat(mut work: impl FnMut(u64) -> Result<(), Failure>) -> Result<f64, Failure> {
    let begun = Instant::now();
    let mut count = 0_u64;
    while begun.elapsed() < TIME {
        for _ in 0..8 {
            work(count)?;
            count += 1;
        }
    }
    Ok(count as f64 / begun.elapsed().as_secs_f64())
}

/// How often a second `tasks` tasks together do it, each one after the other.
async fn per_second(tasks: u64, users: &SqliteUsers, what: Work) -> Result<f64, Failure> {
    let begun = Instant::now();
    let next = Arc::new(AtomicU64::new(0));
    let running: Vec<_> = (0..tasks)
        .map(|_| {
            let (users, next) = (users.clone(), next.clone());
            tokio::spawn(async move {
                while begun.elapsed() < TIME {
                    for _ in 0..8 {
                        work(&users, what, next.fetch_add(1, Ordering::Relaxed)).await?;
                    }
                    // Reads never wait, so nothing else would let the other tasks of this thread run.
                    tokio::task::yield_now().await;
                }
                Ok::<(), Failure>(())
            })
        })
        .collect();
    for task in running {
        task.await??;
    }
    Ok(next.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64())
}

impl Figures {
    fn print(&self) {
        let mut table = Table::new(["", "per second", "µs each", "of the floor"]);
        let rows = [
            (
                "read by id: floor, one thread, one prepared SELECT",
                &self.plain_reads,
                &self.plain_reads,
            ),
            ("read by id: SqliteUsers, 1 task", &self.reads_alone, &self.plain_reads),
            (
                "read by id: SqliteUsers, 64 tasks on 2 threads",
                &self.reads_together,
                &self.plain_reads,
            ),
            (
                "durable write: floor, one thread, a commit each",
                &self.plain_writes,
                &self.plain_writes,
            ),
            (
                "durable write: SqliteUsers, 1 task",
                &self.writes_alone,
                &self.plain_writes,
            ),
            (
                "durable write: SqliteUsers, 64 tasks",
                &self.writes_together,
                &self.plain_writes,
            ),
        ];
        for (name, figures, floor) in rows {
            let per_second = median(figures.iter().copied());
            let ratio = median(figures.iter().zip(floor).map(|(own, floor)| own / floor));
            table.row([
                name.to_owned(),
                format!("{per_second:.0}"),
                format!("{:.1}", 1e6 / per_second),
                format!("{ratio:.2}"),
            ]);
        }
        table.print();
    }
}
