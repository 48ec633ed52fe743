//! What was tried on accounts, in SQLite.

use portcullis_core::{
    AccountKey, AccountSeen, Dispensable, KnownNetwork, SideKey, SideState, StoreError, ThrottleStore,
};
use rusqlite::Connection;

use super::database::Database;
use super::error::OpenError;
use super::statement::{all, execute, first};
use crate::own::throttle;
use crate::own::value::Value;

/// What was tried on accounts, and from where their owners log in, in an SQLite file: one count for every process that has
/// it open. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SqliteThrottle {
    database: Database,
}

impl SqliteThrottle {
    /// In a database that is open already. Our tables are `portcullis_throttle` and `portcullis_known_networks`.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn on(database: Database) -> Result<Self, OpenError> {
        database.migrate(throttle::STEPS_OF, throttle::SQLITE).await?;
        Ok(Self { database })
    }
}

impl ThrottleStore for SqliteThrottle {
    async fn read(&self, account: &AccountKey, sides: &[SideKey]) -> Result<AccountSeen, StoreError> {
        self.database.read(|connection| {
            let mut seen = AccountSeen::default();
            for side in sides {
                let state = first(
                    connection,
                    throttle::SIDE,
                    &throttle::which(account, side),
                    throttle::state,
                )?;
                seen.sides.extend(state.map(|state| (*side, state)));
            }
            let account = [account.as_bytes().as_slice().into()];
            seen.networks = all(connection, throttle::NETWORKS, &account, throttle::network)?;
            Ok(seen)
        })
    }

    async fn swap(
        &self,
        account: &AccountKey,
        side: &SideKey,
        seen: Option<&[u8]>,
        next: Option<&SideState>,
    ) -> Result<bool, StoreError> {
        let (account, side, seen, next) = (*account, *side, seen.map(<[u8]>::to_vec), next.cloned());
        let swap = move |connection: &Connection| swap(connection, (account, side), seen.as_deref(), next.as_ref());
        self.database.write_own(swap).await
    }

    async fn remember(&self, account: &AccountKey, network: KnownNetwork, at_most: usize) -> Result<(), StoreError> {
        let account = *account;
        let remember = move |connection: &Connection| {
            execute(connection, throttle::REMEMBER, &throttle::remembered(&account, network))?;
            let values = [account.as_bytes().as_slice().into(), count(at_most)];
            execute(connection, throttle::KEEP_LAST, &values).map(drop)
        };
        self.database.write_own(remember).await
    }

    async fn forget(&self, account: &AccountKey) -> Result<(), StoreError> {
        let account = *account;
        let forget = move |connection: &Connection| {
            execute(connection, throttle::FORGET, &[account.as_bytes().as_slice().into()]).map(drop)
        };
        self.database.write_own(forget).await
    }

    async fn tidy(&self, what: &Dispensable, limit: usize) -> Result<usize, StoreError> {
        let what = *what;
        self.database
            .write_own(move |connection| tidy(connection, &what, limit))
            .await
    }
}

/// Puts one state in the place of another; whether it did.
fn swap(
    connection: &Connection,
    (account, side): (AccountKey, SideKey),
    seen: Option<&[u8]>,
    next: Option<&SideState>,
) -> rusqlite::Result<bool> {
    let [own_account, own_side] = throttle::which(&account, &side);
    let changed = match (seen, next) {
        (None, None) => {
            let found = first(connection, throttle::SIDE, &[own_account, own_side], throttle::state)?;
            usize::from(found.is_none())
        }
        (None, Some(next)) => execute(connection, throttle::ADD, &throttle::changed(&account, &side, next))?,
        (Some(seen), None) => execute(connection, throttle::REMOVE, &[own_account, own_side, seen.into()])?,
        (Some(seen), Some(next)) => {
            let values = throttle::changed(&account, &side, next);
            let values: Vec<Value<'_>> = values.into_iter().chain([seen.into()]).collect();
            execute(connection, throttle::CHANGE, &values)?
        }
    };
    Ok(changed == 1)
}

fn tidy(connection: &Connection, what: &Dispensable, limit: usize) -> rusqlite::Result<usize> {
    let idle = [Value::count(what.touched_before), count(limit)];
    let mut sides = execute(connection, throttle::DROP_IDLE, &idle)?;
    let there = first(connection, throttle::COUNT, &[], |row| row.count(0))?.unwrap_or_default();
    let beyond = usize::try_from(there.saturating_sub(what.beyond)).unwrap_or(usize::MAX);
    let beyond = beyond.min(limit.saturating_sub(sides));
    if beyond > 0 {
        let least = execute(connection, throttle::DROP_LEAST, &[count(beyond)])?;
        sides = sides.saturating_add(least);
    }
    let old = [Value::count(what.seen_before.into()), count(limit)];
    Ok(sides.saturating_add(execute(connection, throttle::DROP_NETWORKS, &old)?))
}

fn count(number: usize) -> Value<'static> {
    Value::count(u64::try_from(number).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    portcullis_core::throttle_store_contract!(async {
        let database = Database::temporary().await.expect("opens");
        SqliteThrottle::on(database).await.expect("migrated")
    });

    #[tokio::test]
    async fn what_another_process_counted_is_seen() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("app.db");
        let mut stores = Vec::new();
        for _ in 0..2 {
            let database = Database::open(&path).await.expect("opens");
            stores.push(SqliteThrottle::on(database).await.expect("migrated"));
        }
        let (account, side) = (AccountKey::from_bytes([1; 16]), SideKey::from_bytes([0; 8]));
        let state = SideState {
            state: vec![7],
            streak: 1,
            touched: 1,
        };
        for (at, store) in stores.iter().enumerate() {
            assert_eq!(
                store.swap(&account, &side, None, Some(&state)).await.ok(),
                Some(at == 0)
            );
        }
        let seen = stores[1].read(&account, &[side]).await.expect("read");
        assert_eq!(seen.sides, [(side, vec![7])]);
    }

    #[tokio::test]
    async fn nothing_that_an_attempt_asks_looks_through_a_table() {
        let database = Database::temporary().await.expect("opens");
        SqliteThrottle::on(database.clone()).await.expect("migrated");
        let plans = |connection: &Connection| {
            let asked = [
                throttle::SIDE,
                throttle::NETWORKS,
                throttle::CHANGE,
                throttle::REMOVE,
                throttle::FORGET,
            ];
            for sql in asked {
                let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
                let numbers = plan.parameter_count();
                let lines = plan.query_map(rusqlite::params_from_iter(vec![0_i64; numbers]), |row| {
                    row.get::<_, String>(3)
                })?;
                for line in lines {
                    let line = line?;
                    assert!(!line.contains("SCAN"), "{sql}: {line}");
                }
            }
            Ok(())
        };
        database.read(plans).expect("planned");
    }
}
