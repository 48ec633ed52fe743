//! Every statement that PostgreSQL is asked, on a real server.

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::installed::Server;
use super::{
    PostgresApiKeys, PostgresAudit, PostgresClients, PostgresDatabase, PostgresKeys, PostgresSecrets, PostgresSessions,
    PostgresThrottle, PostgresUsers,
};
use crate::own::{
    accounts, api_keys, audit, audit_numbers, clients, concurrent_sessions, copied_accounts, ended_accounts, families,
    gathered, keys, logins, revocation_snapshots, seals, secrets, sessions, throttle,
};

/// A server with every table of ours.
async fn with_tables() -> Option<(Server, Client)> {
    let server = Server::start().await?;
    let database = PostgresDatabase::open(&server.url).await.expect("opens");
    PostgresUsers::on(database.clone()).await.expect("migrated");
    PostgresKeys::on(database.clone()).await.expect("migrated");
    PostgresSecrets::on(database.clone()).await.expect("migrated");
    PostgresThrottle::on(database.clone()).await.expect("migrated");
    PostgresApiKeys::on(database.clone()).await.expect("migrated");
    PostgresSessions::on(database.clone()).await.expect("migrated");
    PostgresClients::on(database.clone()).await.expect("migrated");
    PostgresAudit::on(database.clone()).await.expect("migrated");
    let client = server.client().await;
    Some((server, client))
}

/// The statements of every table.
fn statements() -> Vec<(&'static str, &'static str)> {
    [
        accounts::STATEMENTS,
        api_keys::STATEMENTS,
        audit::STATEMENTS,
        audit_numbers::STATEMENTS,
        clients::STATEMENTS,
        concurrent_sessions::STATEMENTS,
        copied_accounts::STATEMENTS,
        ended_accounts::STATEMENTS,
        families::STATEMENTS,
        gathered::STATEMENTS,
        keys::STATEMENTS,
        logins::STATEMENTS,
        revocation_snapshots::STATEMENTS,
        seals::STATEMENTS,
        secrets::STATEMENTS,
        sessions::STATEMENTS,
        throttle::STATEMENTS,
    ]
    .concat()
}

#[tokio::test]
async fn every_statement_is_understood_and_takes_and_gives_what_our_rows_hold() {
    let Some((_server, client)) = with_tables().await else {
        return;
    };
    for (name, text) in statements() {
        let prepared = client.prepare(text).await;
        let prepared = prepared.unwrap_or_else(|error| panic!("{name}: {text}: {error:?}"));
        let columns = prepared.columns().iter().map(tokio_postgres::Column::type_);
        for kind in prepared.params().iter().chain(columns) {
            let ours = [Type::INT8, Type::TEXT, Type::BYTEA].contains(kind);
            assert!(ours, "{name}: {text}: {kind}");
        }
    }
}

/// Some thousand rows of everything, so that walking through a table would be dear.
const FILLED: &str = "
    INSERT INTO portcullis_accounts (id, username, disabled, scopes, token_epoch)
        SELECT n::text, 'name' || n, 0, '', 1 FROM generate_series(1, 5000) AS n;
    INSERT INTO portcullis_logins SELECT n::text, 'login' || n, 1, 'email' FROM generate_series(1, 5000) AS n;
    INSERT INTO portcullis_ended_accounts SELECT n::text, 1 FROM generate_series(1, 5000) AS n;
    INSERT INTO portcullis_copied_accounts SELECT n::text, '', 1 FROM generate_series(1, 5000) AS n;
    INSERT INTO portcullis_api_keys SELECT decode(lpad(to_hex(n), 32, '0'), 'hex'), 'user' || n % 1000, 1, '', '', 1,
        decode(lpad('', 64, '0'), 'hex'), n, NULL, NULL, CASE WHEN n % 2 = 0 THEN n END FROM generate_series(1, 5000) AS n;
    INSERT INTO portcullis_throttle SELECT decode(lpad(to_hex(n % 2500), 32, '0'), 'hex'),
        decode(lpad(to_hex(n), 16, '0'), 'hex'), '', n % 100, n FROM generate_series(1, 5000) AS n;
    INSERT INTO portcullis_known_networks
        SELECT decode(lpad(to_hex(n % 2500), 32, '0'), 'hex'), n, n FROM generate_series(1, 5000) AS n;
    INSERT INTO portcullis_clients SELECT 'c' || n, 0, 0, '', '', NULL, '', NULL, 0, 0 FROM generate_series(1, 5000) AS n;
    INSERT INTO portcullis_used_assertions
        SELECT decode(lpad(to_hex(n), 32, '0'), 'hex'), n FROM generate_series(1, 5000) AS n;
    INSERT INTO portcullis_audit (id, position, at, kind, node, key, mac)
        SELECT decode(lpad(to_hex(n), 32, '0'), 'hex'), CASE WHEN n <= 4990 THEN n END, n, n % 20, 1, 1,
        decode(lpad('', 32, '0'), 'hex') FROM generate_series(1, 5000) AS n;
    INSERT INTO portcullis_seals SELECT n, decode(lpad(to_hex(n), 64, '0'), 'hex'), decode(lpad('', 64, '0'), 'hex'),
        1, n, 1, n, 1, 1, '' FROM generate_series(1, 4000) AS n;
    UPDATE portcullis_audit_given SET position = 4990, seal = 4000;
    ANALYZE;
    SET plan_cache_mode = force_generic_plan";

#[tokio::test]
async fn no_statement_of_a_login_or_a_request_or_the_trail_walks_through_a_table() {
    let Some((_server, client)) = with_tables().await else {
        return;
    };
    for statement in FILLED.split(';') {
        client.batch_execute(statement).await.expect(statement);
    }
    let asked = [
        accounts::BY_ID,
        accounts::BY_USERNAME,
        accounts::BY_LOGIN,
        accounts::SWAP_HASH,
        accounts::UPDATE,
        accounts::DELETE,
        api_keys::KEY,
        api_keys::OF_USER,
        api_keys::ADD,
        api_keys::REMOVE_OVER,
        api_keys::END,
        api_keys::END_OF,
        audit::BEHIND,
        audit::FIND,
        audit::LAST,
        audit_numbers::ADD,
        audit_numbers::WAITING,
        audit_numbers::NUMBER,
        audit_numbers::STARTS,
        audit_numbers::HEAD,
        audit_numbers::STANDING,
        audit_numbers::WHOLE_SEALS,
        clients::CLIENT,
        clients::CHANGE,
        clients::USE_ONCE,
        copied_accounts::LAST,
        ended_accounts::EPOCH,
        ended_accounts::REMEMBER,
        gathered::SEEN,
        gathered::TOUCH,
        logins::OF_ACCOUNT,
        logins::REMOVE,
        seals::ADD,
        seals::ABOVE,
        seals::NEWEST,
        seals::BEFORE,
        throttle::SIDE,
        throttle::NETWORKS,
        throttle::CHANGE,
        throttle::REMOVE,
        throttle::FORGET,
        throttle::KEEP_LAST,
    ];
    for sql in asked {
        let parameters = client.prepare(sql).await.expect(sql).params().len();
        let nothing = vec!["NULL"; parameters].join(", ");
        let given = if parameters == 0 {
            String::new()
        } else {
            format!("({nothing})")
        };
        let explained = format!("PREPARE asked AS {sql}; EXPLAIN EXECUTE asked{given}; DEALLOCATE asked");
        for line in client.simple_query(&explained).await.expect(sql) {
            let tokio_postgres::SimpleQueryMessage::Row(line) = line else {
                continue;
            };
            let line = line.get(0).expect("a line");
            // Of that there is one row.
            let walks = line.contains("Seq Scan") && !line.contains("portcullis_audit_given");
            assert!(!walks, "{sql}: {line}");
        }
    }
}
