//! Supabase's `auth.users`.

use super::{Framework, maybe, now};
use crate::foreign::mapping::{LoginMatch, Mapping};
use crate::foreign::schema::Schema;

pub(super) const SUPABASE: Framework = Framework {
    name: "supabase",
    title: "Supabase",
    recognise,
    harmless: &[],
    accepts: &[],
    version: None,
};

fn recognise(schema: &Schema) -> Option<Mapping> {
    let known = |table: &&str| schema.has(table, &["id", "instance_id", "aud", "email", "encrypted_password"]);
    let table = ["auth.users", "users"].into_iter().find(known)?;
    let has = |column: &str| maybe(schema, table, column).map(|column| schema.dialect().quoted(&column));
    let conditions = [
        has("deleted_at").map(|column| format!("{column} IS NULL")),
        has("banned_until").map(|column| format!("({column} IS NULL OR {column} < {})", now(schema))),
        has("email_confirmed_at").map(|column| format!("{column} IS NOT NULL")),
    ];
    let active = conditions.into_iter().flatten().collect::<Vec<_>>().join(" AND ");
    Some(Mapping {
        // As it stores every address.
        login_match: LoginMatch::Lowered,
        active: Some(active).filter(|active| !active.is_empty()),
        email: maybe(schema, table, "email"),
        ..Mapping::new(table, "id", "email", "encrypted_password")
    })
}
