//! Refreshes in PostgreSQL, against one changed row and one new row in one transaction.

use std::time::Instant;

use portcullis_core::jose::{Algorithm, SigningKey};
use portcullis_core::password::OsRandom;
use portcullis_core::{Attempt, Auth, MasterKey, ScopeSet, Secrets, SystemClock, UserId, UserStore as _};
use portcullis_sql::{PostgresAudit, PostgresDatabase, PostgresSecrets, PostgresSessions, PostgresUsers};

use super::{Failure, ROUNDS, TASKS, TIME};
use crate::postgres::Postgres;
use crate::sessions;
use crate::table::{Table, median};

/// How many links write, as the store has them.
pub(super) const WRITES: usize = 7;

/// Refreshes, each with its row of the audit trail, against one changed row and one new row in one transaction.
pub(super) async fn refreshes(postgres: &Postgres) -> Result<(), Failure> {
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
pub(super) const FLOOR_TABLES: &str = "\
    CREATE TABLE floor_families (id BYTEA PRIMARY KEY, session_id BYTEA, user_id TEXT, scopes TEXT, generation BIGINT, \
        digest BYTEA, parent BYTEA, nonce BYTEA, rotated BIGINT, idle BIGINT) WITH (fillfactor = 80); \
    CREATE TABLE floor_rows (id BYTEA PRIMARY KEY, at BIGINT, kind BIGINT, actor TEXT, subject TEXT, session BYTEA, \
        peer TEXT, mac BYTEA); \
    INSERT INTO floor_families SELECT decode(md5(n::text), 'hex'), decode(md5(n::text), 'hex'), n::text, 'me items', 0, \
        decode(md5(n::text) || md5(n::text), 'hex'), NULL, decode(md5(n::text), 'hex'), 0, 0 \
        FROM generate_series(1, 10000) n; \
    ANALYZE floor_families";

/// The hardest floor: all in one flight.
pub(super) const FLOOR: &str = "\\set n random(1, 10000)
\\startpipeline
BEGIN;
UPDATE floor_families SET generation = generation + 1, parent = digest, digest = decode(md5(:n::text) || md5(:n::text), 'hex'), \
nonce = decode(md5(:n::text), 'hex'), rotated = :n, idle = :n WHERE id = decode(md5(:n::text), 'hex');
INSERT INTO floor_rows VALUES (uuid_send(gen_random_uuid()), :n, 10, 'user:1', '1', decode(md5(:n::text), 'hex'), \
'198.51.100.7', decode(md5(:n::text), 'hex'));
COMMIT;
\\endpipeline
";
