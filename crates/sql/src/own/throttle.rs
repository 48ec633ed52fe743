//! What was tried on accounts, and from where their owners log in. Accounts and networks stand here as keyed digests alone.

use portcullis_core::{AccountKey, KnownNetwork, SideKey, SideState};

use super::row::{Row, Unreadable};
use super::statement::statements;
use super::value::Value;

/// The name that the steps below are remembered under.
pub(crate) const STEPS_OF: &str = "portcullis_throttle";

/// The steps that make both tables in SQLite. What was released is never changed.
pub(crate) const SQLITE: &[&str] = &[include_str!("throttle/sqlite/1_throttle.sql")];

/// The same in PostgreSQL.
#[cfg(feature = "postgres")]
pub(crate) const POSTGRES: &[&str] = &[include_str!("throttle/postgres/1_throttle.sql")];

statements! {
    /// What is remembered of the side `$2` of the account `$1`, for [`state`].
    SIDE = "SELECT state FROM portcullis_throttle WHERE account = $1 AND side = $2";
    /// The networks of the account `$1`, for [`network`].
    NETWORKS = "SELECT network, day FROM portcullis_known_networks WHERE account = $1";
    /// Adds a side ([`changed`]) that is not there.
    ADD = "INSERT INTO portcullis_throttle (state, streak, touched, account, side) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (account, side) DO NOTHING";
    /// Changes a side ([`changed`]), if what is remembered is still `$6`.
    CHANGE = "UPDATE portcullis_throttle SET state = $1, streak = $2, touched = $3 \
        WHERE account = $4 AND side = $5 AND state = $6";
    /// Removes the side `$2` of the account `$1`, if what is remembered is still `$3`.
    REMOVE = "DELETE FROM portcullis_throttle WHERE account = $1 AND side = $2 AND state = $3";
    /// Removes all sides of the account `$1`.
    FORGET = "DELETE FROM portcullis_throttle WHERE account = $1";
    /// Remembers that the network `$2` of the account `$1` was used on the day `$3`.
    REMEMBER = "INSERT INTO portcullis_known_networks (account, network, day) VALUES ($1, $2, $3) \
        ON CONFLICT (account, network) DO UPDATE SET day = excluded.day WHERE portcullis_known_networks.day < excluded.day";
    /// Removes the networks of the account `$1` but for the `$2` that were used last.
    KEEP_LAST = "DELETE FROM portcullis_known_networks WHERE account = $1 AND network NOT IN \
        (SELECT network FROM portcullis_known_networks WHERE account = $1 ORDER BY day DESC, network LIMIT $2)";
    /// How many sides there are.
    COUNT = "SELECT count(*) FROM portcullis_throttle";
    /// Removes the `$1` sides with the lowest streak, of those the ones that were touched longest ago.
    DROP_LEAST = "DELETE FROM portcullis_throttle WHERE (account, side) IN \
        (SELECT account, side FROM portcullis_throttle ORDER BY streak, touched LIMIT $1)";
    /// Removes at most `$2` sides that were not touched since `$1`, nor meanwhile.
    DROP_IDLE = "DELETE FROM portcullis_throttle WHERE touched < $1 AND (account, side) IN \
        (SELECT account, side FROM portcullis_throttle WHERE touched < $1 ORDER BY streak, touched LIMIT $2)";
    /// Removes at most `$2` networks that were not used since the day `$1`, nor meanwhile.
    DROP_NETWORKS = "DELETE FROM portcullis_known_networks WHERE day < $1 AND (account, network) IN \
        (SELECT account, network FROM portcullis_known_networks WHERE day < $1 ORDER BY day LIMIT $2)";
}

/// A side of an account, as a statement is given it.
pub(crate) fn which<'a>(account: &'a AccountKey, side: &'a SideKey) -> [Value<'a>; 2] {
    [account.as_bytes().as_slice().into(), side.as_bytes().as_slice().into()]
}

/// What [`ADD`] and, before what was seen, [`CHANGE`] are given.
pub(crate) fn changed<'a>(account: &'a AccountKey, side: &'a SideKey, next: &'a SideState) -> [Value<'a>; 5] {
    let [account, side] = which(account, side);
    [
        next.state.as_slice().into(),
        Value::count(next.streak.into()),
        Value::count(next.touched),
        account,
        side,
    ]
}

/// What [`REMEMBER`] is given.
pub(crate) fn remembered(account: &AccountKey, network: KnownNetwork) -> [Value<'_>; 3] {
    [
        account.as_bytes().as_slice().into(),
        Value::count(network.tag.into()),
        Value::count(network.day.into()),
    ]
}

/// Reads a row of [`SIDE`].
pub(crate) fn state(row: &dyn Row) -> Result<Vec<u8>, Unreadable> {
    Ok(row.bytes(0)?.to_vec())
}

/// Reads a row of [`NETWORKS`].
pub(crate) fn network(row: &dyn Row) -> Result<KnownNetwork, Unreadable> {
    Ok(KnownNetwork {
        tag: row.number(0)?,
        day: row.number(1)?,
    })
}
