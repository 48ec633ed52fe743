//! Tables of ours, as every database that we keep them in sees them: of each its statements, what they are given, and how
//! its rows are read. Nothing here runs anything; that is a driver's part (`sqlite/`).

pub(crate) mod copied_accounts;
pub(crate) mod keys;
pub(crate) mod row;
mod statement;
pub(crate) mod value;

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::{copied_accounts, keys};
    use crate::{Database, SqliteKeys, SqliteUsers};

    #[tokio::test]
    async fn every_statement_is_understood_and_first_uses_its_parameters_in_rising_order() {
        let database = Database::temporary().await.expect("opens");
        SqliteUsers::on(database.clone()).await.expect("migrated");
        SqliteKeys::on(database.clone()).await.expect("migrated");
        let check = |connection: &rusqlite::Connection| {
            for (name, text) in [copied_accounts::STATEMENTS, keys::STATEMENTS].concat() {
                let statement = connection.prepare(text)?;
                // SQLite takes `$1` for a name, and numbers names as they come.
                for number in 1..=statement.parameter_count() {
                    let expected = format!("${number}");
                    assert_eq!(
                        statement.parameter_name(number),
                        Some(expected.as_str()),
                        "{name}: {text}"
                    );
                }
            }
            Ok(())
        };
        database.read(check).expect("every statement is understood");
    }

    /// The steps of each table, and the SHA-256 of each as it was released.
    const RELEASED: &[(&[&str], &[&str])] = &[(
        keys::SQLITE,
        &["377e014bf4cf40e7002fb9245a089404fe1e125885e1d1384710f42ce627d2f3"],
    )];

    #[test]
    fn no_step_that_was_released_has_changed() {
        for (steps, released) in RELEASED {
            let digests = steps.iter().map(|step| {
                let digest = Sha256::digest(step);
                digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
            });
            assert_eq!(&digests.collect::<Vec<_>>(), released);
        }
    }
}
