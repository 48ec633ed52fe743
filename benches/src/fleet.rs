//! Our tables in PostgreSQL, against what the engine does by itself with the same statements over as many links.

use std::error::Error;
use std::io;
use std::time::{Duration, Instant};

use portcullis_core::jose::{Algorithm, SigningKey};
use portcullis_core::password::OsRandom;
use portcullis_core::{Attempt, Auth, MasterKey, ScopeSet, Secrets, SystemClock, UserId, UserStore as _};
use portcullis_sql::{PostgresAudit, PostgresDatabase, PostgresSecrets, PostgresSessions, PostgresUsers};

use crate::postgres::Postgres;
use crate::sessions;
use crate::table::{Table, median};

const TASKS: u64 = 64;
const ROUNDS: usize = 5;
const TIME: Duration = sessions::TIME;

/// How many links look, and how many write, as the store has them.
const LOOKS: usize = 2;
const WRITES: usize = 8;

/// How many users there are, from step to step.
const USERS: [u64; 3] = [10_000, 100_000, 1_000_000];

type Failure = Box<dyn Error + Send + Sync>;

pub fn run() -> io::Result<()> {
    println!("\n(m) our tables in PostgreSQL, {TASKS} tasks, everything on this machine");
    let Some(postgres) = Postgres::start()? else {
        return Ok(());
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(looks(&postgres)).map_err(io::Error::other)?;
    runtime.block_on(refreshes(&postgres)).map_err(io::Error::other)
}

/// Refreshes, each with its row of the audit trail, against one changed row and one new row in one transaction.
async fn refreshes(postgres: &Postgres) -> Result<(), Failure> {
    postgres.run(FLOOR_TABLES)?;
    let database = PostgresDatabase::open(&postgres.url()).await?;
    let users = PostgresUsers::on(database.clone()).await?;
    let user = users.by_id(&UserId::from("1")).await?.ok_or("no user")?;
    let master = MasterKey::from_hex(&MasterKey::generate_hex(&OsRandom)?)?;
    let secrets = PostgresSecrets::on(database.clone()).await?;
    let secrets = Secrets::open(&secrets, &master, &SystemClock).await?;
    let auth: Auth = Auth::builder(SigningKey::generate(Algorithm::EdDSA)?, users)
        .secrets(secrets)
        .sessions(PostgresSessions::on(database.clone()).await?)
        .audit(PostgresAudit::on(database).await?)
        .build()?;
    let mut tokens = Vec::new();
    for _ in 0..TASKS {
        let begun = auth.begin(&user, ScopeSet::empty(), None, &Attempt::default()).await?;
        tokens.push(begun.refresh_token.ok_or("no refresh token")?);
    }
    let (mut floors, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        floors.push(tokio::task::block_in_place(|| postgres.pgbench(FLOOR, WRITES, TIME))?);
        let begun = Instant::now();
        let running: Vec<_> = std::mem::take(&mut tokens)
            .into_iter()
            .map(|token| tokio::spawn(sessions::refresh(auth.clone(), token, begun)))
            .collect();
        let mut count = 0_u32;
        for task in running {
            let (token, times) = task.await??;
            tokens.push(token);
            count += times;
        }
        ours.push(f64::from(count) / begun.elapsed().as_secs_f64());
    }
    let (floor, rate) = (median(floors), median(ours));
    let mut table = Table::new(["", "per second", "ratio"]);
    let floor_name = format!("floor: pgbench, {WRITES} links, an UPDATE and an INSERT in one transaction");
    table.row([floor_name, format!("{floor:.0}"), "1".into()]);
    table.row([
        "refreshes, with both tokens and a row of the audit trail".into(),
        format!("{rate:.0}"),
        format!("{:.2}", rate / floor),
    ]);
    table.print();
    Ok(())
}

/// Rows of about the size of ours.
const FLOOR_TABLES: &str = "\
    CREATE TABLE floor_families (id BYTEA PRIMARY KEY, session_id BYTEA, user_id TEXT, scopes TEXT, generation BIGINT, \
        digest BYTEA, parent BYTEA, nonce BYTEA, rotated BIGINT, idle BIGINT) WITH (fillfactor = 80); \
    CREATE TABLE floor_rows (id BYTEA PRIMARY KEY, at BIGINT, kind BIGINT, actor TEXT, subject TEXT, session BYTEA, \
        peer TEXT, mac BYTEA); \
    INSERT INTO floor_families SELECT decode(md5(n::text), 'hex'), decode(md5(n::text), 'hex'), n::text, 'me items', 0, \
        decode(md5(n::text) || md5(n::text), 'hex'), NULL, decode(md5(n::text), 'hex'), 0, 0 \
        FROM generate_series(1, 10000) n; \
    ANALYZE floor_families";

/// The hardest floor: all in one flight.
const FLOOR: &str = "\\set n random(1, 10000)
\\startpipeline
BEGIN;
UPDATE floor_families SET generation = generation + 1, parent = digest, digest = decode(md5(:n::text) || md5(:n::text), 'hex'), \
nonce = decode(md5(:n::text), 'hex'), rotated = :n, idle = :n WHERE id = decode(md5(:n::text), 'hex');
INSERT INTO floor_rows VALUES (uuid_send(gen_random_uuid()), :n, 10, 'user:1', '1', decode(md5(:n::text), 'hex'), \
'198.51.100.7', decode(md5(:n::text), 'hex'));
COMMIT;
\\endpipeline
";

/// A user by their id, while users become more and more.
async fn looks(postgres: &Postgres) -> Result<(), Failure> {
    let users = PostgresUsers::open(&postgres.url()).await?;
    let mut table = Table::new(["users", "pgbench/s", "ours/s", "ratio", "against the first"]);
    let (mut there, mut first) = (0, None);
    for number in USERS {
        postgres.run(&more(there, number))?;
        there = number;
        let floor = format!(
            "\\set id random(1, {number})\nSELECT id, username, email, full_name, disabled, password_hash, scopes, \
             token_epoch, password_salt, password_algorithm, password_user FROM portcullis_accounts WHERE id = :id::text;\n"
        );
        let (mut floors, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            floors.push(tokio::task::block_in_place(|| postgres.pgbench(&floor, LOOKS, TIME))?);
            ours.push(looked(&users, number).await?);
        }
        let (floor, rate) = (median(floors), median(ours));
        let first = *first.get_or_insert(rate);
        table.row([
            number.to_string(),
            format!("{floor:.0}"),
            format!("{rate:.0}"),
            format!("{:.2}", rate / floor),
            format!("{:.2}", rate / first),
        ]);
    }
    table.print();
    Ok(())
}

/// Adds users until there are so many.
fn more(there: u64, number: u64) -> String {
    format!(
        "INSERT INTO portcullis_accounts (id, username, email, disabled, password_hash, scopes, token_epoch) \
         SELECT n::text, 'user' || n, 'user' || n || '@example.com', 0, \
         '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$' || md5(n::text), 'me items', 0 \
         FROM generate_series({} , {number}) n; ANALYZE portcullis_accounts",
        there + 1
    )
}

/// Looks per second of all tasks.
async fn looked(users: &PostgresUsers, number: u64) -> Result<f64, Failure> {
    let begun = Instant::now();
    let running: Vec<_> = (0..TASKS)
        .map(|task| {
            let users = users.clone();
            tokio::spawn(async move {
                let (mut count, mut at) = (0_u32, task * 7_919);
                while begun.elapsed() < TIME {
                    // Every one in a scattered order.
                    at = (at + 982_451_653) % number;
                    users
                        .by_id(&UserId::from((at + 1).to_string()))
                        .await?
                        .ok_or("no user")?;
                    count += 1;
                }
                Ok::<_, Failure>(count)
            })
        })
        .collect();
    let mut count = 0;
    for task in running {
        count += task.await??;
    }
    Ok(f64::from(count) / begun.elapsed().as_secs_f64())
}
