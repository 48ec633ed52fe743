//! Connections to PostgreSQL and MariaDB that stall, are cut and refused, and what the servers themselves are asked to hold.

use portcullis_core::password::HashString;
use portcullis_core::{AccountStore as _, User as _, UserId, UserStore as _};
use portcullis_sql::foreign::frameworks::{Framework, look};
use portcullis_sql::foreign::{ForeignError, ForeignUsers, LoginMatch, Mapping, ScopeSource, Stage};

use super::databases::Database;
use super::relay::{Relay, Way};

pub(crate) const MEMBERS: &str =
    "CREATE TABLE members (id INTEGER PRIMARY KEY, login VARCHAR(100), email VARCHAR(100), hash VARCHAR(200));
    INSERT INTO members VALUES (1, 'john', 'john@example.com', 'h1'), (2, 'jane', 'jane@example.com', 'h2'),
        (3, 'jane@example.com', NULL, 'h3');";

pub(crate) fn members() -> Mapping {
    Mapping {
        logins: vec!["login".into(), "email".into()],
        ..Mapping::new("members", "id", "login", "hash")
    }
}

/// Those that are installed.
fn servers() -> Vec<Database> {
    [Database::postgres(), Database::mariadb()]
        .into_iter()
        .flatten()
        .collect()
}

pub(crate) fn john() -> UserId {
    UserId::from("1")
}

/// Another port in a URL.
fn through(database: &Database, relay: &Relay) -> String {
    database
        .url
        .replace(&format!(":{}/", database.port), &format!(":{}/", relay.port))
}

pub(crate) async fn opened(url: &str, mapping: Mapping, stage: Stage) -> Result<ForeignUsers, ForeignError> {
    ForeignUsers::open(url, mapping, stage, None).await
}

#[tokio::test]
async fn a_server_that_goes_mute_costs_one_time_out_and_is_asked_anew() {
    let each = servers().into_iter().map(|database| {
        tokio::spawn(async move {
            database.run(MEMBERS);
            let relay = Relay::to(database.port);
            let users = opened(&through(&database, &relay), members(), Stage::ReadOnly)
                .await
                .unwrap();
            assert!(users.by_id(&john()).await.unwrap().is_some());
            assert!(users.credentials("john").await.unwrap().is_some());
            relay.stall();
            relay.set(Way::Stalled);
            let asked = (0..40).map(|_| {
                let users = users.clone();
                tokio::spawn(async move {
                    let (by_id, credentials) = (users.by_id(&"1".into()).await, users.credentials("john").await);
                    assert!(by_id.is_err() && credentials.is_err());
                })
            });
            // One after the other these would take minutes; the guard is far from one time-out of each and far from that.
            let all = async {
                for asked in asked.collect::<Vec<_>>() {
                    asked.await.unwrap();
                }
            };
            tokio::time::timeout(std::time::Duration::from_secs(60), all)
                .await
                .expect("shared");
            relay.set(Way::Open);
            assert!(users.by_id(&john()).await.unwrap().is_some(), "on another connection");
            assert!(users.credentials("john").await.unwrap().is_some());
        })
    });
    for each in each.collect::<Vec<_>>() {
        each.await.unwrap();
    }
}

#[tokio::test]
async fn connections_that_were_cut_or_refused_are_made_anew() {
    for database in servers() {
        database.run(MEMBERS);
        let relay = Relay::to(database.port);
        let users = opened(&through(&database, &relay), members(), Stage::WriteBack)
            .await
            .unwrap();
        for _ in 0..3 {
            assert!(users.by_id(&john()).await.unwrap().is_some(), "{}", database.url);
            assert!(users.credentials("john").await.unwrap().is_some());
            relay.cut();
        }
        relay.set(Way::Refused);
        let before = relay.accepted();
        assert!(users.by_id(&john()).await.is_err());
        assert!(relay.accepted() > before, "it was tried");
        relay.set(Way::Open);
        assert!(users.by_id(&john()).await.unwrap().is_some(), "{}", database.url);
        let (seen, new) = (HashString::new("h1"), HashString::new("h9"));
        assert!(users.swap_hash(&john(), &seen, &new).await.unwrap());
    }
}

#[tokio::test]
async fn the_stage_that_only_reads_is_held_by_the_database_itself() {
    for database in servers() {
        let counts = if database.is_postgres() {
            "CREATE FUNCTION counted() RETURNS TEXT AS $$ INSERT INTO asked VALUES (1); SELECT 'x' $$ LANGUAGE sql;"
        } else {
            "CREATE FUNCTION counted() RETURNS VARCHAR(9) MODIFIES SQL DATA BEGIN INSERT INTO asked VALUES (1); RETURN 'x'; END"
        };
        database.run(MEMBERS);
        database.run("CREATE TABLE asked (n INTEGER)");
        database.run(counts);
        let mapping = Mapping {
            scopes: vec![ScopeSource::Query(
                "SELECT counted() FROM members WHERE id = {id}".into(),
            )],
            ..members()
        };
        // MariaDB refuses it as soon as it is prepared.
        let cause = match opened(&database.url, mapping.clone(), Stage::ReadOnly).await {
            Ok(users) => format!("{:?}", users.by_id(&john()).await.unwrap_err()),
            Err(refused) => format!("{refused:?}"),
        };
        assert!(
            cause.to_lowercase().contains("read") && cause.contains("25006"),
            "{cause}"
        );
        let users = opened(&database.url, mapping, Stage::WriteBack).await.unwrap();
        assert_eq!(users.by_id(&john()).await.unwrap().unwrap().scopes().as_str(), "x");
    }
}

#[tokio::test]
async fn what_the_url_says_of_the_session_holds_in_the_stage_that_only_reads() {
    let Some(database) = Database::postgres() else { return };
    database.run("CREATE TABLE members (id INTEGER PRIMARY KEY, login TEXT, password TEXT)");
    database.run("CREATE SCHEMA tenant");
    database.run(&format!("SET search_path = tenant; {MEMBERS}"));
    let url = format!("{}?options=-c%20search_path%3Dtenant%2Cpublic", database.url);
    let users = opened(&url, members(), Stage::ReadOnly).await.unwrap();
    assert!(users.by_id(&john()).await.unwrap().is_some());
    assert!(
        opened(&database.url, members(), Stage::ReadOnly).await.is_err(),
        "another table of that name"
    );
    let named = Mapping {
        table: "tenant.members".into(),
        ..members()
    };
    let users = opened(&database.url, named, Stage::ReadOnly).await.unwrap();
    assert!(users.by_login("john").await.unwrap().is_some());
    let schema = look(&database.url).await.unwrap();
    assert_eq!(
        schema.tables().collect::<Vec<_>>(),
        ["members"],
        "those of other schemas need their names"
    );
    database.run(
        "CREATE SCHEMA auth; CREATE TABLE auth.users (instance_id UUID, id UUID PRIMARY KEY, aud VARCHAR(255),
             email VARCHAR(255), encrypted_password VARCHAR(255), email_confirmed_at TIMESTAMPTZ, banned_until TIMESTAMPTZ,
             deleted_at TIMESTAMPTZ);
         INSERT INTO auth.users VALUES (NULL, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '', 'john@example.com', 'h', now(), NULL)",
    );
    let (framework, mapping) = Framework::recognised(&look(&database.url).await.unwrap()).expect("Supabase");
    assert_eq!((framework.name, mapping.table.as_str()), ("supabase", "auth.users"));
    let users = opened(&database.url, mapping, Stage::ReadOnly).await.unwrap();
    assert!(users.by_login("John@example.com").await.unwrap().unwrap().is_active());
    assert_eq!(
        users.missing_indexes(),
        ["CREATE INDEX \"users_email_login\" ON \"auth\".\"users\" (\"email\")"]
    );
    database.run("CREATE INDEX ON auth.users (email); CREATE INDEX ON tenant.members (lower(login))");
    let folded = Mapping {
        table: "tenant.members".into(),
        login_match: LoginMatch::Folded,
        ..members()
    };
    let users = opened(&database.url, folded, Stage::ReadOnly).await.unwrap();
    let missing = users.missing_indexes();
    assert_eq!(
        missing,
        ["CREATE INDEX \"members_email_login\" ON \"tenant\".\"members\" (lower(\"email\"))"]
    );
}

#[tokio::test]
async fn a_login_is_compared_as_it_is_whatever_the_servers_collation_folds() {
    for database in servers() {
        let tables = if database.is_postgres() {
            "CREATE COLLATION folds (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
             CREATE EXTENSION citext;
             CREATE TABLE folding (id TEXT COLLATE folds PRIMARY KEY, login TEXT COLLATE folds UNIQUE, mail CITEXT,
                 hash TEXT COLLATE folds);"
        } else {
            "CREATE TABLE folding (id VARCHAR(20) PRIMARY KEY, login VARCHAR(100) CHARACTER SET latin1 UNIQUE,
                 mail VARCHAR(100), hash VARCHAR(100));"
        };
        database.run(tables);
        database.run("INSERT INTO folding VALUES ('a', 'josé', 'José@example.com', 'abc')");
        let mapping = Mapping::new("folding", "id", "login", "hash");
        let users = opened(&database.url, mapping.clone(), Stage::WriteBack).await.unwrap();
        for other in ["jose", "JOSÉ", "josé ", " josé"] {
            assert!(
                users.by_login(other).await.unwrap().is_none(),
                "{other:?} at {}",
                database.url
            );
        }
        assert_eq!(users.by_login("josé").await.unwrap().unwrap().id().as_str(), "a");
        assert!(users.by_id(&"A".into()).await.unwrap().is_none());
        let (id, new) = (UserId::from("a"), HashString::new("new"));
        assert!(!users.swap_hash(&id, &HashString::new("ABC"), &new).await.unwrap());
        assert!(
            !users
                .swap_hash(&"A".into(), &HashString::new("abc"), &new)
                .await
                .unwrap()
        );
        assert!(users.swap_hash(&id, &HashString::new("abc"), &new).await.unwrap());
        let folded = Mapping {
            logins: vec!["mail".into()],
            login_match: LoginMatch::Folded,
            ..mapping.clone()
        };
        let users = opened(&database.url, folded.clone(), Stage::ReadOnly).await.unwrap();
        assert!(
            users.by_login("JOSÉ@example.com").await.unwrap().is_some(),
            "{}",
            database.url
        );
        let exact = Mapping {
            login_match: LoginMatch::Exact,
            ..folded
        };
        let users = opened(&database.url, exact, Stage::ReadOnly).await.unwrap();
        assert!(
            users.by_login("JOSÉ@example.com").await.unwrap().is_none(),
            "{}",
            database.url
        );
        assert!(users.by_login("José@example.com").await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_doubled_login_is_nobodys_and_a_sample_is_fair_on_every_server() {
    for database in servers() {
        database.run(MEMBERS);
        let users = opened(&database.url, members(), Stage::ReadOnly).await.unwrap();
        assert!(
            users.credentials("jane@example.com").await.unwrap().is_none(),
            "{}",
            database.url
        );
        assert_eq!(users.credentials("jane").await.unwrap().unwrap().id.as_str(), "2");
        assert_eq!(users.findings().await.unwrap().doubled_logins, 1);
        assert_eq!(users.missing_indexes().len(), 2, "{}", database.url);
        database.run("CREATE INDEX logins ON members (login)");
        let users = opened(&database.url, members(), Stage::ReadOnly).await.unwrap();
        assert_eq!(users.missing_indexes().len(), 1, "{}", database.url);
        let rows = if database.is_postgres() {
            "FROM generate_series(1, 60000) AS n"
        } else {
            "FROM (SELECT seq AS n FROM seq_1_to_60000) AS s"
        };
        let (kind, ids) = match database.is_postgres() {
            true => ("UUID", "CAST(lpad(to_hex(n * 997), 32, '018f') AS UUID)"),
            false => ("BIGINT", "n * 997 + 5000000"),
        };
        database.run(&format!(
            "CREATE TABLE many (id {kind} PRIMARY KEY, login INTEGER, hash VARCHAR(9))"
        ));
        database.run(&format!(
            "INSERT INTO many SELECT {ids}, n, CASE WHEN n <= 6000 THEN 'old' ELSE 'new' END {rows}"
        ));
        let users = opened(
            &database.url,
            Mapping::new("many", "id", "login", "hash"),
            Stage::ReadOnly,
        )
        .await
        .unwrap();
        let sample = users.sample_hashes(1_000).await.unwrap();
        let old = sample.iter().filter(|hash| hash.as_str() == "old").count();
        assert!(
            (250..=1_000).contains(&sample.len()),
            "{} at {}",
            sample.len(),
            database.url
        );
        assert!(
            (4..=20).contains(&(old * 100 / sample.len())),
            "{old} of {} at {}",
            sample.len(),
            database.url
        );
        assert!(
            users.by_login("77").await.unwrap().is_some(),
            "a login that is a number"
        );
        assert!(users.by_login("077").await.unwrap().is_none());
    }
}

#[tokio::test]
async fn statements_that_are_stale_are_prepared_again_also_those_that_write() {
    let Some(database) = Database::postgres() else { return };
    database.run(MEMBERS);
    // What a pooler does that gives us another session.
    database.run(
        "CREATE FUNCTION forgets() RETURNS BOOLEAN AS $$ BEGIN EXECUTE 'DEALLOCATE ALL'; RETURN true; END $$ LANGUAGE plpgsql",
    );
    let forgetting = Mapping {
        active: Some("forgets()".into()),
        ..members()
    };
    let users = opened(&database.url, forgetting, Stage::WriteBack).await.unwrap();
    let swap = async |seen: &str, new: &str| {
        users
            .swap_hash(&john(), &HashString::new(seen), &HashString::new(new))
            .await
            .unwrap()
    };
    for (seen, new) in [("h1", "h2"), ("h2", "h3"), ("h3", "h4")] {
        assert!(users.by_id(&john()).await.unwrap().is_some());
        assert!(swap(seen, new).await);
        assert_eq!(
            users.list(None, 1).await.unwrap().len(),
            1,
            "which forgets what was prepared for writing"
        );
    }
    database.run("ALTER TABLE members ALTER COLUMN hash TYPE TEXT, ALTER COLUMN id TYPE BIGINT");
    assert!(
        users.by_id(&john()).await.unwrap().is_some(),
        "after the table was altered"
    );
    assert!(swap("h4", "h5").await);
}
