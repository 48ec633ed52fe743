//! What a table has beside what is used of it, and what it lacks.

use super::{ForeignError, ForeignUsers, Kind, Lane};
use crate::foreign::dialect::Dialect;
use crate::foreign::mapping::{LoginMatch, ScopeSource};

/// A column that nothing uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unused {
    /// Its name.
    pub name: String,
    /// Some of what stands in it, as text; nothing of what is no text.
    pub samples: Vec<String>,
}

impl ForeignUsers {
    /// The columns that neither the mapping nor its expressions use, in order, with up to `samples` different texts that
    /// stand in each.
    ///
    /// # Errors
    /// What the database says.
    pub async fn unused_columns(&self, samples: usize) -> Result<Vec<Unused>, ForeignError> {
        let (mapping, dialect) = (&self.0.mapping, self.0.connection.dialect());
        let own = mapping.scopes.iter().filter_map(|source| match source {
            ScopeSource::Query(sql) | ScopeSource::PhpArrays(sql) => Some(sql.as_str()),
            ScopeSource::Column(_) => None,
        });
        let expressions: Vec<&str> = mapping.active.as_deref().into_iter().chain(own).collect();
        let is_used = |name: &str| {
            mapping.columns().any(|(_, used)| used == name) || expressions.iter().any(|sql| has_word(sql, name))
        };
        let mut unused = Vec::new();
        for column in self
            .0
            .schema
            .columns(&mapping.table)
            .filter(|column| !is_used(&column.name))
        {
            let (table, name) = (dialect.quoted(&mapping.table), dialect.quoted(&column.name));
            let text = dialect.text(&name);
            // Each once, for the first rows may all say the same.
            let sql = format!("SELECT DISTINCT {text} FROM {table} WHERE {name} IS NOT NULL AND {text} <> ''");
            let statement = dialect.statement(&sql, &[]).limited(samples);
            let rows = match self.0.connection.rows(Lane::Longer, &statement, &[]).await {
                // Bytes that are no text, or a type that does not become one.
                Err(ForeignError::Statement(_) | ForeignError::Row(_)) => Vec::new(),
                rows => rows?,
            };
            unused.push(Unused {
                name: column.name.clone(),
                samples: rows.into_iter().flatten().flatten().collect(),
            });
        }
        Ok(unused)
    }

    /// For each login column that no index serves, the statement with which the table's owner makes one: without it every
    /// login, also of a name that nobody has, looks through the whole table. Nothing is said of a view.
    #[must_use]
    pub fn missing_indexes(&self) -> Vec<String> {
        let (mapping, dialect) = (&self.0.mapping, self.0.connection.dialect());
        let is_folded =
            |kind: Kind| mapping.login_match == LoginMatch::Folded && dialect != Dialect::Mysql && kind != Kind::Citext;
        let mut missing = Vec::new();
        for (login, kind) in mapping.logins.iter().zip(&self.0.login_kinds) {
            let column = dialect.quoted(login);
            let wanted = if is_folded(*kind) {
                format!("lower({column})")
            } else {
                column
            };
            if self.0.schema.is_indexed(&mapping.table, &wanted) == Some(false) {
                let bare = mapping.table.rsplit('.').next().unwrap_or_default();
                let name = dialect.quoted(&format!("{bare}_{login}_login").replace('.', "_"));
                missing.push(format!(
                    "CREATE INDEX {name} ON {} ({wanted})",
                    dialect.quoted(&mapping.table)
                ));
            }
        }
        missing
    }
}

/// Whether a name stands in SQL as a word of its own.
fn has_word(sql: &str, name: &str) -> bool {
    let is_letter = |sign: char| sign.is_alphanumeric() || sign == '_';
    sql.match_indices(name).any(|(place, _)| {
        let before = sql.get(..place).and_then(|before| before.chars().next_back());
        let after = sql
            .get(place..)
            .and_then(|rest| rest.strip_prefix(name))
            .and_then(|rest| rest.chars().next());
        !before.is_some_and(is_letter) && !after.is_some_and(is_letter)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_name_is_another_name() {
        for sql in ["is_active", "\"is_active\" AND x", "NOT is_active", "(is_active = 1)"] {
            assert!(has_word(sql, "is_active"), "{sql}");
        }
        for sql in ["", "was_is_active", "is_active2", "isactive", "is_active_é"] {
            assert!(!has_word(sql, "is_active"), "{sql}");
        }
    }
}
