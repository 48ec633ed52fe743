//! FastAPI-Users with its SQLAlchemy model: `user`, whose login is the e-mail address.

use super::{Framework, maybe};
use crate::foreign::mapping::{LoginMatch, Mapping, ScopeSource};
use crate::foreign::schema::Schema;

pub(super) const FASTAPI_USERS: Framework = Framework {
    name: "fastapi-users",
    title: "FastAPI-Users",
    recognise,
    harmless: &[],
    accepts: &[],
    version: None,
};

fn recognise(schema: &Schema) -> Option<Mapping> {
    let known = |table: &&str| schema.has(table, &["id", "email", "hashed_password", "is_active", "is_superuser"]);
    let table = ["user", "users"].into_iter().find(known)?;
    let quoted = |name: &str| schema.dialect().quoted(name);
    let superuser = format!(
        "SELECT 'superuser' FROM {} WHERE id = {{id}} AND is_superuser",
        quoted(table)
    );
    Some(Mapping {
        login_match: LoginMatch::Folded,
        active: Some(quoted("is_active")),
        email: maybe(schema, table, "email"),
        scopes: vec![ScopeSource::Query(superuser)],
        ..Mapping::new(table, "id", "email", "hashed_password")
    })
}
