//! A million users: audited from a file and from a table, imported and exported, each by the binary, with its memory.

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use portcullis_sql::rusqlite::Connection;

use crate::process::portcullis_binary;
use crate::table::Table;

const USERS: u32 = 1_000_000;

/// Hashes in the shares of a table that lived long.
const HASHES: [&str; 4] = [
    "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW",
    "pbkdf2_sha256$120000$salt$sQ+M7xwymls4tf8TFrlyZ0MQED3BsLxNJMkVgHXVvAs=",
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$sQ+M7xwymls4tf8TFrlyZ0MQED3BsLxNJMkVgHXVvAs",
    "pbkdf2_sha256$1000000$salt$sQ+M7xwymls4tf8TFrlyZ0MQED3BsLxNJMkVgHXVvAs=",
];

fn hash(user: u32) -> &'static str {
    let place = usize::try_from(user).unwrap_or(0) % HASHES.len();
    HASHES.get(place).copied().unwrap_or_default()
}

/// Runs a command to its end: the time it took, and the most memory it held, in MiB.
fn measure(arguments: &[&str]) -> io::Result<(Duration, f64)> {
    let start = Instant::now();
    let mut child = Command::new(portcullis_binary()?)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let mut most = 0_u64;
    let status = loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let held = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let held = held.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        most = most.max(held.unwrap_or(0));
        match child.try_wait()? {
            Some(status) => break status,
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    if !status.success() {
        return Err(io::Error::other(format!("{arguments:?} ended with {status}")));
    }
    Ok((start.elapsed(), most as f64 / 1024.0))
}

/// The floor of an import: the same rows into a table of SQLite, 512 in a transaction, on the disk.
fn floor(path: &Path) -> io::Result<Duration> {
    let failed = io::Error::other::<portcullis_sql::rusqlite::Error>;
    let start = Instant::now();
    let mut database = Connection::open(path).map_err(failed)?;
    let tables = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
        CREATE TABLE users (id TEXT PRIMARY KEY, username TEXT NOT NULL UNIQUE, hash TEXT) STRICT";
    database.execute_batch(tables).map_err(failed)?;
    for first in (0..USERS).step_by(512) {
        let transaction = database.transaction().map_err(failed)?;
        {
            let mut insert = transaction
                .prepare_cached("INSERT INTO users VALUES (?1, ?1, ?2)")
                .map_err(failed)?;
            for user in first..USERS.min(first + 512) {
                insert.execute((format!("user{user}"), hash(user))).map_err(failed)?;
            }
        }
        transaction.commit().map_err(failed)?;
    }
    Ok(start.elapsed())
}

pub fn run() -> io::Result<()> {
    println!("\na million users, by the binary");
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let (file, data, out) = (path("users.csv"), path("data"), path("out.csv"));
    let mut csv = BufWriter::new(std::fs::File::create(&file)?);
    writeln!(csv, "username,password_hash")?;
    for user in 0..USERS {
        writeln!(csv, "user{user},\"{}\"", hash(user))?;
    }
    csv.into_inner()?.sync_all()?;
    measure(&["init", "--data", &data])?;
    let floor = floor(&folder.path().join("floor.db"))?;
    let mut table = Table::new(["", "rows per second", "most memory MiB", "of the floor"]);
    let per_second = |time: Duration| f64::from(USERS) / time.as_secs_f64();
    for (what, arguments) in [
        ("hash audit users.csv", vec!["hash", "audit", &file]),
        ("user import users.csv", vec!["user", "import", &file, "--data", &data]),
        ("hash audit, of our table", vec!["hash", "audit", "--data", &data]),
        ("user export", vec!["user", "export", "-o", &out, "--data", &data]),
    ] {
        let (time, memory) = measure(&arguments)?;
        let of_floor = match what.contains("import") {
            true => format!("{:.2}", floor.as_secs_f64() / time.as_secs_f64()),
            false => "-".to_owned(),
        };
        table.row([
            what.to_owned(),
            format!("{:.0}", per_second(time)),
            format!("{memory:.1}"),
            of_floor,
        ]);
    }
    table.row([
        "floor: bare inserts, 512 in a commit".to_owned(),
        format!("{:.0}", per_second(floor)),
        "-".to_owned(),
        "1.00".to_owned(),
    ]);
    table.print();
    Ok(())
}
