//! A URL of a database.

use std::path::PathBuf;

use super::error::ForeignError;

/// Where a foreign database is.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Address {
    Sqlite(PathBuf),
    /// With the whole URL, which may hold a password.
    #[cfg_attr(not(feature = "postgres"), allow(dead_code, reason = "said to be missing"))]
    Postgres(String),
    #[cfg_attr(not(feature = "mysql"), allow(dead_code, reason = "said to be missing"))]
    Mysql(String),
}

const EXPECTED: &str = "a database is named by a URL: sqlite:///srv/app/db.sqlite3, postgres://user@host/database or \
    mysql://user@host/database";

impl Address {
    pub(super) fn parse(url: &str) -> Result<Self, ForeignError> {
        let (scheme, rest) = url.split_once(':').ok_or(ForeignError::Url(EXPECTED))?;
        match scheme {
            "sqlite" | "sqlite3" => {
                // `sqlite:db`, `sqlite:/srv/db`, `sqlite:///srv/db`, as SQLAlchemy and Django write it.
                let path = rest.strip_prefix("//").map_or(rest, |rest| rest);
                if path.is_empty() || path == "/" || path.starts_with(":memory:") {
                    return Err(ForeignError::Url(EXPECTED));
                }
                Ok(Self::Sqlite(PathBuf::from(path)))
            }
            "postgres" | "postgresql" if rest.starts_with("//") => Ok(Self::Postgres(format!("postgres:{rest}"))),
            "mysql" | "mariadb" if rest.starts_with("//") => Ok(Self::Mysql(format!("mysql:{rest}"))),
            _ => Err(ForeignError::Url(EXPECTED)),
        }
    }

    /// For people and logs: without user, password and options.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Sqlite(path) => path.display().to_string(),
            Self::Postgres(url) | Self::Mysql(url) => {
                let (scheme, rest) = url.split_once("://").unwrap_or_default();
                let rest = rest.split(['?', '#']).next().unwrap_or_default();
                // The last one: a password may hold the sign as it is.
                let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
                format!("{scheme}://{place}")
            }
        }
    }
}

/// Whether a name of a host is that of this one.
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(super) fn is_this_host(name: &str) -> bool {
    let address: Option<std::net::IpAddr> = name.trim_matches(['[', ']']).parse().ok();
    name == "localhost" || address.is_some_and(|address| address.is_loopback())
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Address({:?})", self.shown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_url_of_a_database_is_refused() {
        for url in [
            "",
            "db.sqlite3",
            "sqlite:",
            "sqlite://",
            "sqlite::memory:",
            "oracle://host/db",
            "postgres:host",
        ] {
            assert!(matches!(Address::parse(url), Err(ForeignError::Url(_))), "{url}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let address = Address::parse("postgresql://app:p%40ss@w0rd@db.example:5432/app?password=p%40ss").unwrap();
        assert_eq!(address.shown(), "postgres://db.example:5432/app");
        assert_eq!(format!("{address:?}"), "Address(\"postgres://db.example:5432/app\")");
    }

    #[test]
    fn a_file_is_named_in_every_usual_way() {
        for (url, path) in [
            ("sqlite:///srv/db.sqlite3", "/srv/db.sqlite3"),
            ("sqlite:/srv/db.sqlite3", "/srv/db.sqlite3"),
            ("sqlite:db.sqlite3", "db.sqlite3"),
            ("sqlite://db.sqlite3", "db.sqlite3"),
        ] {
            assert_eq!(
                Address::parse(url).unwrap(),
                Address::Sqlite(PathBuf::from(path)),
                "{url}"
            );
        }
    }
}
