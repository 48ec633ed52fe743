//! What tables a database has, and of what columns.

use std::collections::BTreeMap;

use super::connection::Connection;
use super::dialect::{Dialect, Kind, Statement};
use super::driver::{Lane, Row};
use super::error::ForeignError;

mod index;

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
    /// Those that a statement may name as they are, and all of a server once more with their schema's name before.
    tables: BTreeMap<String, Table>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Table {
    columns: Vec<Column>,
    /// What its indexes begin with; `None` of a view.
    indexes: Option<Vec<String>>,
}

/// Schema, table, whether the table's name alone leads to it, column, type, longest text: a row for each column.
const SQLITE: &str = "SELECT NULL, m.name, '1', c.name, c.type, NULL FROM sqlite_schema m JOIN pragma_table_info(m.name) c \
    WHERE m.type IN ('table', 'view') ORDER BY m.name, c.cid";
const POSTGRES: &str = "SELECT CAST(n.nspname AS TEXT), CAST(c.relname AS TEXT), \
    CAST(CAST(pg_table_is_visible(c.oid) AS INT) AS TEXT), CAST(a.attname AS TEXT), CAST(t.typname AS TEXT), \
    CASE WHEN t.typname IN ('varchar', 'bpchar') AND a.atttypmod > 4 THEN CAST(a.atttypmod - 4 AS TEXT) END \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid \
    JOIN pg_type t ON t.oid = a.atttypid WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND a.attnum > 0 \
    AND NOT a.attisdropped AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
    ORDER BY n.nspname, c.relname, a.attnum";
const MYSQL: &str = "SELECT table_schema, table_name, CASE WHEN table_schema = database() THEN '1' ELSE '0' END, column_name, \
    data_type, CAST(character_maximum_length AS CHAR) FROM information_schema.columns \
    WHERE table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema') \
    ORDER BY table_schema, table_name, ordinal_position";

/// Schema, table, whether the table's name alone leads to it, and of each index that holds every row the column it begins with,
/// or the statement that made it.
const SQLITE_INDEXES: &str = "SELECT NULL, m.name, '1', CASE WHEN l.partial THEN NULL ELSE x.name END, \
    CASE WHEN l.partial THEN NULL ELSE i.sql END FROM sqlite_schema m LEFT JOIN pragma_index_list(m.name) l \
    LEFT JOIN pragma_index_xinfo(l.name) x ON x.seqno = 0 \
    LEFT JOIN sqlite_schema i ON i.name = l.name AND i.type = 'index' WHERE m.type = 'table'";
const POSTGRES_INDEXES: &str = "SELECT CAST(n.nspname AS TEXT), CAST(c.relname AS TEXT), \
    CAST(CAST(pg_table_is_visible(c.oid) AS INT) AS TEXT), pg_get_indexdef(i.indexrelid, 1, true), CAST(NULL AS TEXT) \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
    LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indpred IS NULL AND i.indisvalid \
    WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";
const MYSQL_INDEXES: &str = "SELECT t.table_schema, t.table_name, \
    CASE WHEN t.table_schema = database() THEN '1' ELSE '0' END, s.column_name, NULL FROM information_schema.tables t \
    LEFT JOIN information_schema.statistics s ON s.table_schema = t.table_schema AND s.table_name = t.table_name \
    AND s.seq_in_index = 1 WHERE t.table_type = 'BASE TABLE' \
    AND t.table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')";

impl Schema {
    /// Asks the database.
    pub(super) async fn read(connection: &Connection) -> Result<Self, ForeignError> {
        let dialect = connection.dialect();
        let (columns, indexes) = match dialect {
            Dialect::Sqlite => (SQLITE, SQLITE_INDEXES),
            Dialect::Postgres => (POSTGRES, POSTGRES_INDEXES),
            Dialect::Mysql => (MYSQL, MYSQL_INDEXES),
        };
        let mut schema = Self {
            dialect,
            tables: BTreeMap::new(),
        };
        for sql in [columns, indexes] {
            let statement = Statement {
                sql: sql.to_owned(),
                order: Vec::new(),
            };
            for row in connection.rows(Lane::Longer, &statement, &[]).await? {
                let mut texts = row.into_iter();
                let (Some(inside), Some(Some(table)), Some(is_near)) = (texts.next(), texts.next(), texts.next())
                else {
                    continue;
                };
                let far = inside.map(|inside| format!("{inside}.{table}"));
                let near = Some(table).filter(|_| is_near.as_deref() == Some("1"));
                let rest: Row = texts.collect();
                for name in [far, near].into_iter().flatten() {
                    let table = schema.tables.entry(name).or_default();
                    match sql == columns {
                        true => table.columns.extend(Column::of(&rest)),
                        false => table.indexes.get_or_insert_default().extend(index::begins(&rest)),
                    }
                }
            }
        }
        Ok(schema)
    }

    /// Whose database it is.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The names of all tables that need no schema's name before them.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        let names = self.tables.keys().map(String::as_str);
        names.filter(|name| self.dialect == Dialect::Sqlite || !name.contains('.'))
    }

    /// The columns of a table, in order; none of a table that is not there.
    pub fn columns(&self, table: &str) -> impl Iterator<Item = &Column> {
        self.tables.get(table).into_iter().flat_map(|table| &table.columns)
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

    /// Whether an index of the table begins with this column, or with this expression; `None` of a view.
    pub(super) fn is_indexed(&self, table: &str, expression: &str) -> Option<bool> {
        let indexes = self.tables.get(table)?.indexes.as_ref()?;
        let expression = index::plain(expression);
        Some(indexes.contains(&expression))
    }

    /// A column.
    #[must_use]
    pub fn find(&self, table: &str, column: &str) -> Option<&Column> {
        self.tables
            .get(table)?
            .columns
            .iter()
            .find(|known| known.name == column)
    }

    /// The same, or what is missing.
    pub(super) fn expect(&self, table: &str, column: &str) -> Result<&Column, ForeignError> {
        let Some(Table { columns, .. }) = self.tables.get(table) else {
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
    /// Name, type, longest text.
    fn of(row: &Row) -> Option<Self> {
        let text = |place: usize| row.get(place).cloned().flatten();
        let type_name = text(1).unwrap_or_default();
        let limit = text(2).and_then(|limit| limit.parse().ok());
        Some(Self {
            name: text(0)?,
            max_chars: limit.or_else(|| written_limit(&type_name)),
            type_name,
        })
    }

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
