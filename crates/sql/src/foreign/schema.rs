//! What tables a database has, and of what columns.

use std::collections::BTreeMap;

use super::connection::Connection;
use super::dialect::{Dialect, Kind, Statement};
use super::driver::Lane;
use super::error::ForeignError;

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The name of its type, as the database gives it.
    pub type_name: String,
    /// The longest text that it takes, in characters, where it has a limit.
    pub max_chars: Option<usize>,
}

/// The tables of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    dialect: Dialect,
    tables: BTreeMap<String, Vec<Column>>,
}

/// Table, column, type, longest text: a row for each column.
const SQLITE: &str = "SELECT m.name, c.name, c.type, NULL FROM sqlite_schema m JOIN pragma_table_info(m.name) c \
    WHERE m.type IN ('table', 'view') ORDER BY m.name, c.cid";
const POSTGRES: &str = "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT), CAST(udt_name AS TEXT), \
    CAST(character_maximum_length AS TEXT) FROM information_schema.columns \
    WHERE table_schema = ANY (current_schemas(false)) ORDER BY table_name, ordinal_position";
const POSTGRES_SCHEMA: &str = "SELECT table_schema || '.' || table_name, CAST(column_name AS TEXT), \
    CAST(udt_name AS TEXT), CAST(character_maximum_length AS TEXT) FROM information_schema.columns \
    WHERE table_schema = $1 ORDER BY table_name, ordinal_position";
const MYSQL: &str = "SELECT table_name, column_name, data_type, CAST(character_maximum_length AS CHAR) \
    FROM information_schema.columns WHERE table_schema = database() ORDER BY table_name, ordinal_position";
const MYSQL_SCHEMA: &str = "SELECT CONCAT(table_schema, '.', table_name), column_name, data_type, \
    CAST(character_maximum_length AS CHAR) FROM information_schema.columns WHERE table_schema = ? \
    ORDER BY table_name, ordinal_position";

impl Schema {
    /// Asks the database; with `inside` for the tables of another schema than the usual one.
    pub(super) async fn read(connection: &Connection, inside: Option<&str>) -> Result<Self, ForeignError> {
        let dialect = connection.dialect();
        let sql = match (dialect, inside) {
            (Dialect::Sqlite, _) => SQLITE,
            (Dialect::Postgres, None) => POSTGRES,
            (Dialect::Postgres, Some(_)) => POSTGRES_SCHEMA,
            (Dialect::Mysql, None) => MYSQL,
            (Dialect::Mysql, Some(_)) => MYSQL_SCHEMA,
        };
        let parameters: Vec<&str> = inside.filter(|_| dialect != Dialect::Sqlite).into_iter().collect();
        let statement = Statement {
            sql: sql.to_owned(),
            order: (0..parameters.len()).collect(),
        };
        let rows = connection.rows(Lane::Longer, &statement, &parameters).await?;
        let mut tables = BTreeMap::<String, Vec<Column>>::new();
        for row in rows {
            let mut texts = row.into_iter();
            let (Some(Some(table)), Some(Some(name)), Some(type_name), Some(limit)) =
                (texts.next(), texts.next(), texts.next(), texts.next())
            else {
                continue;
            };
            let type_name = type_name.unwrap_or_default();
            let max_chars = limit
                .and_then(|limit| limit.parse().ok())
                .or_else(|| written_limit(&type_name));
            tables.entry(table).or_default().push(Column {
                name,
                type_name,
                max_chars,
            });
        }
        Ok(Self { dialect, tables })
    }

    /// Whose database it is.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The names of all tables.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        self.tables.keys().map(String::as_str)
    }

    /// The columns of a table, in order; none of a table that is not there.
    pub fn columns(&self, table: &str) -> impl Iterator<Item = &Column> {
        self.tables.get(table).into_iter().flatten()
    }

    /// Whether there is such a table.
    #[must_use]
    pub fn has_table(&self, table: &str) -> bool {
        self.tables.contains_key(table)
    }

    /// Whether there is such a table with all these columns.
    #[must_use]
    pub fn has(&self, table: &str, columns: &[&str]) -> bool {
        self.has_table(table) && columns.iter().all(|column| self.find(table, column).is_some())
    }

    /// A column.
    #[must_use]
    pub fn find(&self, table: &str, column: &str) -> Option<&Column> {
        self.tables.get(table)?.iter().find(|known| known.name == column)
    }

    /// The same, or what is missing.
    pub(super) fn expect(&self, table: &str, column: &str) -> Result<&Column, ForeignError> {
        let Some(columns) = self.tables.get(table) else {
            return Err(ForeignError::NoTable {
                table: table.to_owned(),
                nearest: nearest(table, self.tables()),
            });
        };
        let found = columns.iter().find(|known| known.name == column);
        found.ok_or_else(|| ForeignError::NoColumn {
            table: table.to_owned(),
            column: column.to_owned(),
            nearest: nearest(column, columns.iter().map(|column| column.name.as_str())),
        })
    }
}

impl Column {
    pub(super) fn kind(&self) -> Kind {
        Kind::of(&self.type_name)
    }
}

/// The limit in `varchar(128)`: SQLite keeps the type as it was written.
fn written_limit(type_name: &str) -> Option<usize> {
    let lower = type_name.to_ascii_lowercase();
    let (before, rest) = lower.split_once('(')?;
    let number = rest.strip_suffix(')')?;
    before
        .trim_end()
        .ends_with("char")
        .then(|| number.trim().parse().ok())
        .flatten()
}

/// The name most like `name`, if one is like it.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let likeness = |candidate: &str| {
        let parts = candidate.contains(name) || name.contains(candidate);
        strsim::normalized_damerau_levenshtein(name, candidate).max(if parts { 0.6 } else { 0.0 })
    };
    let scored = known.map(|candidate| (likeness(candidate), candidate));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0));
    best.filter(|(score, _)| *score >= 0.5)
        .map(|(_, candidate)| candidate.to_owned())
}
