//! Whether all is in the database that this version puts there: what was dropped by hand is missed by logins only.

use std::collections::BTreeSet;
use std::path::Path;

use portcullis_sql::rusqlite::{self, Connection};
use portcullis_sql::{AnyClients, AnyDatabase, AnyThrottle, SqliteUsers};

use super::database::{Copy, temporary};
use super::finding::{Finding, fault, good};
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::{kept, signing};

const CHECK: &str = "tables";

/// Holds the copy against a database that is made anew.
pub(super) async fn all(copy: &Copy) -> Option<Finding> {
    let file = copy.file()?;
    if copy.settings.users.is_some() {
        return None;
    }
    let missing = async {
        let found = objects(&copy.users.database(), &file).await?;
        let folder = temporary()?;
        let anew = folder.path().join("users.db");
        let users = SqliteUsers::open(&anew).await.or_fail(WHAT, REMEDY)?;
        let expected = objects(&users.database().clone().into(), &anew).await?;
        users.close().await;
        Ok::<_, Failure>(expected.difference(&found).cloned().collect::<Vec<_>>())
    };
    Some(match missing.await {
        Err(failure) => fault(CHECK, failure.sentence(), failure.remedy()),
        Ok(missing) => match missing.as_slice() {
            [] => good(CHECK, "every table is there"),
            missing => fault(CHECK, format!("somebody dropped: {}", missing.join(", ")), REMEDY),
        },
    })
}

const WHAT: &str = "the tables cannot be looked at";
const REMEDY: &str = "Bring back a copy: portcullis restore FILE --force.";

/// What a database holds once everything that is kept in it was opened.
async fn objects(database: &AnyDatabase, file: &Path) -> Outcome<BTreeSet<String>> {
    signing::store(database).await?;
    kept::secrets(database).await?;
    kept::sessions(database).await?;
    kept::api_keys(database).await?;
    kept::audit(database).await?;
    AnyClients::on(database.clone()).await.or_fail(WHAT, REMEDY)?;
    AnyThrottle::on(database.clone()).await.or_fail(WHAT, REMEDY)?;
    let names = "SELECT type || ' ' || name FROM sqlite_schema WHERE name LIKE 'portcullis%'";
    let read = || -> rusqlite::Result<BTreeSet<String>> {
        let connection = Connection::open(file)?;
        let mut statement = connection.prepare(names)?;
        statement.query_map([], |row| row.get(0))?.collect()
    };
    read().or_fail(WHAT, REMEDY)
}
