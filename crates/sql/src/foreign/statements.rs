//! A mapping becomes the few statements that are ever sent.

use super::dialect::{Dialect, Kind, Statement};
use super::mapping::{LoginMatch, Mapping, ScopeSource};

/// The columns of a user's row, in order; those of the full name follow.
pub(super) mod place {
    pub(crate) const ID: usize = 0;
    pub(crate) const LOGIN: usize = 1;
    pub(crate) const HASH: usize = 2;
    pub(crate) const ACTIVE: usize = 3;
    pub(crate) const EMAIL: usize = 4;
    pub(crate) const EPOCH: usize = 5;
    pub(crate) const SALT: usize = 6;
    pub(crate) const ALGORITHM: usize = 7;
    pub(crate) const SCOPES: usize = 8;
    pub(crate) const FULL_NAME: usize = 9;
}

/// Everything that is asked of the foreign table.
#[derive(Debug)]
pub(super) struct Statements {
    /// One per login column: the login.
    pub(super) by_login: Vec<Statement>,
    /// The id.
    pub(super) by_id: Statement,
    /// The id, the hash that was seen, the new hash.
    pub(super) swap_hash: Statement,
    /// The id, the new hash.
    pub(super) set_hash: Statement,
    /// To be limited.
    pub(super) sample: Statement,
    /// To be limited.
    pub(super) first_page: Statement,
    /// The last login of the page before; to be limited.
    pub(super) next_page: Statement,
    /// Ids and hashes; to be limited.
    pub(super) first_hashes: Statement,
    /// The last id of the page before; to be limited.
    pub(super) next_hashes: Statement,
    pub(super) count: Statement,
    /// How many rows have no login.
    pub(super) without_login: Statement,
    /// How many logins several rows have; one for each login column.
    pub(super) doubled_logins: Vec<Statement>,
    /// The id.
    pub(super) scopes: Vec<ScopeStatement>,
}

/// A query for scopes, and how its rows are read.
#[derive(Debug)]
pub(super) struct ScopeStatement {
    pub(super) statement: Statement,
    pub(super) php_arrays: bool,
}

impl Statements {
    pub(super) fn of(mapping: &Mapping, dialect: Dialect, id: Kind) -> Self {
        let quoted = |name: &str| dialect.quoted(name);
        let (table, key, hash) = (quoted(&mapping.table), quoted(&mapping.id), quoted(&mapping.hash));
        let login = mapping.logins.first().map(|column| quoted(column)).unwrap_or_default();
        let select = select(mapping, dialect, &login);
        let text = |template: String| dialect.statement(&template, &[Kind::Text, Kind::Text]);
        let hashes = format!("SELECT {}, {} FROM {table}", dialect.text(&key), dialect.text(&hash));
        let (stored, seen) = (dialect.bytes(&hash), dialect.bytes("{1}"));
        Self {
            by_login: mapping
                .logins
                .iter()
                .map(|column| text(by_login(mapping, dialect, &select, column)))
                .collect(),
            by_id: dialect.statement(&format!("{select} WHERE {key} = {{0}}"), &[id]),
            swap_hash: dialect.statement(
                &format!("UPDATE {table} SET {hash} = {{2}} WHERE {key} = {{0}} AND {stored} = {seen}"),
                &[id, Kind::Text, Kind::Text],
            ),
            set_hash: dialect.statement(
                &format!("UPDATE {table} SET {hash} = {{1}} WHERE {key} = {{0}}"),
                &[id, Kind::Text],
            ),
            sample: text(format!(
                "SELECT {} FROM {table} WHERE {hash} IS NOT NULL ORDER BY {key}",
                dialect.text(&hash)
            )),
            first_page: text(format!("{select} WHERE {login} IS NOT NULL ORDER BY {login}")),
            next_page: text(format!("{select} WHERE {login} > {{0}} ORDER BY {login}")),
            first_hashes: text(format!("{hashes} ORDER BY {key}")),
            next_hashes: dialect.statement(&format!("{hashes} WHERE {key} > {{0}} ORDER BY {key}"), &[id]),
            count: text(format!("SELECT {} FROM {table}", dialect.text("count(*)"))),
            without_login: text(format!(
                "SELECT {} FROM {table} WHERE {login} IS NULL OR {login} = ''",
                dialect.text("count(*)")
            )),
            doubled_logins: mapping
                .logins
                .iter()
                .map(|column| text(doubled(mapping, dialect, &table, column)))
                .collect(),
            scopes: mapping
                .scopes
                .iter()
                .filter_map(|source| scopes(dialect, source, id))
                .collect(),
        }
    }
}

/// Who logs in by this column; two rows at most, so that an ambiguous login is seen.
fn by_login(mapping: &Mapping, dialect: Dialect, select: &str, column: &str) -> String {
    let column = dialect.quoted(column);
    let condition = match (mapping.login_match, dialect) {
        // The index first; then without its collation.
        (LoginMatch::Exact | LoginMatch::Lowered, _) => {
            let (stored, given) = (dialect.bytes(&column), dialect.bytes("{0}"));
            format!("{column} = {{0}} AND {stored} = {given}")
        }
        // Its usual collations fold, and with `lower` no index would be used.
        (LoginMatch::Folded, Dialect::Mysql) => format!("{column} = {{0}}"),
        (LoginMatch::Folded, _) => format!("lower({column}) = lower({{0}})"),
    };
    format!("{select} WHERE {condition} LIMIT 2")
}

/// How many logins of this column several rows have.
fn doubled(mapping: &Mapping, dialect: Dialect, table: &str, column: &str) -> String {
    let column = match mapping.login_match {
        LoginMatch::Exact | LoginMatch::Lowered => dialect.bytes(&dialect.quoted(column)),
        LoginMatch::Folded => format!("lower({})", dialect.quoted(column)),
    };
    let doubled =
        format!("SELECT {column} AS login FROM {table} WHERE {column} <> '' GROUP BY {column} HAVING count(*) > 1");
    format!("SELECT {} FROM ({doubled}) AS doubled", dialect.text("count(*)"))
}

/// A query of the mapping's own.
fn scopes(dialect: Dialect, source: &ScopeSource, id: Kind) -> Option<ScopeStatement> {
    let (sql, php_arrays) = match source {
        ScopeSource::Column(_) => return None,
        ScopeSource::Query(sql) => (sql, false),
        ScopeSource::PhpArrays(sql) => (sql, true),
    };
    Some(ScopeStatement {
        statement: dialect.statement(&sql.replace("{id}", "{0}"), &[id]),
        php_arrays,
    })
}

fn select(mapping: &Mapping, dialect: Dialect, login: &str) -> String {
    let column = |name: &str| dialect.text(&dialect.quoted(name));
    let maybe = |name: Option<&str>| name.map_or_else(|| dialect.text("NULL"), column);
    let active = match &mapping.active {
        Some(expression) => format!("CASE WHEN ({expression}) THEN '1' ELSE '0' END"),
        None => "'1'".to_owned(),
    };
    let scopes = mapping.scopes.iter().find_map(|source| match source {
        ScopeSource::Column(column) => Some(column.as_str()),
        _ => None,
    });
    let mut columns = vec![
        column(&mapping.id),
        dialect.text(login),
        column(&mapping.hash),
        dialect.text(&active),
        maybe(mapping.email.as_deref()),
        maybe(mapping.epoch.as_deref()),
        maybe(mapping.salt.as_deref()),
        maybe(mapping.algorithm.as_deref()),
        maybe(scopes),
    ];
    columns.extend(mapping.full_name.iter().map(|name| column(name)));
    format!("SELECT {} FROM {}", columns.join(", "), dialect.quoted(&mapping.table))
}
