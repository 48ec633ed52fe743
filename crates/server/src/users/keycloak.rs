//! Users of a Keycloak export, used where they are: the file is read at every start, and never written.

use std::path::{Path, PathBuf};

use portcullis_sql::foreign::{ForeignUsers, LoginMatch, Mapping, ScopeSource, Stage};
use portcullis_sql::{Database, rusqlite};

use crate::failure::{Failure, OrFail as _, Outcome};
use crate::progress::Progress;
use crate::records::{Fields, Format, Row, Source, unreadable};

/// What stands before the file's name in place of a database's scheme.
pub(crate) const SCHEME: &str = "keycloak:";

const TABLE: &[&str] = &[
    "CREATE TABLE keycloak_users (username TEXT PRIMARY KEY, email TEXT, full_name TEXT, \
    enabled INTEGER NOT NULL, roles TEXT, hash TEXT, login_email TEXT) STRICT; \
    CREATE INDEX keycloak_emails ON keycloak_users (login_email)",
];

const ADD: &str = "INSERT INTO keycloak_users VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING";

/// The file that `url` names, if it names one.
pub(super) fn named_by(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix(SCHEME)?;
    Some(PathBuf::from(path.strip_prefix("//").unwrap_or(path)))
}

/// The users of the export at `path`, in a database that goes with the process. A user that cannot be read is logged and
/// left out.
pub(super) async fn open(path: &Path, stage: Stage) -> Outcome<ForeignUsers> {
    if stage == Stage::WriteBack {
        let what = "the stage \"write-back\" needs a database, and an export is a file";
        return Err(Failure::usage(
            what,
            "Stay with \"read-only\", or `portcullis adopt --cut-over`.",
        ));
    }
    let remedy = "Look at the temporary folder: is there room, and may this user write there?";
    let database = Database::temporary().await;
    let database = database.or_fail("a temporary database cannot be made", remedy)?;
    let made = database.migrate("keycloak_export", TABLE).await;
    made.or_fail("a temporary database cannot be made", remedy)?;
    let source = Source {
        path: path.to_owned(),
        format: Some(Format::Keycloak),
        ..Source::default()
    };
    let opened = source.open().map_err(|why| why.failure(path))?;
    let (mut rows, mut progress) = (opened.chosen()?.start()?, Progress::new("users read"));
    while let Some(batch) = rows.recv().await {
        progress.add(batch.len());
        let users = readable(batch, path)?;
        let stored = database.write(move |connection| add(connection, &users)).await;
        stored.or_fail("the users of the export cannot be kept", remedy)?;
    }
    progress.end();
    let mapping = Mapping {
        logins: vec!["username".to_owned(), "login_email".to_owned()],
        // Keycloak stores both so, and files that people wrote are made so.
        login_match: LoginMatch::Lowered,
        active: Some("enabled".to_owned()),
        email: Some("email".to_owned()),
        full_name: vec!["full_name".to_owned()],
        scopes: vec![ScopeSource::Column("roles".to_owned())],
        ..Mapping::new("keycloak_users", "username", "username", "hash")
    };
    let url = format!("sqlite:{}", database.path().display());
    let users = ForeignUsers::open(&url, mapping, stage, Some(database)).await;
    users.map_err(super::failure)
}

fn add(connection: &rusqlite::Connection, users: &[Fields]) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(ADD)?;
    for user in users {
        let lowered = |text: &Option<String>| text.as_deref().map(str::to_lowercase);
        let username = lowered(&user.username);
        let login_email = lowered(&user.email).filter(|_| user.log_in.by_email);
        let Fields {
            email,
            full_name,
            disabled,
            scopes,
            hash,
            ..
        } = user;
        statement.execute((username, email, full_name, !disabled, scopes, hash, login_email))?;
    }
    Ok(())
}

fn readable(batch: Vec<Row>, path: &Path) -> Outcome<Vec<Fields>> {
    let mut users = Vec::with_capacity(batch.len());
    for row in batch {
        match row {
            Ok(record) if record.fields.username.is_some() => {
                if record.fields.password.is_some() {
                    let reason = "the password stands there as it is typed; `portcullis user import` hashes it";
                    tracing::warn!(user = record.line, reason, "a user of the export cannot log in");
                }
                users.push(record.fields);
            }
            Ok(record) => tracing::warn!(user = record.line, "a user of the export has no name and is left out"),
            Err(fault) if fault.is_last => return Err(unreadable(path, &fault)),
            Err(fault) => tracing::warn!(
                user = fault.line,
                reason = fault.reason,
                "a user of the export is left out"
            ),
        }
    }
    Ok(users)
}
