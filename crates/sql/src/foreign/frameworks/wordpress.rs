//! WordPress: `wp_users` under any prefix, with the roles in `wp_usermeta`.

use portcullis_core::password::Origin;

use super::{Framework, Version, maybe};
use crate::foreign::mapping::{LoginMatch, Mapping, ScopeSource};
use crate::foreign::schema::Schema;

pub(super) const WORDPRESS: Framework = Framework {
    name: "wordpress",
    title: "WordPress",
    recognise,
    harmless: &["user_status"],
    accepts: &[],
    version: Some(Version { query, origin }),
};

/// The schema's revision of WordPress 6.8.2. That of 6.8 and 6.8.1 is 6.7's; they read what is written for older ones too.
const SINCE_68: u64 = 60_421;

fn query(schema: &Schema, mapping: &Mapping) -> Option<String> {
    let options = format!("{}options", mapping.table.strip_suffix("users")?);
    let dialect = schema.dialect();
    schema.has(&options, &["option_name", "option_value"]).then(|| {
        format!(
            "SELECT {} FROM {} WHERE option_name = 'db_version'",
            dialect.text("option_value"),
            dialect.quoted(&options)
        )
    })
}

/// What every version reads, unless it is known to be new.
fn origin(revision: Option<&str>) -> Origin {
    let revision = revision.and_then(|revision| revision.trim().parse::<u64>().ok());
    match revision {
        Some(SINCE_68..) => Origin::WordPress,
        _ => Origin::WordPressBefore68,
    }
}

fn recognise(schema: &Schema) -> Option<Mapping> {
    let columns = ["ID", "user_login", "user_pass", "user_email"];
    let table = schema
        .tables()
        .find(|table| table.ends_with("users") && schema.has(table, &columns))?;
    let prefix = table.strip_suffix("users").unwrap_or_default();
    let (meta, dialect) = (format!("{prefix}usermeta"), schema.dialect());
    let roles = schema.has_table(&meta).then(|| {
        let (meta, key) = (dialect.quoted(&meta), dialect.literal(&format!("{prefix}capabilities")));
        ScopeSource::PhpArrays(format!(
            "SELECT meta_value FROM {meta} WHERE user_id = {{id}} AND meta_key = {key}"
        ))
    });
    // Of a network of sites.
    let barred = ["spam", "deleted"]
        .into_iter()
        .filter_map(|column| maybe(schema, table, column));
    let held: Vec<String> = barred
        .map(|column| format!("{} = 0", dialect.quoted(&column)))
        .collect();
    Some(Mapping {
        active: Some(held.join(" AND ")).filter(|active| !active.is_empty()),
        logins: vec!["user_login".to_owned(), "user_email".to_owned()],
        login_match: LoginMatch::Folded,
        email: maybe(schema, table, "user_email"),
        full_name: maybe(schema, table, "display_name").into_iter().collect(),
        scopes: roles.into_iter().collect(),
        ..Mapping::new(table, "ID", "user_login", "user_pass")
    })
}
