//! A deployment's users are opened: the framework's tables are recognised, and what the file says goes before.

use std::path::PathBuf;

use portcullis_core::password::Origin;
use portcullis_sql::foreign::frameworks::{FRAMEWORKS, Framework, look};
use portcullis_sql::foreign::{ForeignError, ForeignUsers, Mapping, Stage};
use portcullis_sql::{AnyDatabase, AnyUsers};

use super::{Users, keycloak};
use crate::config::{Settings, USERS_URL_VARIABLE, UsersTable};
use crate::failure::{Failure, Outcome};
use crate::place::UNREACHABLE;

/// The users that the settings name; `own` is our own table, beside which the rest is kept.
pub(crate) async fn open(settings: &Settings, own: AnyUsers) -> Outcome<Users> {
    match &settings.users {
        None => Ok(Users::Own(own)),
        Some(table) if table.is_cut_over() => Ok(Users::Own(own)),
        Some(table) => foreign(table, own.database()).await.map(Users::Foreign),
    }
}

/// The table that the settings name, whatever the stage.
pub(crate) async fn foreign(table: &UsersTable, beside: AnyDatabase) -> Outcome<ForeignUsers> {
    let url = url(table)?;
    if let Some(path) = keycloak::named_by(&url) {
        return keycloak::open(&path, table.stage()).await;
    }
    let mapping = mapping(table, &url).await?;
    let users = ForeignUsers::open_beside(&url, mapping, table.stage(), beside).await;
    let users = users.map_err(failure)?;
    let stage = match users.stage() {
        Stage::ReadOnly => "read-only",
        Stage::WriteBack => "write-back",
    };
    tracing::info!(
        table = users.mapping().table,
        stage,
        "the users are another application's"
    );
    Ok(users)
}

/// The export that the settings name in place of a database.
pub(crate) fn export(table: &UsersTable) -> Outcome<Option<PathBuf>> {
    Ok(keycloak::named_by(&url(table)?))
}

/// What the columns mean.
async fn mapping(table: &UsersTable, url: &str) -> Outcome<Mapping> {
    let known = match &table.framework {
        None => None,
        // Its hashes are known and its tables are everybody's own.
        Some(name) if Framework::named(name).is_none() && name.parse::<Origin>().is_ok() => None,
        Some(name) => {
            let framework = framework(name)?;
            let schema = look(url).await.map_err(failure)?;
            let known = framework.mapping(&schema);
            // Its hashes in a table of the application's own, every column of which is declared.
            if known.is_none() && !table.is_declared() {
                let what = format!("the database has no users of {}", framework.title);
                return Err(Failure::new(what, "Look at it with `portcullis adopt URL`."));
            }
            known
        }
    };
    table.mapping(known)
}

/// Which hashes the application reads that the table's framework names. After a cut over nobody asks its database.
pub(super) async fn origin(table: &UsersTable) -> Outcome<Option<Origin>> {
    let Some(name) = &table.framework else {
        return Ok(None);
    };
    match Framework::named(name) {
        Some(framework) if framework.has_versions() && !table.is_cut_over() => {
            let url = url(table)?;
            let mapping = mapping(table, &url).await?;
            let origin = framework.origin(&url, &mapping).await.map_err(failure)?;
            let name = origin.map(Origin::name);
            tracing::info!(
                origin = name,
                "whose hashes are read and written, by the application's version"
            );
            Ok(origin)
        }
        _ => Ok(name.parse().ok()),
    }
}

/// The URL: the environment goes before the file.
fn url(table: &UsersTable) -> Outcome<String> {
    let given = std::env::var(USERS_URL_VARIABLE).ok();
    given.or_else(|| table.url.clone()).ok_or_else(|| {
        Failure::usage(
            "the table [users] names no database",
            format!("Set `url` there, or {USERS_URL_VARIABLE} where the URL holds a password."),
        )
    })
}

/// The framework of this name.
pub(crate) fn framework(name: &str) -> Outcome<&'static Framework> {
    Framework::named(name).ok_or_else(|| {
        let mut names: Vec<&str> = FRAMEWORKS.iter().map(|framework| framework.name).collect();
        names.extend(
            Origin::all()
                .map(Origin::name)
                .filter(|name| Framework::named(name).is_none()),
        );
        let what = format!("there is no framework {name}");
        Failure::usage(
            what,
            format!("Known are {}; or leave it out and name the columns.", names.join(", ")),
        )
    })
}

/// What is wrong with the foreign table, and what to do.
pub(crate) fn failure(error: ForeignError) -> Failure {
    let remedy = match &error {
        ForeignError::Url(_) => "",
        ForeignError::NotBuilt { .. } => "Build it with that feature.",
        ForeignError::Unreachable { .. } => UNREACHABLE,
        ForeignError::NoTable { .. } | ForeignError::NoColumn { .. } => {
            "Set its name under [users] in portcullis.toml; `portcullis adopt URL` shows what there is."
        }
        ForeignError::Expression { .. } => "Mend it under [users] in portcullis.toml.",
        _ => "Look at the reason above.",
    };
    Failure::new("the users of the other application", remedy).because(error)
}
