//! Django's `django.contrib.auth`, also with a user model of the application's own (`AbstractUser`, `AbstractBaseUser`).

use super::{Framework, as_the_database_compares, maybe, present};
use crate::foreign::mapping::{Mapping, ScopeSource};
use crate::foreign::schema::Schema;

pub(super) const DJANGO: Framework = Framework {
    name: "django",
    title: "Django",
    recognise,
    harmless: &[],
    accepts: &[],
    version: None,
};

fn recognise(schema: &Schema) -> Option<Mapping> {
    let of_django = schema.has_table("django_migrations") || schema.has_table("django_content_type");
    let base = ["id", "password", "last_login"];
    // A model of the application's own stands before the default, whose table is then not made.
    let table = if schema.has("auth_user", &base) {
        "auth_user"
    } else {
        schema.tables().find(|table| of_django && schema.has(table, &base))?
    };
    let mut logins = present(schema, table, &["username"]);
    if logins.is_empty() {
        logins = present(schema, table, &["email"]);
    }
    let login = logins.into_iter().next()?;
    Some(Mapping {
        login_match: as_the_database_compares(schema),
        active: maybe(schema, table, "is_active").map(|column| schema.dialect().quoted(&column)),
        email: maybe(schema, table, "email"),
        full_name: present(schema, table, &["first_name", "last_name"]),
        scopes: groups(schema, table)
            .into_iter()
            .chain(permissions(schema, table))
            .collect(),
        ..Mapping::new(table, "id", login, "password")
    })
}

/// The column of a table between users and something else that names the user.
fn user_column<'a>(schema: &'a Schema, between: &str, other: &str) -> Option<&'a str> {
    let columns = schema.columns(between);
    let named = columns.map(|column| column.name.as_str());
    named.filter(|name| name.ends_with("_id")).find(|name| *name != other)
}

/// The names of the user's groups.
fn groups(schema: &Schema, table: &str) -> Option<ScopeSource> {
    let between = format!("{table}_groups");
    let user = user_column(schema, &between, "group_id")?;
    let quoted = |name: &str| schema.dialect().quoted(name);
    Some(ScopeSource::Query(format!(
        "SELECT g.name FROM auth_group g JOIN {} b ON b.group_id = g.id WHERE b.{} = {{id}} ORDER BY g.name",
        quoted(&between),
        quoted(user),
    )))
}

/// What the user may do, as `has_perm` has it: `blog.add_post`, their own, their groups', all for a superuser.
fn permissions(schema: &Schema, table: &str) -> Option<ScopeSource> {
    let (groups, own) = (format!("{table}_groups"), format!("{table}_user_permissions"));
    let of_groups = user_column(schema, &groups, "group_id")?;
    let of_own = user_column(schema, &own, "permission_id")?;
    let quoted = |name: &str| schema.dialect().quoted(name);
    let superuser = match schema.find(table, "is_superuser") {
        Some(_) => format!(
            " OR EXISTS (SELECT 1 FROM {} u WHERE u.id = {{id}} AND u.is_superuser)",
            quoted(table)
        ),
        None => String::new(),
    };
    Some(ScopeSource::Query(format!(
        "SELECT c.app_label, p.codename FROM auth_permission p JOIN django_content_type c ON c.id = p.content_type_id \
         WHERE p.id IN (SELECT permission_id FROM {} WHERE {} = {{id}}) \
         OR p.id IN (SELECT gp.permission_id FROM auth_group_permissions gp JOIN {} b ON b.group_id = gp.group_id \
         WHERE b.{} = {{id}}){superuser} ORDER BY c.app_label, p.codename",
        quoted(&own),
        quoted(of_own),
        quoted(&groups),
        quoted(of_groups),
    )))
}
