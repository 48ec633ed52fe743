//! The audit trail on a disk: rows written in the step of an act, rows gathered, seals, and a look through a million
//! rows.

use std::io;
use std::time::{Duration, Instant};

use portcullis_core::{Accounts, Audit, AuditEvent, AuditKind, AuditStore as _, Auth, Cause, NewAccount, Secrets};
use portcullis_jose::SigningKey;
use portcullis_sql::{Database, SqliteAudit, SqliteUsers};

use crate::table::{Table, median};

const ROWS: usize = 1_000_000;
const ROUNDS: usize = 5;
/// How many write at once.
const WRITERS: usize = 64;
const EACH: usize = 100;

pub fn run() -> io::Result<()> {
    println!("\n(j) the audit trail, SQLite with synchronous=FULL");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure()).map_err(io::Error::other)
}

type Done<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

async fn measure() -> Done<()> {
    let folder = tempfile::tempdir()?;
    let (plain, audited) = (folder.path().join("plain.db"), folder.path().join("audited.db"));
    let plain = SqliteUsers::on(Database::open(plain).await?).await?;
    let audited = SqliteUsers::on(Database::open(audited).await?).await?;
    let store = SqliteAudit::on(audited.database().clone()).await?;
    let key = || SigningKey::hs256(b"a secret of at least 256 bits, say 32 bytes");
    let plain = Accounts::new(Auth::builder(key()?, plain.clone()).build()?, plain);
    let builder = Auth::builder(key()?, audited.clone()).secrets(Secrets::of_one([7; 32]));
    let auth = builder.audit(store.clone()).build()?;
    let audit = auth.audit().ok_or("no trail")?.clone();
    let audited = Accounts::new(auth, audited);
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        without.push(additions(&plain, round).await?);
        with.push(additions(&audited, round).await?);
    }
    let mut table = Table::new(["", "rows/s", "ratio"]);
    let (without, with) = (median(without), median(with));
    table.row([
        "accounts added without a trail".into(),
        format!("{without:.0}"),
        String::new(),
    ]);
    let ratio = format!("{:.2}", with / without);
    table.row(["accounts added, each with its row".into(), format!("{with:.0}"), ratio]);
    table_of_a_million(&audit, store.head().await?.position, &mut table).await?;
    table.print();
    Ok(())
}

/// A million rows: gathered, sealed, looked through.
async fn table_of_a_million(audit: &Audit, before: u64, table: &mut Table<3>) -> Done<()> {
    let start = Instant::now();
    let mut told = usize::try_from(before)?;
    while told < ROWS {
        // As many as wait at most.
        for _ in 0..10_000 {
            audit.tell(event("alice"));
        }
        audit.flush().await?;
        told += 10_000;
    }
    let gathered = (told as f64 - before as f64) / start.elapsed().as_secs_f64();
    table.row([
        "rows gathered, 500 a write".into(),
        format!("{gathered:.0}"),
        String::new(),
    ]);
    let (start, mut seals) = (Instant::now(), 0);
    while audit.seal().await?.is_some() {
        seals += 1;
    }
    let sealed = told as f64 / start.elapsed().as_secs_f64();
    table.row([
        format!("rows sealed, {seals} seals"),
        format!("{sealed:.0}"),
        String::new(),
    ]);
    let start = Instant::now();
    let report = audit.verify(&[]).await?;
    let took = start.elapsed();
    if !report.is_whole() || report.unsealed > 0 {
        return Err(format!("the trail is not whole: {report:?}").into());
    }
    let looked = report.rows as f64 / took.as_secs_f64();
    table.row([
        format!("rows looked through ({:.1} s)", took.as_secs_f64()),
        format!("{looked:.0}"),
        String::new(),
    ]);
    Ok(())
}

fn event(subject: &str) -> AuditEvent {
    AuditEvent::new(AuditKind::LoginFailed, Cause::default())
        .of(subject)
        .with("reason", "credentials")
}

/// Accounts added a second, by many at once; with a trail each leaves its row in its own step.
async fn additions(accounts: &Accounts<SqliteUsers>, round: usize) -> Done<f64> {
    let start = Instant::now();
    let writers = (0..WRITERS).map(|writer| {
        let accounts = accounts.clone();
        tokio::spawn(async move {
            for n in 0..EACH {
                accounts
                    .create(NewAccount::named(format!("{round}-{writer}-{n}")))
                    .await?;
            }
            Ok::<_, portcullis_core::AccountError>(())
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await??;
    }
    let all = WRITERS * EACH;
    Ok(all as f64 / start.elapsed().max(Duration::from_micros(1)).as_secs_f64())
}
