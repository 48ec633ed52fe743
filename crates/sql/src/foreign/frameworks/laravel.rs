//! Laravel's `users`, with the roles of spatie/laravel-permission where they are.

use super::{Framework, as_the_database_compares, maybe};
use crate::foreign::mapping::{Mapping, ScopeSource};
use crate::foreign::schema::Schema;

pub(super) const LARAVEL: Framework = Framework {
    name: "laravel",
    title: "Laravel",
    recognise,
    harmless: &[],
    accepts: &[],
    version: None,
};

fn recognise(schema: &Schema) -> Option<Mapping> {
    let table = "users";
    if !schema.has(table, &["id", "email", "password", "remember_token"]) {
        return None;
    }
    let quoted = |name: &str| schema.dialect().quoted(name);
    let roles = schema
        .has("model_has_roles", &["role_id", "model_id", "model_type"])
        .then(|| {
            ScopeSource::Query(
                "SELECT r.name FROM roles r JOIN model_has_roles b ON b.role_id = r.id \
             WHERE b.model_id = {id} AND b.model_type LIKE '%User' ORDER BY r.name"
                    .to_owned(),
            )
        });
    Some(Mapping {
        login_match: as_the_database_compares(schema),
        // Soft deletes.
        active: maybe(schema, table, "deleted_at").map(|column| format!("{} IS NULL", quoted(&column))),
        email: maybe(schema, table, "email"),
        full_name: maybe(schema, table, "name").into_iter().collect(),
        scopes: roles.into_iter().collect(),
        ..Mapping::new(table, "id", "email", "password")
    })
}
