//! ASP.NET Core Identity: `AspNetUsers`.

use super::{Framework, maybe, now};
use crate::foreign::mapping::{LoginMatch, Mapping, ScopeSource};
use crate::foreign::schema::Schema;

pub(super) const ASP_NET: Framework = Framework {
    name: "asp-net",
    title: "ASP.NET Core Identity",
    recognise,
    harmless: &[],
    accepts: &[],
    version: None,
};

fn recognise(schema: &Schema) -> Option<Mapping> {
    let table = "AspNetUsers";
    if !schema.has(
        table,
        &["Id", "UserName", "PasswordHash", "LockoutEnd", "LockoutEnabled"],
    ) {
        return None;
    }
    let quoted = |name: &str| schema.dialect().quoted(name);
    let (end, enabled) = (quoted("LockoutEnd"), quoted("LockoutEnabled"));
    let has_roles = schema.has("AspNetUserRoles", &["UserId", "RoleId"]) && schema.has("AspNetRoles", &["Id", "Name"]);
    let roles = has_roles.then(|| {
        let (roles, between, name, id) = (
            quoted("AspNetRoles"),
            quoted("AspNetUserRoles"),
            quoted("Name"),
            quoted("Id"),
        );
        let (role, user) = (quoted("RoleId"), quoted("UserId"));
        let sql = format!("SELECT r.{name} FROM {roles} r JOIN {between} b ON b.{role} = r.{id}");
        ScopeSource::Query(format!("{sql} WHERE b.{user} = {{id}} ORDER BY r.{name}"))
    });
    Some(Mapping {
        // It compares a spelling of its own (`NormalizedUserName`), which differs in case alone.
        login_match: LoginMatch::Folded,
        active: Some(format!("({end} IS NULL OR {end} < {} OR NOT {enabled})", now(schema))),
        email: maybe(schema, table, "Email"),
        scopes: roles.into_iter().collect(),
        ..Mapping::new(table, "Id", "UserName", "PasswordHash")
    })
}
