//! Clients, and which of their assertions were used.

use std::collections::BTreeSet;

use portcullis_core::{Client, ClientSecret, Digest, GrantType, ScopeSet};

use super::row::{Row, Unreadable};
use super::statement::statements;
use super::value::Value;

/// The name that the steps below are remembered under.
pub(crate) const STEPS_OF: &str = "portcullis_clients";

/// The steps that make the tables in SQLite. What was released is never changed.
pub(crate) const SQLITE: &[&str] = &[include_str!("clients/sqlite/1_clients.sql")];

/// The same in PostgreSQL.
#[cfg(feature = "postgres")]
pub(crate) const POSTGRES: &[&str] = &[include_str!("clients/postgres/1_clients.sql")];

statements! {
    /// The client `$1`, for [`client`].
    CLIENT = "SELECT id, public, first_party, grants, scopes, audience, secrets, keys, disabled, created \
        FROM portcullis_clients WHERE id = $1";
    /// At most `$2` clients whose ids come after `$1`, for [`client`].
    PAGE = "SELECT id, public, first_party, grants, scopes, audience, secrets, keys, disabled, created \
        FROM portcullis_clients WHERE id > $1 ORDER BY id LIMIT $2";
    /// Adds a client ([`added`]).
    ADD = "INSERT INTO portcullis_clients (id, public, first_party, grants, scopes, audience, secrets, keys, disabled, \
        created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    /// Sets the secrets `$1` and whether it is disabled, `$2`, of the client `$3`, if its secrets are `$4`; what is nothing
    /// stays as it is, or is not asked.
    CHANGE = "UPDATE portcullis_clients SET secrets = coalesce($1, secrets), disabled = coalesce($2, disabled) \
        WHERE id = $3 AND secrets = coalesce($4, secrets)";
    /// Removes the client `$1`.
    REMOVE = "DELETE FROM portcullis_clients WHERE id = $1";
    /// Something with the digest `$1` is used, which is kept until `$2`; not if it was before and that is kept at `$3`.
    USE_ONCE = "INSERT INTO portcullis_used_assertions (digest, until) VALUES ($1, $2) \
        ON CONFLICT (digest) DO UPDATE SET until = excluded.until WHERE portcullis_used_assertions.until <= $3";
    /// Removes at most `$2` of those that need not be kept at `$1`; not one that is used again meanwhile.
    FORGET_USED = "DELETE FROM portcullis_used_assertions WHERE until <= $1 AND digest IN \
        (SELECT digest FROM portcullis_used_assertions WHERE until <= $1 ORDER BY until LIMIT $2)";
}

/// How many bytes a stored secret has: its digest, when it was made, the number of the key.
const SECRET_LEN: usize = 32 + 8 + 1;

/// How secrets stand in a row, one after the other: they are compared and replaced together.
pub(crate) fn secrets(secrets: &[ClientSecret]) -> Vec<u8> {
    let each = secrets.iter().map(|secret| {
        let created = secret.created.to_be_bytes();
        [secret.digest.0.as_slice(), &created, &[secret.key]].concat()
    });
    each.collect::<Vec<_>>().concat()
}

fn read_secrets(bytes: &[u8]) -> Option<Vec<ClientSecret>> {
    let (each, rest) = bytes.as_chunks::<SECRET_LEN>();
    let read = |secret: &[u8; SECRET_LEN]| {
        let (digest, rest) = secret.split_first_chunk::<32>()?;
        let (created, key) = rest.split_first_chunk::<8>()?;
        Some(ClientSecret {
            key: key.first().copied()?,
            digest: Digest(*digest),
            created: u64::from_be_bytes(*created),
        })
    };
    let secrets = each.iter().map(read).collect();
    if rest.is_empty() { secrets } else { None }
}

/// The names of grants, as they stand in a row.
pub(crate) fn grants(grants: &BTreeSet<GrantType>) -> String {
    grants.iter().map(|grant| grant.name()).collect::<Vec<_>>().join(" ")
}

/// What [`ADD`] is given; `grants` and `secrets` as they stand in a row.
pub(crate) fn added<'a>(client: &'a Client, grants: &'a str, secrets: &'a [u8]) -> [Value<'a>; 10] {
    [
        (&*client.id).into(),
        Value::count(client.public.into()),
        Value::count(client.first_party.into()),
        grants.into(),
        client.scopes.as_str().into(),
        client.audience.as_deref().into(),
        secrets.into(),
        client.keys.as_deref().into(),
        Value::count(client.disabled.into()),
        Value::count(client.created),
    ]
}

/// Reads a row of [`CLIENT`] or [`PAGE`]. A grant that only a newer version knows is none here.
pub(crate) fn client(row: &dyn Row) -> Result<Client, Unreadable> {
    let mut client = Client::named(row.text(0)?);
    client.public = row.flag(1)?;
    client.first_party = row.flag(2)?;
    client.grants = row.text(3)?.split(' ').filter_map(GrantType::of_name).collect();
    client.scopes = ScopeSet::stored(row.text(4)?).map_err(|cause| Unreadable::new(4, cause))?;
    client.audience = row.text_or_null(5)?.map(str::to_owned);
    client.secrets = read_secrets(row.bytes(6)?).ok_or_else(|| Unreadable::new(6, "no secrets"))?;
    client.keys = row.text_or_null(7)?.map(str::to_owned);
    client.disabled = row.flag(8)?;
    client.created = row.count(9)?;
    Ok(client)
}
