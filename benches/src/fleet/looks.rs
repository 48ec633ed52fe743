//! A user looked up by id in PostgreSQL, while users become more and more.

use std::time::Instant;

use portcullis_core::{UserId, UserStore as _};
use portcullis_sql::PostgresUsers;

use super::{Failure, ROUNDS, TASKS, TIME};
use crate::postgres::Postgres;
use crate::table::{Table, median};

/// How many links look, as the store has them.
const LOOKS: usize = 2;

/// A user by their id, while users become more and more.
pub(super) async fn looks(postgres: &Postgres, steps: &[u64]) -> Result<(), Failure> {
    let users = PostgresUsers::open(&postgres.url()).await?;
    let mut table = Table::new(["users", "pgbench/s", "ours/s", "ratio", "against the first"]);
    let (mut there, mut first) = (0, None);
    for &number in steps {
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
pub(super) fn more(there: u64, number: u64) -> String {
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
