//! Gitea's and Forgejo's `user`.

use super::{Framework, maybe, present};
use crate::foreign::mapping::{LoginMatch, Mapping, ScopeSource};
use crate::foreign::schema::Schema;

pub(super) const GITEA: Framework = Framework {
    name: "gitea",
    title: "Gitea",
    recognise,
    harmless: &[],
    accepts: &["gitea_pbkdf2"],
    version: None,
};

fn recognise(schema: &Schema) -> Option<Mapping> {
    let table = "user";
    if !schema.has(
        table,
        &["id", "lower_name", "email", "passwd", "passwd_hash_algo", "salt"],
    ) {
        return None;
    }
    let quoted = |name: &str| schema.dialect().quoted(name);
    let has = |column: &str| maybe(schema, table, column).map(|column| quoted(&column));
    let conditions = [
        has("is_active"),
        has("prohibit_login").map(|column| format!("NOT {column}")),
        // Neither organisations nor robots.
        has("type").map(|column| format!("{column} = 0")),
    ];
    let active = conditions.into_iter().flatten().collect::<Vec<_>>().join(" AND ");
    let admin = has("is_admin").map(|column| {
        ScopeSource::Query(format!(
            "SELECT 'admin' FROM {} WHERE id = {{id}} AND {column}",
            quoted(table)
        ))
    });
    Some(Mapping {
        logins: vec!["lower_name".to_owned(), "email".to_owned()],
        login_match: LoginMatch::Lowered,
        active: Some(active).filter(|active| !active.is_empty()),
        email: maybe(schema, table, "email"),
        full_name: present(schema, table, &["full_name"]),
        scopes: admin.into_iter().collect(),
        salt: maybe(schema, table, "salt"),
        algorithm: maybe(schema, table, "passwd_hash_algo"),
        ..Mapping::new(table, "id", "lower_name", "passwd")
    })
}
