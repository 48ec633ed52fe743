//! A URL of a database.

use std::path::PathBuf;

use super::error::ForeignError;

/// Where a database is, as it may be shown and kept. `Debug` shows what [`Address::shown`] does.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(Kind);

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Sqlite(PathBuf),
    /// With the whole URL, which may hold a password.
    #[cfg_attr(not(feature = "postgres"), allow(dead_code, reason = "said to be missing"))]
    Postgres(String),
    #[cfg_attr(not(feature = "mysql"), allow(dead_code, reason = "said to be missing"))]
    Mysql(String),
}

const EXPECTED: &str = "a database is named by a URL: sqlite:///srv/app/db.sqlite3, postgres://user@host/database or \
    mysql://user@host/database";

/// The parameters of a URL that never hold a secret.
const OPEN_PARAMETERS: &[&str] = &[
    "application_name",
    "channel_binding",
    "conn_ttl",
    "connect_timeout",
    "dbname",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "load_balance_hosts",
    "max_allowed_packet",
    "options",
    "port",
    "prefer_socket",
    "require_ssl",
    "socket",
    "sslmode",
    "sslnegotiation",
    "stmt_cache_size",
    "target_session_attrs",
    "tcp_keepalive",
    "tcp_nodelay",
    "tcp_user_timeout",
    "user",
    "verify_ca",
    "verify_identity",
    "wait_timeout",
];

impl Address {
    /// Reads a URL: `sqlite:…` with a path, `postgres://…` or `mysql://…`.
    ///
    /// # Errors
    /// [`ForeignError::Url`], which does not repeat it.
    pub fn parse(url: &str) -> Result<Self, ForeignError> {
        let (scheme, rest) = url.split_once(':').ok_or(ForeignError::Url(EXPECTED))?;
        let kind = match scheme {
            "sqlite" | "sqlite3" => {
                // `sqlite:db`, `sqlite:/srv/db`, `sqlite:///srv/db`, as SQLAlchemy and Django write it.
                let path = rest.strip_prefix("//").map_or(rest, |rest| rest);
                if path.is_empty() || path == "/" || path.starts_with(":memory:") {
                    return Err(ForeignError::Url(EXPECTED));
                }
                Kind::Sqlite(PathBuf::from(path))
            }
            "postgres" | "postgresql" if rest.starts_with("//") => Kind::Postgres(format!("postgres:{rest}")),
            "mysql" | "mariadb" if rest.starts_with("//") => Kind::Mysql(format!("mysql:{rest}")),
            _ => return Err(ForeignError::Url(EXPECTED)),
        };
        Ok(Self(kind))
    }

    pub(super) fn into_kind(self) -> Kind {
        self.0
    }

    /// For people and logs: without user, password and options; of a URL that can be read in two ways the scheme alone.
    #[must_use]
    pub fn shown(&self) -> String {
        match &self.0 {
            Kind::Sqlite(path) => path.display().to_string(),
            Kind::Postgres(url) | Kind::Mysql(url) => {
                let (scheme, rest) = url.split_once("://").unwrap_or_default();
                let (before, options) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
                // The last one: a password may hold the sign as it is.
                let place = before.rsplit_once('@').map_or(before, |(_, place)| place);
                match options.contains('@') {
                    true => format!("{scheme}://…"),
                    false => format!("{scheme}://{place}"),
                }
            }
        }
    }

    /// Whether the URL holds a password, or may hold one: then it is for the environment, and not for a file or a screen.
    #[must_use]
    pub fn holds_secret(&self) -> bool {
        let (Kind::Postgres(url) | Kind::Mysql(url)) = &self.0 else {
            return false;
        };
        let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
        if let Some((user, _)) = rest.rsplit_once('@')
            && decoded(user).contains(':')
        {
            return true;
        }
        let options = rest.split_once(['?', '#']).map_or("", |(_, options)| options);
        let mut names = options.split(['&', ';', '?', '#']).filter(|option| !option.is_empty());
        names.any(|option| {
            let name = decoded(option.split('=').next().unwrap_or_default());
            !OPEN_PARAMETERS.contains(&name.as_str())
        })
    }

    /// The URL for a file of settings, which is read from another working directory: a path is made absolute. It is the whole
    /// URL; see [`Address::holds_secret`].
    ///
    /// # Errors
    /// The file is not there.
    pub fn kept(&self) -> std::io::Result<String> {
        Ok(match &self.0 {
            Kind::Sqlite(path) => format!("sqlite://{}", path.canonicalize()?.display()),
            Kind::Postgres(url) | Kind::Mysql(url) => url.clone(),
        })
    }
}

/// With `%2D` as `-`, and what is no such sign as it stands.
fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, behind)) = rest.split_first() {
        let hex = behind.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let sign = hex
            .filter(|_| *first == b'%')
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(sign.unwrap_or(*first));
        rest = if sign.is_some() {
            behind.get(2..).unwrap_or_default()
        } else {
            behind
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
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
    fn a_url_that_can_be_read_in_two_ways_is_not_shown() {
        for url in [
            "postgres://app:hun?ter2@db.example/app",
            "postgres://app:hun#ter2@db.example/app",
            "mysql://db.example/app?password=hun@ter2",
        ] {
            let shown = Address::parse(url).unwrap().shown();
            assert!(!shown.contains("hun") && !shown.contains("ter2"), "{shown}");
        }
    }

    #[test]
    fn a_secret_is_found_wherever_a_url_may_hold_one() {
        for url in [
            "postgres://app:hunter2@db.example/app",
            "postgres://app%3Ahunter2@db.example/app",
            "postgres://app:hunter2@a.example,b.example/app",
            "postgres://app@db.example/app?password=hunter2",
            "postgres://app@db.example/app?sslmode=require&password=hunter2",
            "postgres://app@db.example/app?p%61ssword=hunter2",
            "postgres://app@db.example/app?PassWord=hunter2",
            "postgres://app@db.example/app?sslpassword=hunter2",
            "postgres://app@db.example/app?sslmode=require;password=hunter2",
            "postgres:///app?user=app&password=hunter2",
            "postgres://app@db.example/app#password=hunter2",
            "postgres://app:hun?ter2@db.example/app",
            "mysql://app:hunter2@db.example/app",
            "mariadb://app@db.example/app?password=hunter2",
        ] {
            let address = Address::parse(url).unwrap();
            assert!(address.holds_secret(), "{url}");
            assert!(!address.shown().contains("hunter2"), "{url}");
        }
        for url in [
            "sqlite:///srv/app:1.db",
            "postgres://app@db.example:5432/app?sslmode=require&options=-c%20search_path%3Dapp",
            "postgres://[::1]:5432/app",
            "mysql://app@db.example/app?require_ssl=true",
        ] {
            assert!(!Address::parse(url).unwrap().holds_secret(), "{url}");
        }
    }

    #[test]
    fn what_is_kept_leads_to_the_same_file_from_everywhere() {
        let kept = Address::parse("sqlite:Cargo.toml").unwrap().kept().unwrap();
        assert_eq!(kept, format!("sqlite://{}/Cargo.toml", env!("CARGO_MANIFEST_DIR")));
        assert!(Address::parse("sqlite:nowhere.db").unwrap().kept().is_err());
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
                Address(Kind::Sqlite(PathBuf::from(path))),
                "{url}"
            );
        }
    }
}
