//! The table `[users]`: users that another application owns, used where they are.

use std::fmt;

use portcullis_sql::foreign::{LoginMatch, Mapping, ScopeSource, Stage};
use serde::Deserialize;

use super::unknown::unknown_in;
use crate::failure::{Failure, Outcome};

/// The variable that holds the URL, which may hold a password.
pub(crate) const USERS_URL_VARIABLE: &str = "PORTCULLIS_USERS_URL";

/// The variable that holds the other application's pepper.
pub(crate) const USERS_PEPPER_VARIABLE: &str = "PORTCULLIS_USERS_PEPPER";

const NAMES: &[&str] = &[
    "url",
    "framework",
    "stage",
    "table",
    "id",
    "logins",
    "fold_case",
    "hash",
    "active",
    "email",
    "full_name",
    "scopes",
    "epoch",
    "salt",
    "algorithm",
];

/// `[users]` as it was read.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct UsersTable {
    /// Where the database is; in the environment where it holds a password.
    pub(crate) url: Option<String>,
    /// Whose tables they are; without it every column must be named.
    pub(crate) framework: Option<String>,
    #[serde(default)]
    stage: StageName,
    table: Option<String>,
    id: Option<String>,
    logins: Option<Vec<String>>,
    fold_case: Option<bool>,
    hash: Option<String>,
    active: Option<String>,
    email: Option<String>,
    full_name: Option<Vec<String>>,
    scopes: Option<Vec<String>>,
    epoch: Option<String>,
    salt: Option<String>,
    algorithm: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StageName {
    #[default]
    ReadOnly,
    WriteBack,
    CutOver,
}

impl fmt::Debug for UsersTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL may hold a password.
        f.debug_struct("UsersTable")
            .field("framework", &self.framework)
            .finish_non_exhaustive()
    }
}

impl UsersTable {
    /// Reads the table of the file at `place`.
    pub(super) fn read(value: &toml::Value, place: &str) -> Outcome<Self> {
        let names = value.as_table().into_iter().flat_map(toml::Table::keys);
        if let Some(name) = names.into_iter().find(|name| !NAMES.contains(&name.as_str())) {
            return Err(unknown_in(&format!("`users.{name}` in {place}"), name, NAMES));
        }
        value.clone().try_into().map_err(|error: toml::de::Error| {
            // Without the text around the fault, which may be a URL with a password.
            let what = format!("the table [users] in {place}: {}", error.message());
            Failure::usage(what, "`portcullis adopt URL` writes one.")
        })
    }

    /// Whether the users were copied into our own table, and are used there.
    pub(crate) fn is_cut_over(&self) -> bool {
        self.stage == StageName::CutOver
    }

    /// How far the table may be used.
    pub(crate) fn stage(&self) -> Stage {
        match self.stage {
            // Once more, for a copy that follows later changes.
            StageName::ReadOnly | StageName::CutOver => Stage::ReadOnly,
            StageName::WriteBack => Stage::WriteBack,
        }
    }

    /// What the columns mean: what the framework's tables say, and over it what the file says.
    pub(crate) fn mapping(&self, known: Option<Mapping>) -> Outcome<Mapping> {
        let mut mapping = match known {
            Some(known) => known,
            None => self.declared()?,
        };
        for (value, target) in [
            (&self.table, &mut mapping.table),
            (&self.id, &mut mapping.id),
            (&self.hash, &mut mapping.hash),
        ] {
            if let Some(value) = value {
                target.clone_from(value);
            }
        }
        for (value, target) in [
            (&self.active, &mut mapping.active),
            (&self.email, &mut mapping.email),
            (&self.epoch, &mut mapping.epoch),
            (&self.salt, &mut mapping.salt),
            (&self.algorithm, &mut mapping.algorithm),
        ] {
            if value.is_some() {
                target.clone_from(value);
            }
        }
        if let Some(logins) = self.logins.clone().filter(|logins| !logins.is_empty()) {
            mapping.logins = logins;
        }
        if let Some(names) = &self.full_name {
            mapping.full_name.clone_from(names);
        }
        if let Some(scopes) = &self.scopes {
            mapping.scopes = scopes.iter().map(|source| scope_source(source)).collect();
        }
        match self.fold_case {
            Some(true) => mapping.login_match = LoginMatch::Folded,
            Some(false) => mapping.login_match = LoginMatch::Exact,
            None => {}
        }
        Ok(mapping)
    }

    /// Whether every column is named that is needed.
    pub(crate) fn is_declared(&self) -> bool {
        self.declared().is_ok()
    }

    /// A mapping of the file's own.
    fn declared(&self) -> Outcome<Mapping> {
        let first = self.logins.as_ref().and_then(|logins| logins.first());
        match (&self.table, &self.id, first, &self.hash) {
            (Some(table), Some(id), Some(login), Some(hash)) => Ok(Mapping::new(table, id, login, hash)),
            _ => Err(Failure::usage(
                "the table [users] names no framework and not all of table, id, logins and hash",
                "Name a framework, or those four; `portcullis adopt URL` looks at the database and writes them.",
            )),
        }
    }
}

/// A query, or the name of a column.
fn scope_source(text: &str) -> ScopeSource {
    let is_query = text.get(..7).is_some_and(|begin| begin.eq_ignore_ascii_case("select "));
    if is_query {
        ScopeSource::Query(text.to_owned())
    } else {
        ScopeSource::Column(text.to_owned())
    }
}
