//! Grafana's `user`.

use super::{Framework, maybe, present};
use crate::foreign::mapping::{LoginMatch, Mapping, ScopeSource};
use crate::foreign::schema::Schema;

pub(super) const GRAFANA: Framework = Framework {
    name: "grafana",
    title: "Grafana",
    recognise,
    harmless: &[],
    accepts: &["grafana_pbkdf2"],
    version: None,
};

fn recognise(schema: &Schema) -> Option<Mapping> {
    let table = "user";
    if !schema.has(table, &["id", "login", "email", "password", "salt", "rands", "org_id"]) {
        return None;
    }
    let quoted = |name: &str| schema.dialect().quoted(name);
    let admin = maybe(schema, table, "is_admin").map(|column| {
        let (table, column) = (quoted(table), quoted(&column));
        ScopeSource::Query(format!("SELECT 'admin' FROM {table} WHERE id = {{id}} AND {column}"))
    });
    Some(Mapping {
        logins: vec!["login".to_owned(), "email".to_owned()],
        login_match: LoginMatch::Folded,
        active: maybe(schema, table, "is_disabled").map(|column| format!("NOT {}", quoted(&column))),
        email: maybe(schema, table, "email"),
        full_name: present(schema, table, &["name"]),
        scopes: admin.into_iter().collect(),
        salt: maybe(schema, table, "salt"),
        ..Mapping::new(table, "id", "login", "password")
    })
}
