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
    use sha2::{Digest as _, Sha256};

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

    /// The steps of each table, and the SHA-256 of each as it was released.
    const RELEASED: &[(&[&str], &[&str])] = &[
        (
            accounts::SQLITE,
            &[
                "97beca76e3a5e381f4b05fdf136f7946f987bc2e7c0bf11b730b7ff65e4b0fe8",
                "2b6addfc51482b797da05bf9ae7c6f82bcf9cbe2a4937330894919fb3d19f0d4",
                "feedce5924aa53aa6a1aa08ec1f91897ab7f8123a76b6037332036aa95f7cc2a",
                "390b96ee2f0ca876f96f18f17fb848fac6258326952aefbaa0d51b1fb0878a18",
                "4e47d4a56a94b546d05ed499bcdff042b901e85d6be359003642c25c458f38d3",
            ],
        ),
        #[cfg(feature = "postgres")]
        (
            accounts::POSTGRES,
            &["55fc52bf5e20b639b4c35237aad57c7197c2ba2a97b02dbb950420c3b6bdaa53"],
        ),
        (
            api_keys::SQLITE,
            &["dd544a3f8662c24f97d02a0024c12578d1b2c587caa377eace64a02117bafa2f"],
        ),
        #[cfg(feature = "postgres")]
        (
            api_keys::POSTGRES,
            &["cab687f26369102cf5b0905a2c6bdf5099846b480256045d470aabf1d70f00bc"],
        ),
        (
            audit::SQLITE,
            &["6cf641ad98db9c2b8bddce27c2782007224bbe0fa7e1db9f72c0c69617dfee0c"],
        ),
        #[cfg(feature = "postgres")]
        (
            audit::POSTGRES,
            &["aa0ae60126f7c79325a028975f5ab6e919308f68b80eb674a22adea6f874da35"],
        ),
        (
            clients::SQLITE,
            &["df80cbca985c67e2f5afed8837259b03e99f5344ddc2cc2f77ddf70a633fd012"],
        ),
        #[cfg(feature = "postgres")]
        (
            clients::POSTGRES,
            &["9325b3c26263f7c7d866a3ad529b1d772ffea5fa8b6ce6116d3b71ccbc85802a"],
        ),
        (
            keys::SQLITE,
            &["377e014bf4cf40e7002fb9245a089404fe1e125885e1d1384710f42ce627d2f3"],
        ),
        #[cfg(feature = "postgres")]
        (
            keys::POSTGRES,
            &["833e7e01dadde94c06830a76c64519d53132727cc5ae3c8330b669c80c274c13"],
        ),
        (
            revocations::SQLITE,
            &["ab743909877c96a1aeb1676cb779aa04e7534babc36085945f8e2e94a89f557d"],
        ),
        (
            secrets::SQLITE,
            &["dc525450736bbbbb7eb13bc5d1084eba2c07b86b6178146548e3390893038aa8"],
        ),
        #[cfg(feature = "postgres")]
        (
            secrets::POSTGRES,
            &["7ddcb3037ebaffd699dd3f775b4cd2bc552cd7a12914d68e16005e1f166e5c91"],
        ),
        (
            sessions::SQLITE,
            &["27289ffdd6942e8de0dd6a7205495baff5cdd0672ac383f00034dfc28f875230"],
        ),
        (
            throttle::SQLITE,
            &["e494bbdb442314a5b1fb688ea12fd70e87894dbbbee301f37e4b5553578d7891"],
        ),
        #[cfg(feature = "postgres")]
        (
            throttle::POSTGRES,
            &["4ed89b51b69e41e3a791e74ddb6507bd72b84ddc60cb8d104362d66cee00daf5"],
        ),
    ];

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
