//! WordPress: `wp_users` under any prefix, with the roles in `wp_usermeta`.

use super::{Framework, maybe};
use crate::foreign::mapping::{LoginMatch, Mapping, ScopeSource};
use crate::foreign::schema::Schema;

pub(super) const WORDPRESS: Framework = Framework {
    name: "wordpress",
    title: "WordPress",
    recognise,
};

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
    Some(Mapping {
        logins: vec!["user_login".to_owned(), "user_email".to_owned()],
        login_match: LoginMatch::Folded,
        email: maybe(schema, table, "user_email"),
        full_name: maybe(schema, table, "display_name").into_iter().collect(),
        scopes: roles.into_iter().collect(),
        ..Mapping::new(table, "ID", "user_login", "user_pass")
    })
}
