//! A mapping becomes the few statements that are ever sent.

use super::dialect::{Dialect, Kind, Statement};
use super::mapping::{LoginMatch, Mapping, ScopeSource};

/// The columns of a user's row, in order; those of the full name follow, and those that one logs in with. The first are all
/// that a login is checked with.
pub(super) mod place {
    pub(crate) const ID: usize = 0;
    pub(crate) const LOGIN: usize = 1;
    pub(crate) const HASH: usize = 2;
    pub(crate) const ACTIVE: usize = 3;
    pub(crate) const SALT: usize = 4;
    pub(crate) const ALGORITHM: usize = 5;
    pub(crate) const EMAIL: usize = 6;
    pub(crate) const EPOCH: usize = 7;
    pub(crate) const SCOPES: usize = 8;
    pub(crate) const FULL_NAME: usize = 9;
}

/// Everything that is asked of the foreign table.
#[derive(Debug)]
pub(super) struct Statements {
    /// The login, once for each login column; two rows at most, so that an ambiguous login is seen.
    pub(super) credentials: Statement,
    /// The id.
    pub(super) by_id: Statement,
    /// The id, the hash that was seen, the new hash.
    pub(super) swap_hash: Statement,
    /// The id, the new hash.
    pub(super) set_hash: Statement,
    /// To be limited.
    pub(super) first_page: Statement,
    /// The last login of the page before; to be limited.
    pub(super) next_page: Statement,
    /// To be limited.
    pub(super) first_rows: Statement,
    /// The last id of the page before; to be limited.
    pub(super) next_rows: Statement,
    /// Ids and hashes, with what stands beside these; to be limited.
    pub(super) first_hashes: Statement,
    /// The last id of the page before; to be limited.
    pub(super) next_hashes: Statement,
    /// From the end; to be limited.
    pub(super) last_hashes: Statement,
    /// For [`Statements::probe`]: ids and hashes, and what ids are.
    hashes_from: (String, String, Dialect, Kind),
    pub(super) count: Statement,
    /// How many rows have no login.
    pub(super) without_login: Statement,
    /// How many logins several rows have, over all login columns together.
    pub(super) doubled_logins: Statement,
    /// The id.
    pub(super) scopes: Vec<ScopeStatement>,
}

/// A query for scopes, and how its rows are read.
#[derive(Debug)]
pub(super) struct ScopeStatement {
    pub(super) statement: Statement,
    pub(super) php_arrays: bool,
}

/// What statements are made of.
struct Table<'a> {
    mapping: &'a Mapping,
    dialect: Dialect,
    /// In quotes.
    name: String,
    key: String,
    id: Kind,
    hash: String,
    /// In quotes.
    logins: Vec<(String, Kind)>,
}

impl Statements {
    /// `id` and `logins` are the kinds of those columns.
    pub(super) fn of(mapping: &Mapping, dialect: Dialect, id: Kind, logins: &[Kind]) -> Self {
        let quoted = |name: &str| dialect.quoted(name);
        let columns = mapping.logins.iter().map(|column| quoted(column));
        let table = Table {
            mapping,
            dialect,
            name: quoted(&mapping.table),
            key: quoted(&mapping.id),
            id,
            hash: quoted(&mapping.hash),
            logins: columns.zip(logins.iter().copied()).collect(),
        };
        let Table { name, key, hash, .. } = &table;
        let login = table.first_login();
        let text = |template: String| dialect.statement(&template, &[Kind::Text, Kind::Text]);
        let (select, count) = (table.select(), dialect.text("count(*)"));
        let stored = table.stored_columns();
        let hashes = format!("SELECT {stored} FROM {name}");
        let hashes_from = format!("{stored} FROM {name} WHERE {key} >=");
        Self {
            credentials: table.credentials(),
            by_id: dialect.statement(&format!("{select} WHERE {}", table.is_id()), &[id]),
            swap_hash: table.set_hash(
                "{2}",
                &format!(" AND {} = {}", dialect.bytes(hash), dialect.bytes("{1}")),
            ),
            set_hash: table.set_hash("{1}", ""),
            first_page: text(format!("{select} WHERE {login} IS NOT NULL ORDER BY {login}")),
            next_page: text(format!("{select} WHERE {login} > {{0}} ORDER BY {login}")),
            first_rows: text(format!("{select} ORDER BY {key}")),
            next_rows: dialect.statement(&format!("{select} WHERE {key} > {{0}} ORDER BY {key}"), &[id]),
            first_hashes: text(format!("{hashes} ORDER BY {key}")),
            next_hashes: dialect.statement(&format!("{hashes} WHERE {key} > {{0}} ORDER BY {key}"), &[id]),
            last_hashes: text(format!("{hashes} ORDER BY {key} DESC")),
            hashes_from: (hashes_from, key.clone(), dialect, id),
            without_login: text(format!(
                "SELECT {count} FROM {name} WHERE {login} IS NULL OR {login} = ''"
            )),
            count: text(format!("SELECT {count} FROM {name}")),
            doubled_logins: text(table.doubled_logins()),
            scopes: mapping
                .scopes
                .iter()
                .filter_map(|source| scopes(dialect, source, id))
                .collect(),
        }
    }

    /// For so many ids the number of each (from 0), and `neighbours` ids and hashes from there on.
    pub(super) fn probe(&self, ids: usize, neighbours: usize) -> Statement {
        let (hashes_from, key, dialect, id) = &self.hashes_from;
        let each = (0..ids).map(|n| {
            let number = dialect.text(&n.to_string());
            let limit = format!("ORDER BY {key} LIMIT {neighbours}");
            format!("SELECT * FROM (SELECT {number}, {hashes_from} {{{n}}} {limit}) AS at{n}")
        });
        let template = each.collect::<Vec<_>>().join(" UNION ALL ");
        dialect.statement(&template, &vec![*id; ids])
    }
}

impl Table<'_> {
    fn first_login(&self) -> &str {
        self.logins.first().map_or("NULL", |(column, _)| column.as_str())
    }

    /// Whether a row is the one of the first parameter.
    fn is_id(&self) -> String {
        match self.id {
            Kind::Text | Kind::Citext => self.dialect.is_exactly(&self.key, self.id, "{0}"),
            Kind::Integer | Kind::Uuid => format!("{} = {{0}}", self.key),
        }
    }

    fn set_hash(&self, new: &str, condition: &str) -> Statement {
        let (name, hash, is_id) = (&self.name, &self.hash, self.is_id());
        let sql = format!("UPDATE {name} SET {hash} = {new} WHERE {is_id}{condition}");
        self.dialect.statement(&sql, &[self.id, Kind::Text, Kind::Text])
    }

    /// One statement whatever the columns, so that it is the same for names that exist and names that do not; it uses the
    /// index of each column.
    fn credentials(&self) -> Statement {
        let (mut kinds, mut conditions) = (Vec::new(), Vec::new());
        for (index, (column, kind)) in self.logins.iter().enumerate() {
            let place = format!("{{{index}}}");
            conditions.push(match self.mapping.login_match {
                LoginMatch::Exact | LoginMatch::Lowered => self.dialect.is_exactly(column, *kind, &place),
                LoginMatch::Folded => self.dialect.is_folded(column, *kind, &place),
            });
            kinds.push(match kind {
                Kind::Citext => Kind::Citext,
                Kind::Text | Kind::Integer | Kind::Uuid => Kind::Text,
            });
        }
        let columns = self.credential_columns().join(", ");
        if conditions.is_empty() {
            conditions.push("1 = 0".to_owned());
        }
        let conditions = conditions.join(") OR (");
        let sql = format!("SELECT {columns} FROM {} WHERE ({conditions}) LIMIT 2", self.name);
        self.dialect.statement(&sql, &kinds)
    }

    /// Of each login that anybody has in any column, the ids that have it.
    fn doubled_logins(&self) -> String {
        let (dialect, name, key) = (self.dialect, &self.name, self.dialect.text(&self.key));
        let each = self.logins.iter().map(|(column, _)| {
            let login = match self.mapping.login_match {
                LoginMatch::Exact | LoginMatch::Lowered => dialect.bytes(column),
                LoginMatch::Folded => format!("lower({})", dialect.text(column)),
            };
            let there = format!("{} <> ''", dialect.text(column));
            format!("SELECT {key} AS id, {login} AS login FROM {name} WHERE {there}")
        });
        // Without doubles: one user may well have the same text in two columns.
        let pairs = each.collect::<Vec<_>>().join(" UNION ");
        let doubled = format!("SELECT login FROM ({pairs}) AS pairs GROUP BY login HAVING count(*) > 1");
        format!("SELECT {} FROM ({doubled}) AS doubled", dialect.text("count(*)"))
    }

    fn credential_columns(&self) -> Vec<String> {
        let mapping = self.mapping;
        let active = match &mapping.active {
            Some(expression) => format!("CASE WHEN ({expression}) THEN '1' ELSE '0' END"),
            None => "'1'".to_owned(),
        };
        vec![
            self.dialect.text(&self.key),
            self.dialect.text(self.first_login()),
            self.dialect.text(&self.hash),
            self.dialect.text(&active),
            self.column(mapping.salt.as_deref()),
            self.column(mapping.algorithm.as_deref()),
        ]
    }

    /// An id, its hash, and what that needs beside its text.
    fn stored_columns(&self) -> String {
        let (salt, algorithm) = (self.mapping.salt.as_deref(), self.mapping.algorithm.as_deref());
        let (key, hash) = (self.dialect.text(&self.key), self.dialect.text(&self.hash));
        // Each under a name of its own, as a subquery must have them, and none that ORDER BY could mean.
        let columns = [key, hash, self.column(salt), self.column(algorithm)];
        let named = (1..)
            .zip(columns)
            .map(|(number, column)| format!("{column} AS portcullis_{number}"));
        named.collect::<Vec<_>>().join(", ")
    }

    /// A column as text, or NULL.
    fn column(&self, name: Option<&str>) -> String {
        let name = name.map(|name| self.dialect.quoted(name));
        self.dialect.text(name.as_deref().unwrap_or("NULL"))
    }

    fn select(&self) -> String {
        let mapping = self.mapping;
        let scopes = mapping.scopes.iter().find_map(|source| match source {
            ScopeSource::Column(column) => Some(column.as_str()),
            _ => None,
        });
        let mut columns = self.credential_columns();
        columns.extend([mapping.email.as_deref(), mapping.epoch.as_deref(), scopes].map(|name| self.column(name)));
        let more = mapping.full_name.iter().chain(&mapping.logins);
        columns.extend(more.map(|name| self.column(Some(name))));
        format!("SELECT {} FROM {}", columns.join(", "), self.name)
    }
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
