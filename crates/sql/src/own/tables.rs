//! Every table of ours with its columns, for whoever copies all of it.

use std::sync::LazyLock;

/// A table that stands in both databases.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// What is copied of it.
    columns: &'static [&'static str],
    /// What its rows are sorted by, in SQLite and in PostgreSQL: what is unique, so that a page begins where another ended.
    order: [&'static [&'static str]; 2],
    /// A column that PostgreSQL alone has, and what stands there.
    more: Option<(&'static str, &'static str)>,
}

/// In which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum In {
    Sqlite,
    Postgres,
}

const fn table(name: &'static str, columns: &'static [&'static str], key: &'static [&'static str]) -> Table {
    Table {
        name,
        columns,
        order: [key, key],
        more: None,
    }
}

/// All that is copied, in an order in which every row finds those that it refers to. What only says how far others have read
/// (`portcullis_revocation_eras`) is begun anew; which steps were carried out is each database's own.
pub(crate) const TABLES: &[Table] = &[
    Table {
        // In the order in which they were added, which the sample of hashes follows.
        order: [&["rowid"], &["added"]],
        ..table(
            "portcullis_accounts",
            &[
                "id",
                "username",
                "email",
                "full_name",
                "disabled",
                "password_hash",
                "scopes",
                "token_epoch",
                "password_salt",
                "password_algorithm",
                "password_user",
            ],
            &[],
        )
    },
    table(
        "portcullis_logins",
        &["account", "login", "folded", "kind"],
        &["account", "login", "folded", "kind"],
    ),
    table("portcullis_ended_accounts", &["id", "token_epoch"], &["id"]),
    table("portcullis_copied_accounts", &["id", "sha256", "token_epoch"], &["id"]),
    table("portcullis_foreign_epochs", &["fingerprint", "epoch"], &["fingerprint"]),
    table(
        "portcullis_signing_keys",
        &[
            "position",
            "id",
            "algorithm",
            "created",
            "activates",
            "ended",
            "token_lifetime",
            "sealed",
        ],
        &["position"],
    ),
    table("portcullis_secrets", &["number", "created", "sealed"], &["number"]),
    table(
        "portcullis_clients",
        &[
            "id",
            "public",
            "first_party",
            "grants",
            "scopes",
            "audience",
            "secrets",
            "keys",
            "disabled",
            "created",
        ],
        &["id"],
    ),
    table("portcullis_used_assertions", &["digest", "until"], &["digest"]),
    table(
        "portcullis_api_keys",
        &[
            "id", "user_id", "epoch", "name", "scopes", "key", "digest", "created", "expires", "used", "ended",
        ],
        &["id"],
    ),
    table(
        "portcullis_sessions",
        &[
            "id",
            "user_id",
            "epoch",
            "client_id",
            "label",
            "agent",
            "created",
            "first_address",
            "last_address",
            "seen",
            "ends",
            "ended",
            "ended_why",
            "purge",
        ],
        &["id"],
    ),
    table(
        "portcullis_refresh_families",
        &[
            "id",
            "session_id",
            "user_id",
            "client_id",
            "scopes",
            "audience",
            "epoch",
            "generation",
            "key",
            "digest",
            "parent",
            "nonce",
            "rotated",
            "idle",
            "ends",
            "confirmed",
            "late",
            "network",
            "ended",
            "ended_why",
        ],
        &["id"],
    ),
    Table {
        more: Some(("xid", "pg_current_xact_id()::text::bigint")),
        ..table(
            "portcullis_revocations",
            &["kind", "subject", "value", "until"],
            &["kind", "subject", "value"],
        )
    },
    table(
        "portcullis_throttle",
        &["account", "side", "state", "streak", "touched"],
        &["account", "side"],
    ),
    table(
        "portcullis_known_networks",
        &["account", "network", "day"],
        &["account", "network"],
    ),
    table(
        "portcullis_audit",
        &[
            "position", "id", "at", "kind", "node", "actor", "subject", "client", "session", "peer", "agent", "detail",
            "key", "mac",
        ],
        &["position"],
    ),
    table(
        "portcullis_seals",
        &[
            "number",
            "prev",
            "root",
            "rows",
            "upto",
            "era",
            "at",
            "node",
            "key",
            "signature",
        ],
        &["number"],
    ),
];

/// The statements of one table in one database.
pub(crate) struct Statements {
    /// The first `$1` rows, with what they are sorted by behind their columns.
    pub(crate) first: String,
    /// The same of those behind what stands in the parameters before the last.
    pub(crate) next: String,
    /// Adds one.
    pub(crate) add: String,
    /// How many columns are copied.
    pub(crate) width: usize,
}

/// Those of every table, in the order of [`TABLES`].
pub(crate) fn statements(database: In) -> &'static [Statements] {
    static ALL: LazyLock<[Vec<Statements>; 2]> =
        LazyLock::new(|| [In::Sqlite, In::Postgres].map(|of| TABLES.iter().map(|table| made(table, of)).collect()));
    let [sqlite, postgres] = &*ALL;
    match database {
        In::Sqlite => sqlite,
        In::Postgres => postgres,
    }
}

fn made(table: &Table, database: In) -> Statements {
    let [in_sqlite, in_postgres] = table.order;
    let (order, more) = match database {
        In::Sqlite => (in_sqlite, None),
        In::Postgres => (in_postgres, table.more),
    };
    let (name, columns, sorted) = (table.name, table.columns.join(", "), order.join(", "));
    let numbers = |count: usize| (1..=count).map(|number| format!("${number}")).collect::<Vec<_>>();
    let (behind, last) = (numbers(order.len()).join(", "), order.len().saturating_add(1));
    let (column, value) = more.unwrap_or_default();
    let (column, value) = match more {
        Some(_) => (format!(", {column}"), format!(", {value}")),
        None => Default::default(),
    };
    let values = numbers(table.columns.len()).join(", ");
    let page = format!("SELECT {columns}, {sorted} FROM {name}");
    Statements {
        first: format!("{page} ORDER BY {sorted} LIMIT $1"),
        next: format!("{page} WHERE ({sorted}) > ({behind}) ORDER BY {sorted} LIMIT ${last}"),
        add: format!("INSERT INTO {name} ({columns}{column}) VALUES ({values}{value})"),
        width: table.columns.len(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rusqlite::Connection;

    use super::*;
    use crate::foreign::ForeignUsers;
    use crate::{
        AnyDatabase, Database, SqliteApiKeys, SqliteAudit, SqliteClients, SqliteKeys, SqliteSecrets, SqliteSessions,
        SqliteThrottle, SqliteUsers,
    };

    /// What is each database's own.
    const OWN: [&str; 2] = ["portcullis_migrations", "portcullis_revocation_eras"];

    #[tokio::test]
    async fn no_table_and_no_column_of_ours_is_left_out_and_every_statement_is_understood() {
        let database = Database::temporary().await.expect("opens");
        SqliteUsers::on(database.clone()).await.expect("migrated");
        SqliteKeys::on(database.clone()).await.expect("migrated");
        SqliteSecrets::on(database.clone()).await.expect("migrated");
        SqliteSessions::on(database.clone()).await.expect("migrated");
        SqliteClients::on(database.clone()).await.expect("migrated");
        SqliteThrottle::on(database.clone()).await.expect("migrated");
        SqliteApiKeys::on(database.clone()).await.expect("migrated");
        SqliteAudit::on(database.clone()).await.expect("migrated");
        let kept = ForeignUsers::keep_beside(&AnyDatabase::from(database.clone())).await;
        kept.expect("migrated");
        let check = |connection: &Connection| {
            let mut columns = connection.prepare(
                "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c \
                WHERE t.type = 'table' AND t.name LIKE 'portcullis%'",
            )?;
            let there = columns.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
            let mut there: BTreeSet<(String, String)> = there.collect::<Result<_, _>>()?;
            there.retain(|(table, _)| !OWN.contains(&table.as_str()));
            // The order of commits here.
            there.remove(&("portcullis_revocations".to_owned(), "position".to_owned()));
            let copied = TABLES.iter().flat_map(|table| {
                let column = |column: &&str| (table.name.to_owned(), (*column).to_owned());
                table.columns.iter().map(column)
            });
            assert_eq!(copied.collect::<BTreeSet<_>>(), there);
            for made in statements(In::Sqlite) {
                for text in [&made.first, &made.next, &made.add] {
                    connection.prepare(text)?;
                }
            }
            Ok(())
        };
        database.read(check).expect("read");
    }
}
