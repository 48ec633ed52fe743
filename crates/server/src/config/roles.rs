//! The table `[roles]`: sets of scopes with a name.

use portcullis_core::{Declared, DeclaredRole, is_scope_token};

use crate::failure::{Failure, Outcome};

/// Names, and the scopes of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RolesTable(Vec<(String, Vec<String>)>);

impl RolesTable {
    /// Reads `editor = ["blog.add_post"]` and so on from the file at `place`. Whether there are such scopes is seen where they are
    /// declared.
    pub(super) fn read(value: &toml::Value, place: &str) -> Outcome<Self> {
        let unfit = |what: String| {
            Failure::usage(
                what,
                "Write each role as `editor = [\"blog.add_post\", \"blog.change_post\"]` under [roles].",
            )
        };
        let table = value
            .as_table()
            .ok_or_else(|| unfit(format!("`roles` in {place} is no table")))?;
        let mut roles = Vec::with_capacity(table.len());
        for (name, scopes) in table {
            let scopes = scopes.as_array().map(|scopes| scopes.iter().map(text).collect());
            let (true, Some(Some(scopes))) = (is_scope_token(name), scopes) else {
                return Err(unfit(format!(
                    "`roles.{name}` in {place} is no role with a list of scopes"
                )));
            };
            roles.push((name.clone(), scopes));
        }
        Ok(Self(roles))
    }

    /// These, of `scopes` that are declared. They live as long as the process, which reads its settings once.
    pub(crate) fn declared(&self, scopes: &'static [Declared]) -> &'static [DeclaredRole] {
        if self.0.is_empty() {
            return &[];
        }
        let leak = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
        let named = |name: &String| {
            let known = scopes.iter().find(|scope| scope.name == name).copied();
            // One that is not declared is refused where the roles are.
            known.unwrap_or_else(|| Declared {
                name: leak(name),
                sentence: "",
            })
        };
        let role = |(name, held): &(String, Vec<String>)| DeclaredRole {
            name: leak(name),
            sentence: "",
            scopes: Box::leak(held.iter().map(named).collect()),
        };
        Box::leak(self.0.iter().map(role).collect())
    }
}

/// A text that is a scope.
fn text(value: &toml::Value) -> Option<String> {
    let text = value.as_str().filter(|text| is_scope_token(text));
    text.map(str::to_owned)
}
