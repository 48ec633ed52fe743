//! Sessions in PostgreSQL: what every store answers, and what happens where several processes meet.

use portcullis_core::jose::SigningKey;
use portcullis_core::{
    Account, Activity, Attempt, AuditStore as _, Auth, AuthError, Begun, EndReason, Ending, Family, MemoryUsers,
    NewSession, Presented, RefreshError, RefreshGrantError, RevocationStore as _, Rotation, ScopeSet, Session,
    SessionId, SessionStore, UserId,
};
use portcullis_sql::{PostgresAudit, PostgresDatabase, PostgresSessions};

use super::databases::{Database, program};
use super::own_audit::row;
use super::own_tables::fresh;
use super::pooler::port_of;
use super::psql::{self, ask};
use super::relay::Relay;

pub(crate) async fn on(url: &str) -> PostgresSessions {
    let database = PostgresDatabase::open(url).await.expect("opens");
    PostgresSessions::on(database).await.expect("migrated")
}

async fn store() -> Option<PostgresSessions> {
    Some(on(&fresh("")?).await)
}

mod contract {
    portcullis_core::session_store_contract!(if super::store());
}

/// A process over this database.
async fn node(url: &str) -> Auth {
    let key = SigningKey::hs256([7; 32]).expect("a key");
    let users = MemoryUsers::from_iter([Account::new("jane")]);
    let auth = Auth::builder(key, users).issuer("us").sessions(on(url).await);
    auth.build().expect("it is whole")
}

/// Somebody at this address.
fn from(n: u8) -> Attempt {
    Attempt::default().from_peer(Some([192, 0, 2, n].into()))
}

async fn begin(auth: &Auth) -> Begun {
    let new = NewSession {
        user: UserId::from("jane"),
        epoch: 0,
        client: None,
        scopes: ScopeSet::empty(),
        audience: None,
        lifetime: None,
        attempt: &from(1),
    };
    auth.sessions().expect("kept").begin(new).await.expect("begun")
}

/// What is given for a refresh token: an access token, and the next.
async fn refresh(auth: &Auth, text: &str, attempt: &Attempt) -> Result<(String, String), RefreshGrantError> {
    let presented = Presented {
        text,
        client: None,
        scope: None,
        attempt,
    };
    let granted = auth.refresh(presented).await?;
    Ok((
        granted.access_token,
        granted.refresh_token.expect("where sessions are kept"),
    ))
}

async fn until(so: impl AsyncFn() -> bool) {
    while !so().await {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_racers_on_two_nodes_get_one_successor() {
    let Some(url) = fresh("") else { return };
    racers(&url, &url).await;
}

/// On nodes that come to this database by `way`.
pub(crate) async fn racers(url: &str, way: &str) {
    let nodes = [node(way).await, node(way).await];
    for round in 1..=10 {
        let begun = begin(&nodes[0]).await;
        let racers: Vec<_> = (0..64)
            .map(|n: u8| {
                let (auth, text) = (nodes[usize::from(n) % 2].clone(), begun.refresh_token.clone());
                // From as many addresses, so that no two of one process are one.
                tokio::spawn(async move {
                    refresh(&auth, &text, &from(n))
                        .await
                        .map(|(access, next)| (auth, access, next))
                })
            })
            .collect();
        let mut successors = Vec::new();
        for racer in racers {
            let (auth, access, next) = racer.await.expect("no panic").expect("given");
            auth.authenticate(&access).await.expect("good");
            successors.push(next);
        }
        successors.dedup();
        assert_eq!(successors.len(), 1);
        let generations = ask(url, "SELECT count(*), max(generation) FROM portcullis_refresh_families");
        assert_eq!(generations, format!("{round}|1"));
    }
}

/// How many links wait for a lock.
fn waiting(url: &str) -> String {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    ask(url, sql)
}

/// A refresh and an end, one behind the other, both held up by a lock on a row: the outcome of the refresh.
async fn in_order(url: &str, nodes: &[Auth; 2], (lock, refresh_first): (&str, bool)) {
    let begun = begin(&nodes[0]).await;
    let mut held = psql::Session::after(url, &format!("BEGIN; SELECT 1 FROM {lock} FOR UPDATE"));
    let refreshing = || {
        let (auth, text) = (nodes[0].clone(), begun.refresh_token.clone());
        tokio::spawn(async move { refresh(&auth, &text, &from(1)).await })
    };
    let ending = || {
        let (auth, which) = (nodes[1].clone(), Ending::Session(begun.session));
        tokio::spawn(async move { auth.sessions().expect("kept").end(&which, EndReason::Logout, &[]).await })
    };
    let waits = async |count: &str| until(async || waiting(url) == count).await;
    let (refreshed, ended) = if refresh_first {
        let refreshing = refreshing();
        // A lock on the session alone holds up no refresh.
        match lock.contains("families") {
            true => waits("1").await,
            false => until(async || refreshing.is_finished()).await,
        }
        let ending = ending();
        waits(if refreshing.is_finished() { "1" } else { "2" }).await;
        (refreshing, ending)
    } else {
        let ending = ending();
        waits("1").await;
        let refreshing = refreshing();
        match lock.contains("families") {
            true => waits("2").await,
            false => until(async || refreshing.is_finished()).await,
        }
        (refreshing, ending)
    };
    held.ask("COMMIT");
    let case = format!("{lock}, refresh first: {refresh_first}");
    assert_eq!(
        ended.await.expect("no panic").expect("ended"),
        [begun.session],
        "{case}"
    );
    let refreshed = refreshed.await.expect("no panic");
    for auth in nodes {
        let again = refresh(auth, &begun.refresh_token, &from(1)).await;
        assert!(
            matches!(again, Err(RefreshGrantError::Refresh(RefreshError::Refused(_)))),
            "{case}: {again:?}"
        );
    }
    match refreshed {
        Err(refused) => assert!(
            matches!(refused, RefreshGrantError::Refresh(RefreshError::Refused(_))),
            "{case}: {refused:?}"
        ),
        Ok((access, next)) => {
            for auth in nodes {
                assert!(refresh(auth, &next, &from(1)).await.is_err(), "{case}");
                let is_refused = async || matches!(auth.authenticate(&access).await, Err(AuthError::Revoked));
                until(is_refused).await;
            }
        }
    }
    let left = "SELECT (SELECT count(*) FROM portcullis_sessions WHERE ended IS NULL), \
        (SELECT count(*) FROM portcullis_refresh_families WHERE ended IS NULL)";
    assert_eq!(ask(url, left), "0|0", "{case}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revoke_and_refresh_in_every_order() {
    let Some(url) = fresh("") else { return };
    in_every_order(&url, &url).await;
}

/// On nodes that come to this database by `way`.
pub(crate) async fn in_every_order(url: &str, way: &str) {
    let nodes = [node(way).await, node(way).await];
    for lock in ["portcullis_refresh_families", "portcullis_sessions"] {
        for refresh_first in [true, false] {
            in_order(url, &nodes, (lock, refresh_first)).await;
        }
    }
}

/// Sessions with their families, as a store is given them.
fn samples(count: u16) -> Vec<(Session, Family)> {
    let sample = |n: u16| {
        let mut id = [0; 16];
        id[..2].copy_from_slice(&n.to_be_bytes());
        let session = Session {
            id: SessionId::from_bytes(id),
            user: UserId::from(format!("user {n}").as_str()),
            epoch: 0,
            client: None,
            label: String::new(),
            agent: None,
            created: 0,
            first_address: None,
            last_address: None,
            seen: 0,
            ends: DAY * 90,
            ended: None,
        };
        let family = Family {
            id: portcullis_core::FamilyId::from_bytes(id),
            session: session.id,
            user: session.user.clone(),
            client: None,
            scopes: ScopeSet::empty(),
            audience: None,
            epoch: 0,
            generation: 0,
            key: 1,
            digest: portcullis_core::Digest([0; 32]),
            parent: None,
            nonce: [0; 16],
            rotated: 0,
            idle: DAY * 14,
            ends: DAY * 90,
            confirmed: false,
            late: false,
            network: None,
            ended: None,
        };
        (session, family)
    };
    (0..count).map(sample).collect()
}

const DAY: u64 = 24 * 60 * 60 * 1_000;

/// The family after its next rotation, and that.
fn next(family: &Family) -> (Family, Rotation) {
    let generation = family.generation + 1;
    let step = Rotation {
        key: 1,
        digest: portcullis_core::Digest([u8::try_from(generation % 256).expect("a byte"); 32]),
        nonce: [1; 16],
        rotated: u64::from(generation),
        idle: family.idle + 1,
        network: Some(generation),
    };
    let after = Family {
        generation,
        digest: step.digest,
        parent: Some(family.digest),
        nonce: step.nonce,
        rotated: step.rotated,
        idle: step.idle,
        network: step.network,
        ..family.clone()
    };
    (after, step)
}

#[tokio::test]
async fn a_rotation_leaves_its_row_in_the_same_statement_and_one_that_lost_leaves_none() {
    let Some(url) = fresh("") else { return };
    rotations_leave_rows(&url).await;
}

pub(crate) async fn rotations_leave_rows(url: &str) {
    let database = PostgresDatabase::open(url).await.expect("opens");
    let audit = PostgresAudit::on(database.clone()).await.expect("migrated");
    let store = PostgresSessions::on(database).await.expect("migrated");
    let (session, family) = samples(1).into_iter().next().expect("one");
    store.begin(&session, &family).await.expect("begun");
    let (after, step) = next(&family);
    let noting = |n| store.noting(&row(n)).expect("a trail");
    assert!(noting(1).rotate(&family, &step).await.expect("rotated"));
    assert!(!noting(2).rotate(&family, &step).await.expect("another was first"));
    let (_, step) = next(&after);
    assert!(noting(3).rotate(&after, &step).await.expect("rotated"));
    let rows = audit.rows(0, 10).await.expect("read");
    let rows: Vec<_> = rows.into_iter().map(|stored| stored.row).collect();
    assert_eq!(rows, [row(1), row(3)]);
}

/// Until the server has counted what the links of this database did: when they have ended.
async fn counted(url: &str) {
    let links = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
        AND application_name = 'portcullis'";
    until(async || ask(url, links) == "0").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_is_a_hot_update() {
    // A server of its own: who holds a transaction open in any of its databases keeps it from making room on pages.
    let Some(server) = Database::postgres() else { return };
    let url = server.url.clone();
    let store = on(&url).await;
    // Spread over many pages, as those of many users are: what is updated at one moment is on few of them.
    let mut families = Vec::new();
    for (session, family) in samples(1_000) {
        store.begin(&session, &family).await.expect("begun");
        families.push(family);
    }
    let mut tasks = Vec::new();
    for part in families.chunks(250) {
        let (store, mut part) = (store.clone(), part.to_vec());
        tasks.push(tokio::spawn(async move {
            for _ in 0..3 {
                for family in &mut part {
                    let (after, step) = next(family);
                    assert!(store.rotate(family, &step).await.expect("rotated"));
                    *family = after;
                }
            }
        }));
    }
    for task in tasks {
        task.await.expect("no panic");
    }
    drop(store);
    counted(&url).await;
    let hot = "SELECT n_tup_upd, n_tup_hot_upd * 100 >= n_tup_upd * 95 FROM pg_stat_user_tables \
        WHERE relname = 'portcullis_refresh_families'";
    assert_eq!(ask(&url, hot), "3000|t");
}

/// Rows of others, so many that to look through all of them is a mistake.
const MANY: &str = "INSERT INTO portcullis_sessions \
    SELECT decode(md5(n::text), 'hex'), 'other ' || n, 0, 'client ' || n % 1000, '', NULL, 0, NULL, NULL, 0, 90, NULL, NULL, \
    90 + n % 90 FROM generate_series(1, 20000) n; \
    INSERT INTO portcullis_refresh_families \
    SELECT decode(md5('f' || n), 'hex'), decode(md5(n::text), 'hex'), 'other ' || n, NULL, '', NULL, 0, 0, 1, \
    decode(repeat('00', 32), 'hex'), NULL, decode(repeat('00', 16), 'hex'), 0, 14, 90, 0, 0, NULL, NULL, NULL \
    FROM generate_series(1, 20000) n; \
    INSERT INTO portcullis_revocations \
    SELECT 2, decode(md5(n::text), 'hex'), 0, 4000000000000 + n, n % 600 FROM generate_series(1, 20000) n; \
    ANALYZE portcullis_sessions, portcullis_refresh_families, portcullis_revocations";

#[tokio::test]
async fn no_act_looks_through_a_whole_table() {
    let Some(url) = fresh("") else { return };
    let store = on(&url).await;
    ask(&url, MANY);
    let mut cursor = store.since(None).await.expect("all is read").next;
    drop(store);
    counted(&url).await;
    let scans = || {
        let sql = "SELECT string_agg(relname || ' ' || seq_scan, ', ' ORDER BY relname), bool_and(idx_scan > 0) \
            FROM pg_stat_user_tables WHERE relname IN \
            ('portcullis_sessions', 'portcullis_refresh_families', 'portcullis_revocations')";
        ask(&url, sql)
    };
    let before = scans();
    let store = on(&url).await;
    let occasion = portcullis_core::Occasion {
        now: std::time::Duration::from_millis(DAY),
        lifetime: std::time::Duration::from_secs(60),
    };
    // More often than a statement is planned for the values that it is given.
    for (session, family) in samples(12) {
        store.begin(&session, &family).await.expect("begun");
        let (_, step) = next(&family);
        assert!(store.family(family.id).await.expect("read").is_some());
        assert!(store.rotate(&family, &step).await.expect("rotated"));
        let used = Activity {
            session: session.id,
            generation: Some(1),
            seen: 9,
            address: None,
        };
        store.touch(&[used]).await.expect("noted");
        assert!(!store.answer_late(family.id, 1).await.expect("it is confirmed"));
        let ahead = portcullis_core::Ahead {
            generation: 5,
            key: 1,
            digest: family.digest,
        };
        assert!(store.roll_forward(family.id, &ahead).await.expect("set"));
        assert!(store.label(session.id, &session.user, "x").await.expect("set"));
        assert!(store.session(session.id).await.expect("read").is_some());
        assert_eq!(store.sessions_of(&session.user, 1).await.expect("read").len(), 1);
        for which in [
            Ending::SessionOf(session.id, UserId::from("nobody")),
            Ending::OfClient("nobody".to_owned()),
            Ending::Session(SessionId::from_bytes([255; 16])),
            Ending::OfUser(session.user.clone(), None),
        ] {
            store
                .end(&which, EndReason::Logout, occasion, &[])
                .await
                .expect("ended");
        }
        store.purge(DAY * 2, 100).await.expect("removed");
        let batch = store.since(Some(&cursor)).await.expect("read");
        assert!(!batch.full);
        cursor = batch.next;
        store.revoke(&[occasion.key("k")]).await.expect("kept");
        store.forget(DAY, 10).await.expect("forgotten");
    }
    drop(store);
    counted(&url).await;
    let after = scans();
    assert_eq!(after.strip_suffix("|t"), before.split('|').next(), "{after}");
}

#[tokio::test]
async fn a_dump_yields_no_token() {
    let Some(url) = fresh("") else { return };
    let auth = node(&url).await;
    let begun = begin(&auth).await;
    let mut texts = vec![begun.refresh_token.clone()];
    for _ in 0..3 {
        let (access, next) = refresh(&auth, &texts[texts.len() - 1], &from(1)).await.expect("given");
        auth.authenticate(&access).await.expect("good");
        texts.extend([access, next]);
    }
    auth.sessions().expect("kept").flush().await;
    let dump = std::process::Command::new(program("pg_dump").expect("beside the server"))
        .args(["-d", &url])
        .output()
        .expect("it starts");
    assert!(dump.status.success());
    let dump = String::from_utf8(dump.stdout).expect("text");
    assert!(dump.contains("portcullis_refresh_families") && dump.contains("jane"));
    for text in &texts {
        // No part of one that is longer than an id of four bytes.
        for part in text
            .as_bytes()
            .windows(12)
            .map(|part| std::str::from_utf8(part).expect("letters"))
        {
            assert!(!dump.contains(part), "{part} of {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_outcome_of_a_commit_is_unknown() {
    let Some(url) = fresh("") else { return };
    unknown_outcomes(&url, &url).await;
}

/// On nodes that come to this database by `way`.
pub(crate) async fn unknown_outcomes(url: &str, way: &str) {
    let port = port_of(way);
    let relay = Relay::to(port);
    let through = way.replace(&format!(":{port}/"), &format!(":{}/", relay.port));
    let (cut, other) = (node(&through).await, node(way).await);
    for arrives in [true, false] {
        let begun = begin(&cut).await;
        let held = match arrives {
            // The server has it in hand, and waits.
            true => Some(psql::Session::after(
                url,
                "BEGIN; SELECT 1 FROM portcullis_refresh_families FOR UPDATE",
            )),
            false => None,
        };
        if !arrives {
            relay.stall();
        }
        let refreshing = {
            let (auth, text) = (cut.clone(), begun.refresh_token.clone());
            tokio::spawn(async move { refresh(&auth, &text, &from(1)).await })
        };
        if arrives {
            until(async || waiting(url) == "1").await;
        }
        relay.cut();
        drop(held);
        let generation = "SELECT max(generation) FROM portcullis_refresh_families WHERE ended IS NULL";
        // A pooler may stop what nobody waits for.
        if arrives && url == way {
            until(async || ask(url, generation) == "1").await;
        }
        // Whoever asked was given it all the same, or is told to ask again; and then it is the same one on either node.
        let first = refreshing.await.expect("no panic");
        let mut given: Vec<String> = first.into_iter().map(|(_, next)| next).collect();
        for auth in [&cut, &other] {
            let again = async || refresh(auth, &begun.refresh_token, &from(2)).await.ok();
            let next = loop {
                match again().await {
                    Some((_, next)) => break next,
                    None => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
                }
            };
            given.push(next);
        }
        given.dedup();
        assert_eq!(given.len(), 1, "{arrives}");
        assert_eq!(ask(url, generation), "1");
        let next = given.remove(0);
        refresh(&cut, &next, &from(1)).await.expect("it is good");
        let ended = cut
            .sessions()
            .expect("kept")
            .end(&Ending::Session(begun.session), EndReason::Logout, &[])
            .await;
        assert_eq!(ended.expect("ended"), [begun.session]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_acts_at_once_none_waits_for_one_that_waits_for_it() {
    let Some(url) = fresh("") else { return };
    many_at_once(&url, &url).await;
}

/// On nodes that come to this database by `way`.
pub(crate) async fn many_at_once(url: &str, way: &str) {
    let nodes = [on(way).await, on(way).await];
    let samples: Vec<_> = samples(24)
        .into_iter()
        .map(|(session, family)| {
            // So that each end ends many, in an order of its own.
            let (user, client) = (UserId::from("jane"), Some("app".into()));
            (
                Session {
                    user,
                    client,
                    ..session
                },
                family,
            )
        })
        .collect();
    for _ in 0..12 {
        for (session, family) in &samples {
            nodes[0].begin(session, family).await.expect("begun");
        }
        // Each refresh writes its session too.
        ask(url, "UPDATE portcullis_sessions SET purge = 0");
        let occasion = portcullis_core::Occasion {
            now: std::time::Duration::from_millis(DAY),
            lifetime: std::time::Duration::from_secs(60),
        };
        let mut tasks = Vec::new();
        for (n, store) in nodes.iter().cycle().take(4).enumerate() {
            let refreshed = samples.iter().map(|(_, family)| family.clone()).collect::<Vec<_>>();
            let refreshing = store.clone();
            tasks.push(tokio::spawn(async move {
                for family in &refreshed {
                    refreshing.rotate(family, &next(family).1).await.expect("answered");
                }
            }));
            let used = |(session, _): &(Session, Family)| Activity {
                session: session.id,
                generation: Some(0),
                seen: 1,
                address: None,
            };
            let mut used: Vec<_> = samples.iter().map(used).collect();
            used.rotate_left(n * 6);
            let using = store.clone();
            tasks.push(tokio::spawn(async move { using.touch(&used).await.expect("noted") }));
            let (ending, which) = (
                store.clone(),
                match n % 2 {
                    0 => Ending::OfUser(UserId::from("jane"), None),
                    _ => Ending::OfClient("app".to_owned()),
                },
            );
            tasks.push(tokio::spawn(async move {
                ending
                    .end(&which, EndReason::Logout, occasion, &[])
                    .await
                    .expect("answered");
            }));
            let removing = store.clone();
            tasks.push(tokio::spawn(async move {
                removing.purge(DAY, 5).await.expect("removed");
            }));
        }
        for task in tasks {
            task.await.expect("no panic");
        }
        ask(
            url,
            "DELETE FROM portcullis_sessions; DELETE FROM portcullis_refresh_families",
        );
    }
    drop(nodes);
    if url == way {
        counted(url).await;
    }
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(ask(url, deadlocks), "0");
}

#[tokio::test]
async fn all_sessions_of_a_client_end_however_many_there_are_and_leave_one_row() {
    let Some(url) = fresh("") else { return };
    let database = PostgresDatabase::open(&url).await.expect("opens");
    let audit = PostgresAudit::on(database.clone()).await.expect("migrated");
    let store = PostgresSessions::on(database).await.expect("migrated");
    let cursor = store.since(None).await.expect("read").next;
    for (mut session, mut family) in samples(1) {
        session.client = Some("app".into());
        family.client = Some("app".into());
        store.begin(&session, &family).await.expect("begun");
    }
    ask(
        &url,
        "INSERT INTO portcullis_sessions SELECT decode(md5(n::text), 'hex'), user_id, epoch, client_id, label, agent, \
         created, first_address, last_address, seen, ends, ended, ended_why, purge \
         FROM portcullis_sessions, generate_series(1, 2999) n",
    );
    let occasion = portcullis_core::Occasion {
        now: std::time::Duration::from_secs(1),
        lifetime: std::time::Duration::from_secs(60),
    };
    let which = Ending::OfClient("app".to_owned());
    let also = [occasion.client("app")];
    let noting = store.noting(&row(1)).expect("a trail");
    let ended = noting.end(&which, EndReason::ClientChanged, occasion, &also).await;
    let ended: std::collections::HashSet<_> = ended.expect("ended").into_iter().collect();
    assert_eq!(ended.len(), 3_000);
    let news = store.since(Some(&cursor)).await.expect("read").entries;
    assert_eq!(news.len(), 3_001);
    assert!(news.contains(&also[0]));
    assert_eq!(
        ask(&url, "SELECT count(*) FROM portcullis_sessions WHERE ended IS NULL"),
        "0"
    );
    assert_eq!(audit.rows(0, 10).await.expect("read").len(), 1);
}
