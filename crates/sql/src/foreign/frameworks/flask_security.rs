//! Flask-Security and Flask-Security-Too with their usual SQLAlchemy models: `user`, `role`, `roles_users`.

use super::{Framework, maybe, present};
use crate::foreign::mapping::{LoginMatch, Mapping, ScopeSource};
use crate::foreign::schema::Schema;

pub(super) const FLASK_SECURITY: Framework = Framework {
    name: "flask-security",
    title: "Flask-Security",
    recognise,
    harmless: &["fs_uniquifier", "fs_token_uniquifier"],
    accepts: &[],
    version: None,
};

fn recognise(schema: &Schema) -> Option<Mapping> {
    let known = |table: &&str| {
        schema.has(table, &["id", "email", "password", "active"])
            && (schema.find(table, "fs_uniquifier").is_some() || schema.has_table("roles_users"))
    };
    let table = ["user", "users"].into_iter().find(known)?;
    let mut mapping = Mapping {
        login_match: LoginMatch::Folded,
        active: Some(schema.dialect().quoted("active")),
        email: maybe(schema, table, "email"),
        full_name: present(schema, table, &["first_name", "last_name"]),
        ..Mapping::new(table, "id", "email", "password")
    };
    mapping.logins.extend(maybe(schema, table, "username"));
    if schema.has("roles_users", &["user_id", "role_id"]) && schema.has("role", &["id", "name"]) {
        mapping.scopes.push(ScopeSource::Query(
            "SELECT r.name FROM role r JOIN roles_users b ON b.role_id = r.id WHERE b.user_id = {id} ORDER BY r.name"
                .to_owned(),
        ));
    }
    Some(mapping)
}
