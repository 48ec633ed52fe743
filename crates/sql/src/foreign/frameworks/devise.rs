//! Devise for Ruby on Rails: `users` with `encrypted_password`.

use super::{Framework, maybe};
use crate::foreign::mapping::{LoginMatch, Mapping};
use crate::foreign::schema::Schema;

pub(super) const DEVISE: Framework = Framework {
    name: "devise",
    title: "Devise",
    recognise,
    harmless: &[],
    accepts: &[],
    version: None,
};

fn recognise(schema: &Schema) -> Option<Mapping> {
    let known = |table: &&str| schema.has(table, &["id", "email", "encrypted_password"]);
    let table = ["users", "accounts", "admins"].into_iter().find(known)?;
    // Its modules `lockable` and `confirmable`, and the usual soft delete.
    let conditions = [
        ("locked_at", "IS NULL"),
        ("confirmed_at", "IS NOT NULL"),
        ("deleted_at", "IS NULL"),
    ];
    let held = conditions.into_iter().filter_map(|(column, holds)| {
        let column = maybe(schema, table, column)?;
        Some(format!("{} {holds}", schema.dialect().quoted(&column)))
    });
    let active = held.collect::<Vec<_>>().join(" AND ");
    Some(Mapping {
        // Its `case_insensitive_keys`.
        login_match: LoginMatch::Lowered,
        active: Some(active).filter(|active| !active.is_empty()),
        email: maybe(schema, table, "email"),
        full_name: maybe(schema, table, "name").into_iter().collect(),
        ..Mapping::new(table, "id", "email", "encrypted_password")
    })
}
