//! What was tried on accounts, in PostgreSQL.

use portcullis_core::{
    AccountKey, AccountSeen, Dispensable, KnownNetwork, SideKey, SideState, StoreError, ThrottleStore,
};

use super::act::{Act, Isolation, act};
use super::database::PostgresDatabase;
use super::error::PostgresError;
use super::failure::Failure;
use crate::own::value::Value;
use crate::own::{gathered, throttle};

/// What was tried on accounts, and from where their owners log in, in a PostgreSQL database: one count for every process that
/// uses it. What was counted in the last half second before the database crashes may be lost. Cheap to clone.
#[derive(Debug, Clone)]
pub struct PostgresThrottle {
    database: PostgresDatabase,
}

impl PostgresThrottle {
    /// In a database that is open already. Our tables are `portcullis_throttle` and `portcullis_known_networks`.
    ///
    /// # Errors
    /// See [`PostgresError`].
    pub async fn on(database: PostgresDatabase) -> Result<Self, PostgresError> {
        database.migrate(throttle::STEPS_OF, throttle::POSTGRES).await?;
        Ok(Self { database })
    }
}

impl ThrottleStore for PostgresThrottle {
    async fn read(&self, account: &AccountKey, sides: &[SideKey]) -> Result<AccountSeen, StoreError> {
        let sides = gathered::sides(sides);
        let values = gathered::asked(account, &sides);
        let seen = self.database.look(gathered::SEEN, &values, gathered::seen).await?;
        Ok(gathered::account(seen))
    }

    async fn swap(
        &self,
        account: &AccountKey,
        side: &SideKey,
        seen: Option<&[u8]>,
        next: Option<&SideState>,
    ) -> Result<bool, StoreError> {
        let [own_account, own_side] = throttle::which(account, side);
        let changed = match (seen, next) {
            (None, None) => {
                let which = [own_account, own_side];
                let found = self.database.look(throttle::SIDE, &which, throttle::state).await?;
                return Ok(found.is_empty());
            }
            (None, Some(next)) => {
                let values = throttle::changed(account, side, next);
                self.database.write_soft(throttle::ADD, &values).await?
            }
            (Some(seen), None) => {
                let values = [own_account, own_side, seen.into()];
                self.database.write_soft(throttle::REMOVE, &values).await?
            }
            (Some(seen), Some(next)) => {
                let [state, streak, touched, account, side] = throttle::changed(account, side, next);
                let values = [state, streak, touched, account, side, seen.into()];
                self.database.write_soft(throttle::CHANGE, &values).await?
            }
        };
        Ok(changed == 1)
    }

    async fn remember(&self, account: &AccountKey, network: KnownNetwork, at_most: usize) -> Result<(), StoreError> {
        let remembered = throttle::remembered(account, network);
        self.database.write_soft(throttle::REMEMBER, &remembered).await?;
        let values = [account.as_bytes().as_slice().into(), count(at_most)];
        self.database.write_soft(throttle::KEEP_LAST, &values).await.map(drop)
    }

    /// Whoever hears that it was done relies on it.
    async fn forget(&self, account: &AccountKey) -> Result<(), StoreError> {
        let account = [account.as_bytes().as_slice().into()];
        self.database.write(throttle::FORGET, &account).await.map(drop)
    }

    async fn tidy(&self, what: &Dispensable, limit: usize) -> Result<usize, StoreError> {
        act!(self.database, Isolation::ReadCommitted, act => tidy(&act, what, limit))
    }
}

async fn tidy(act: &Act, what: &Dispensable, limit: usize) -> Result<usize, Failure> {
    let idle = [Value::count(what.touched_before), count(limit)];
    let mut sides = rows(act.execute(throttle::DROP_IDLE, &idle).await?);
    let there = act.first(throttle::COUNT, &[], |row| row.count(0)).await?;
    let beyond = rows(there.unwrap_or_default().saturating_sub(what.beyond));
    let beyond = beyond.min(limit.saturating_sub(sides));
    if beyond > 0 {
        let least = act.execute(throttle::DROP_LEAST, &[count(beyond)]).await?;
        sides = sides.saturating_add(rows(least));
    }
    let old = [Value::count(what.seen_before.into()), count(limit)];
    let networks = act.execute(throttle::DROP_NETWORKS, &old).await?;
    Ok(sides.saturating_add(rows(networks)))
}

fn count(number: usize) -> Value<'static> {
    Value::count(u64::try_from(number).unwrap_or(u64::MAX))
}

fn rows(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
