//! Authlogic for Ruby on Rails: `users` with `crypted_password` and, but for bcrypt, `password_salt`.

use super::{Framework, as_the_database_compares, maybe, present};
use crate::foreign::mapping::Mapping;
use crate::foreign::schema::Schema;

pub(super) const AUTHLOGIC: Framework = Framework {
    name: "authlogic",
    title: "Authlogic",
    recognise,
    harmless: &[],
    accepts: &[],
    version: None,
};

fn recognise(schema: &Schema) -> Option<Mapping> {
    let known = |table: &&str| schema.has(table, &["id", "crypted_password", "persistence_token"]);
    let table = ["users", "accounts", "admins", "people"].into_iter().find(known)?;
    let logins = present(schema, table, &["login", "username", "email"]);
    let login = logins.first()?.clone();
    // Its magic states.
    let states = present(schema, table, &["active", "approved", "confirmed"]).into_iter();
    let active = states
        .map(|column| schema.dialect().quoted(&column))
        .collect::<Vec<_>>();
    Some(Mapping {
        logins,
        login_match: as_the_database_compares(schema),
        active: Some(active.join(" AND ")).filter(|active| !active.is_empty()),
        email: maybe(schema, table, "email"),
        salt: maybe(schema, table, "password_salt"),
        ..Mapping::new(table, "id", login, "crypted_password")
    })
}
