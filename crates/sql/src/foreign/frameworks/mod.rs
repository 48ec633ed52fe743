//! The tables of frameworks whose users are known: how to tell them, and what their columns mean.

mod asp_net;
mod authlogic;
mod devise;
mod django;
mod fastapi_users;
mod flask_security;
mod gitea;
mod grafana;
mod laravel;
mod supabase;
mod wordpress;

use portcullis_core::password::Origin;

use super::connection::Connection;
use super::dialect::Dialect;
use super::driver::{Access, Lane};
use super::error::ForeignError;
use super::mapping::{LoginMatch, Mapping};
use super::schema::Schema;

/// A framework whose tables are known.
#[derive(Debug, Clone, Copy)]
pub struct Framework {
    /// Its name in a configuration: `django`.
    pub name: &'static str,
    /// Its name for people: `Django`.
    pub title: &'static str,
    recognise: fn(&Schema) -> Option<Mapping>,
    harmless: &'static [&'static str],
    accepts: &'static [&'static str],
    /// Where its versions do not read the same hashes.
    version: Option<Version>,
}

/// How a framework's version is told, and what follows.
#[derive(Debug, Clone, Copy)]
struct Version {
    /// A query whose one text tells it.
    query: fn(&Schema, &Mapping) -> Option<String>,
    /// What the version that it tells reads; without an answer, what all of them read.
    origin: fn(Option<&str>) -> Origin,
}

/// All of them, the most particular first.
pub const FRAMEWORKS: &[Framework] = &[
    wordpress::WORDPRESS,
    // Its columns are Devise's too.
    supabase::SUPABASE,
    django::DJANGO,
    flask_security::FLASK_SECURITY,
    fastapi_users::FASTAPI_USERS,
    devise::DEVISE,
    laravel::LARAVEL,
    asp_net::ASP_NET,
    grafana::GRAFANA,
    gitea::GITEA,
    authlogic::AUTHLOGIC,
];

impl Framework {
    /// The framework of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        FRAMEWORKS.iter().find(|framework| framework.name == name)
    }

    /// What its columns mean in this database; `None` if it has no table of the framework's.
    #[must_use]
    pub fn mapping(&self, schema: &Schema) -> Option<Mapping> {
        (self.recognise)(schema)
    }

    /// Columns that look like a hash or a state and say nothing about logging in.
    #[must_use]
    pub fn harmless(&self) -> &'static [&'static str] {
        self.harmless
    }

    /// The schemes that its hashes need by name, because nothing in their text tells them.
    #[must_use]
    pub fn accepts(&self) -> &'static [&'static str] {
        self.accepts
    }

    /// Whether its versions do not all read the same hashes.
    #[must_use]
    pub fn has_versions(&self) -> bool {
        self.version.is_some()
    }

    /// What the application at `url` reads and stores: the framework's [`Origin`], or that of its version. Connects only
    /// where versions differ, and writes nothing. `None`: no origin is known.
    ///
    /// # Errors
    /// The database cannot be reached; see [`ForeignError`].
    pub async fn origin(&self, url: &str, mapping: &Mapping) -> Result<Option<Origin>, ForeignError> {
        let Some(version) = self.version else {
            return Ok(self.name.parse().ok());
        };
        let connection = Connection::open(url, Access::ReadOnly).await?;
        let schema = Schema::read(&connection).await?;
        let answer = match (version.query)(&schema, mapping) {
            None => None,
            Some(query) => {
                let statement = connection.dialect().statement(&query, &[]);
                let row = connection.rows(Lane::Longer, &statement, &[]).await?.into_iter().next();
                row.and_then(|row| row.into_iter().next().flatten())
            }
        };
        Ok(Some((version.origin)(answer.as_deref())))
    }

    /// Whose tables these are.
    #[must_use]
    pub fn recognised(schema: &Schema) -> Option<(&'static Self, Mapping)> {
        FRAMEWORKS
            .iter()
            .find_map(|framework| Some((framework, framework.mapping(schema)?)))
    }
}

/// Looks at a database, and writes nothing.
///
/// # Errors
/// It cannot be reached; see [`ForeignError`].
pub async fn look(url: &str) -> Result<Schema, ForeignError> {
    let connection = Connection::open(url, Access::ReadOnly).await?;
    Schema::read(&connection).await
}

/// How a login is compared by a framework that leaves it to the database: MySQL's usual collations fold.
fn as_the_database_compares(schema: &Schema) -> LoginMatch {
    match schema.dialect() {
        Dialect::Mysql => LoginMatch::Folded,
        Dialect::Sqlite | Dialect::Postgres => LoginMatch::Exact,
    }
}

/// Those of `names` that the table has, as they are.
fn present(schema: &Schema, table: &str, names: &[&str]) -> Vec<String> {
    let there = names.iter().filter(|name| schema.find(table, name).is_some());
    there.map(|name| (*name).to_owned()).collect()
}

/// The moment that a statement is carried out, where times are kept as UTC.
fn now(schema: &Schema) -> &'static str {
    match schema.dialect() {
        Dialect::Mysql => "UTC_TIMESTAMP()",
        Dialect::Sqlite | Dialect::Postgres => "CURRENT_TIMESTAMP",
    }
}

/// The same for one.
fn maybe(schema: &Schema, table: &str, name: &str) -> Option<String> {
    schema.find(table, name).map(|column| column.name.clone())
}
