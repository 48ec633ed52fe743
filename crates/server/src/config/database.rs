//! The database of a deployment, where it is none of a data folder.

use std::fmt;

use portcullis_sql::foreign::Address;

use super::key::Key;

/// Where the URL stands in the environment.
pub(crate) const DATABASE_VARIABLE: &str = "PORTCULLIS_DATABASE";

/// The URL of a PostgreSQL database. It may hold a password: what is printed of it is without.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct DatabaseUrl {
    url: String,
    address: Address,
}

impl DatabaseUrl {
    /// A URL such as `postgres://user@host/database`; `None` if it is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_postgres = ["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| text.starts_with(scheme));
        let address = Address::parse(text).ok().filter(|_| is_postgres)?;
        Some(Self {
            url: text.to_owned(),
            address,
        })
    }

    /// Whether it holds a password, or may hold one.
    pub(crate) fn holds_secret(&self) -> bool {
        self.address.holds_secret()
    }

    /// All of it, for whoever connects.
    pub(crate) fn whole(&self) -> &str {
        &self.url
    }

    /// Without user and password.
    pub(crate) fn shown(&self) -> String {
        self.address.shown()
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.shown())
    }
}

pub(super) const DATABASE: Key = Key {
    name: "database",
    flag: "database",
    value: "URL",
    default: "\"postgres://portcullis@db.example/portcullis\"",
    help: "A PostgreSQL database that holds everything, for one server or several; a URL with a password belongs into \
           PORTCULLIS_DATABASE or the file, for every user of a machine sees flags; unset: SQLite in the data folder",
    take: |settings, raw| {
        let url = raw.text().and_then(DatabaseUrl::parse);
        url.map(|url| settings.database = Some(url))
            .ok_or("a URL such as postgres://portcullis@db.example/portcullis")
    },
};

pub(super) const DURABILITY: Key = Key {
    name: "durability",
    flag: "durability",
    value: "local|replicated",
    default: "\"local\"",
    help: "replicated: answer only what is on a synchronous standby of the database too; without one the server does not start, \
           and after a failover it answers writes with 503 until there is one again; its user needs the role pg_monitor",
    take: |settings, raw| {
        settings.replicated = match raw.text() {
            Some("local") => false,
            Some("replicated") => true,
            _ => return Err("local or replicated"),
        };
        Ok(())
    },
};
