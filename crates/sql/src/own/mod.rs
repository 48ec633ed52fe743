//! Tables of ours, as every database that we keep them in sees them: of each its statements, what they are given, and how
//! its rows are read. Nothing here runs anything; that is a driver's part (`sqlite/`).

pub(crate) mod accounts;
pub(crate) mod api_keys;
pub(crate) mod audit;
#[cfg(feature = "postgres")]
pub(crate) mod audit_numbers;
pub(crate) mod audit_sequences;
pub(crate) mod clients;
#[cfg(feature = "postgres")]
pub(crate) mod concurrent_sessions;
pub(crate) mod copied_accounts;
pub(crate) mod ended_accounts;
pub(crate) mod families;
#[cfg(feature = "postgres")]
pub(crate) mod gathered;
pub(crate) mod insertion;
pub(crate) mod keys;
#[cfg(feature = "postgres")]
mod list;
pub(crate) mod logins;
pub(crate) mod revocation_positions;
#[cfg(feature = "postgres")]
pub(crate) mod revocation_snapshots;
pub(crate) mod revocations;
pub(crate) mod row;
pub(crate) mod sample;
pub(crate) mod seals;
pub(crate) mod secrets;
pub(crate) mod sessions;
mod statement;
#[cfg(feature = "postgres")]
pub(crate) mod tables;
pub(crate) mod throttle;
pub(crate) mod value;
#[cfg(feature = "postgres")]
pub(crate) mod whole;

pub(crate) use statement::STATEMENTS_KEPT;

#[cfg(test)]
mod tests {
    use super::{
        STATEMENTS_KEPT, accounts, api_keys, audit, audit_sequences, clients, copied_accounts, ended_accounts,
        families, keys, logins, revocation_positions, revocations, seals, secrets, sessions, throttle,
    };
    use crate::{
        Database, SqliteApiKeys, SqliteAudit, SqliteClients, SqliteKeys, SqliteSecrets, SqliteSessions, SqliteThrottle,
        SqliteUsers,
    };

    /// The statements of every table.
    fn statements() -> Vec<(&'static str, &'static str)> {
        [
            accounts::STATEMENTS,
            api_keys::STATEMENTS,
            audit::STATEMENTS,
            audit_sequences::STATEMENTS,
            clients::STATEMENTS,
            copied_accounts::STATEMENTS,
            ended_accounts::STATEMENTS,
            families::STATEMENTS,
            keys::STATEMENTS,
            logins::STATEMENTS,
            revocation_positions::STATEMENTS,
            revocations::STATEMENTS,
            seals::STATEMENTS,
            secrets::STATEMENTS,
            sessions::STATEMENTS,
            throttle::STATEMENTS,
        ]
        .concat()
    }

    #[test]
    fn every_statement_stays_prepared_and_there_is_as_much_room_again() {
        assert!(statements().len() * 2 <= STATEMENTS_KEPT, "{}", statements().len());
    }

    #[tokio::test]
    async fn every_statement_is_understood_and_first_uses_its_parameters_in_rising_order() {
        let database = Database::temporary().await.expect("opens");
        SqliteUsers::on(database.clone()).await.expect("migrated");
        SqliteKeys::on(database.clone()).await.expect("migrated");
        SqliteSecrets::on(database.clone()).await.expect("migrated");
        SqliteSessions::on(database.clone()).await.expect("migrated");
        SqliteClients::on(database.clone()).await.expect("migrated");
        SqliteThrottle::on(database.clone()).await.expect("migrated");
        SqliteApiKeys::on(database.clone()).await.expect("migrated");
        SqliteAudit::on(database.clone()).await.expect("migrated");
        let check = |connection: &rusqlite::Connection| {
            for (name, text) in statements() {
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

    #[cfg(feature = "postgres")]
    #[test]
    fn what_several_who_write_at_once_need_has_parameters_without_a_gap() {
        let statements = [
            super::concurrent_sessions::STATEMENTS,
            super::revocation_snapshots::STATEMENTS,
        ]
        .concat();
        for (name, text) in statements {
            let behind = |number: usize| {
                text.split(&format!("${number}"))
                    .skip(1)
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            };
            let used = |number: usize| behind(number).iter().any(|rest| !rest.starts_with(char::is_numeric));
            let count = (1..).take_while(|number| used(*number)).count();
            assert!(count > 0 && !(count + 2..40).any(used), "{name}: {text}");
        }
    }
}
