//! What is asked or changed of several rows in one statement, where each statement is a way to a server, as in PostgreSQL.

use std::collections::BTreeMap;

use portcullis_core::{AccountKey, AccountSeen, ApiKeyId, KnownNetwork, SideKey};

use super::list::{Hex, list};
use super::row::{Row, Unreadable};
use super::statement::statements;
use super::value::Value;

statements! {
    /// Adds an account ([`stored`](super::accounts::stored)), if its name and id are free: what fails ends a whole act.
    ADD_ACCOUNT = "INSERT INTO portcullis_accounts (username, email, full_name, disabled, password_hash, scopes, token_epoch, \
        password_salt, password_algorithm, password_user, id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
        ON CONFLICT DO NOTHING";
    /// What is remembered of the sides `$2` ([`sides`]) of the account `$1`, and its networks, for [`seen`].
    SEEN = "SELECT side, state, NULL::bigint AS network, NULL::bigint AS day FROM portcullis_throttle WHERE account = $1 \
        AND side = ANY(ARRAY(SELECT decode(side, 'hex') FROM unnest(string_to_array($2, ',')) AS side)) \
        UNION ALL SELECT NULL, NULL, network, day FROM portcullis_known_networks WHERE account = $1";
    /// Keys were used ([`used`]). They are locked in the order of their ids, so that none waits for one that waits for it.
    TOUCH = "WITH used AS (SELECT decode(used.id, 'hex') AS id, used.at \
        FROM unnest(string_to_array($1, ','), string_to_array($2, ',')::bigint[]) AS used (id, at)), \
        held AS (SELECT id FROM portcullis_api_keys WHERE id IN (SELECT used.id FROM used) ORDER BY id FOR NO KEY UPDATE) \
        UPDATE portcullis_api_keys key SET used = used.at FROM used JOIN held ON held.id = used.id \
        WHERE key.id = held.id AND (key.used IS NULL OR key.used < used.at)";
}

/// Sides, as [`SEEN`] is given them.
pub(crate) fn sides(sides: &[SideKey]) -> String {
    list(sides.iter().map(|side| Hex(side.as_bytes())))
}

/// What [`SEEN`] is given; `sides` are [`sides`].
pub(crate) fn asked<'a>(account: &'a AccountKey, sides: &'a str) -> [Value<'a>; 2] {
    [account.as_bytes().as_slice().into(), sides.into()]
}

/// A row of [`SEEN`].
pub(crate) enum Seen {
    /// A side, and what is remembered of it.
    Side(SideKey, Vec<u8>),
    /// A network.
    Network(KnownNetwork),
}

/// Reads a row of [`SEEN`].
pub(crate) fn seen(row: &dyn Row) -> Result<Seen, Unreadable> {
    Ok(match row.array_or_null(0)? {
        Some(side) => Seen::Side(SideKey::from_bytes(side), row.bytes(1)?.to_vec()),
        None => Seen::Network(KnownNetwork {
            tag: row.number(2)?,
            day: row.number(3)?,
        }),
    })
}

/// All that is remembered.
pub(crate) fn account(rows: Vec<Seen>) -> AccountSeen {
    let mut account = AccountSeen::default();
    for row in rows {
        match row {
            Seen::Side(side, state) => account.sides.push((side, state)),
            Seen::Network(network) => account.networks.push(network),
        }
    }
    account
}

/// What [`TOUCH`] is given: each key once, as it was used last.
pub(crate) fn used(used: &[(ApiKeyId, u64)]) -> [String; 2] {
    let mut each: BTreeMap<ApiKeyId, u64> = BTreeMap::new();
    for (id, at) in used {
        let last = each.entry(*id).or_default();
        *last = (*at).max(*last);
    }
    [
        list(each.keys().map(|id| Hex(id.as_bytes()))),
        list(each.values().map(|at| i64::try_from(*at).unwrap_or(i64::MAX))),
    ]
}
