//! The tables of the file, beside its plain settings.

use super::{PasswordsTable, RolesTable, ScopesTable, Settings, UsersTable};
use crate::failure::Outcome;

/// Their names.
pub(super) const TABLES: [&str; 4] = ["users", "scopes", "roles", "passwords"];

impl Settings {
    /// Takes a table of the file at `place`; says whether `name` is one.
    pub(super) fn take_table(&mut self, name: &str, value: &toml::Value, place: &str) -> Outcome<bool> {
        match name {
            "users" => self.users = Some(UsersTable::read(value, place)?),
            "scopes" => self.scopes = ScopesTable::read(value, place)?,
            "roles" => self.roles = RolesTable::read(value, place)?,
            "passwords" => self.passwords = PasswordsTable::read(value, place)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}
