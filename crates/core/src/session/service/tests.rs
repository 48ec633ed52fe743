use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use portcullis_password::OsRandom;
use zeroize::Zeroizing;

use super::*;
use crate::clock::ManualClock;
use crate::revocation::RevocationStore as _;
use crate::scope::ScopeSet;
use crate::session::error::{RefreshError, RefreshRefusal};
use crate::session::memory::MemorySessions;
use crate::session::record::EndReason;
use crate::session::request::{Presented, RefreshRevocation, Refreshed, Standing};
use crate::session::settings::LateRetry;

mod meeting_tests;
mod model_tests;

/// When these tests begin.
const START: u64 = 1_600_000_000;

const HOME: &str = "192.0.2.7";
const NEXT_DOOR: &str = "192.0.2.200";
const ELSEWHERE: &str = "198.51.100.7";

type Users = Arc<Mutex<HashMap<UserId, Standing>>>;

/// A store with one user, and what its servers have in common.
#[derive(Clone)]
struct House {
    store: MemorySessions,
    clock: ManualClock,
    users: Users,
    secrets: RefreshSecrets,
    settings: SessionSettings,
    applied: Arc<Mutex<Vec<Entry>>>,
    losses: Arc<AtomicU64>,
}

fn secrets(number: u8) -> RefreshSecrets {
    RefreshSecrets::new(number, &[number; 32]).expect("usable")
}

fn scopes(text: &str) -> ScopeSet {
    text.split(' ').collect()
}

fn from(address: &str) -> Attempt {
    Attempt::default().from_peer(Some(address.parse().expect("an address")))
}

fn alice() -> UserId {
    UserId::from("alice")
}

impl House {
    fn new() -> Self {
        let alice_stands = Standing {
            epoch: 3,
            active: true,
            scopes: scopes("me items admin"),
        };
        Self {
            store: MemorySessions::new(),
            clock: ManualClock::at(START),
            users: Arc::new(Mutex::new(HashMap::from([(alice(), alice_stands)]))),
            secrets: secrets(1),
            settings: SessionSettings::default(),
            applied: Arc::default(),
            losses: Arc::default(),
        }
    }

    /// Another server over the same store.
    fn node(&self) -> Node {
        let (applied, losses) = (self.applied.clone(), self.losses.clone());
        let parts = SessionParts {
            audit: None,
            secrets: self.secrets.clone(),
            settings: self.settings.clone(),
            clock: Arc::new(self.clock.clone()),
            random: Arc::new(OsRandom),
            token_lifetime: Duration::from_secs(1_800),
            apply: Arc::new(move |entries| applied.lock().expect("unharmed").extend_from_slice(entries)),
            losses: Arc::new(move || losses.load(Ordering::SeqCst)),
        };
        Node {
            sessions: Sessions::new(Arc::new(self.store.clone()), parts),
            users: self.users.clone(),
        }
    }

    /// The same with the store as it is now, whatever becomes of it: what a backup is.
    fn backup(&self) -> Self {
        Self {
            store: self.store.copy(),
            ..self.clone()
        }
    }

    fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    fn change(&self, change: impl FnOnce(&mut Standing)) {
        self.users.lock().expect("unharmed").entry(alice()).and_modify(change);
    }

    /// The one family that there is.
    async fn family(&self, text: &str) -> Family {
        let token = RefreshToken::parse(text, &self.secrets).expect("ours");
        self.store
            .family(token.family)
            .await
            .expect("answers")
            .expect("there")
            .0
    }

    async fn ended(&self, session: SessionId) -> Option<EndReason> {
        let session = self.store.session(session).await.expect("answers").expect("there");
        session.ended.and_then(|ended| ended.why)
    }
}

/// A server.
#[derive(Clone)]
struct Node {
    sessions: Sessions,
    users: Users,
}

type Answer = Result<Refreshed, RefreshError>;

impl Node {
    async fn begin(&self) -> Begun {
        self.begin_with(None, None).await
    }

    async fn begin_with(&self, client: Option<&str>, audience: Option<&str>) -> Begun {
        let new = NewSession {
            user: alice(),
            epoch: 3,
            client: client.map(Arc::from),
            scopes: scopes("me items"),
            audience: audience.map(str::to_owned),
            lifetime: None,
            attempt: &from(HOME),
        };
        self.sessions.begin(new).await.expect("a session")
    }

    async fn present(&self, text: &str) -> Answer {
        self.present_from(text, HOME).await
    }

    async fn present_from(&self, text: &str, address: &str) -> Answer {
        let attempt = from(address);
        self.ask(Presented {
            text,
            client: None,
            scope: None,
            attempt: &attempt,
        })
        .await
    }

    async fn present_as(&self, text: &str, client: Option<&str>, scope: Option<&str>) -> Answer {
        let (attempt, scope) = (from(HOME), scope.map(scopes));
        self.ask(Presented {
            text,
            client,
            scope: scope.as_ref(),
            attempt: &attempt,
        })
        .await
    }

    async fn ask(&self, presented: Presented<'_>) -> Answer {
        let users = self.users.clone();
        let standing = move |user: UserId| {
            let found = users.lock().expect("unharmed").get(&user).cloned();
            async move { Ok(found) }
        };
        self.sessions.refresh(presented, standing).await
    }

    /// Presents a token; between the look at its family and the step that follows, `meanwhile` is done once.
    async fn present_while<W>(&self, text: &str, meanwhile: W) -> Answer
    where
        W: Future<Output = ()> + Send + 'static,
    {
        let attempt = from(HOME);
        let (users, meanwhile) = (self.users.clone(), Mutex::new(Some(meanwhile)));
        let standing = move |user: UserId| {
            let found = users.lock().expect("unharmed").get(&user).cloned();
            let meanwhile = meanwhile.lock().expect("unharmed").take();
            async move {
                if let Some(meanwhile) = meanwhile {
                    meanwhile.await;
                }
                Ok(found)
            }
        };
        let presented = Presented {
            text,
            client: None,
            scope: None,
            attempt: &attempt,
        };
        self.sessions.refresh(presented, standing).await
    }
}

#[track_caller]
fn refused(answer: Answer) -> RefreshRefusal {
    match answer {
        Err(RefreshError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

thread_local! {
    /// The events that were raised in this thread, and so in its test.
    static RAISED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Hears events, for all tests of this process.
struct Ears;

impl tracing::Subscriber for Ears {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "portcullis::event"
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        struct Name(String);
        impl tracing::field::Visit for Name {
            fn record_debug(&mut self, _: &tracing::field::Field, _: &dyn fmt::Debug) {}

            fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
                if field.name() == "event" {
                    value.clone_into(&mut self.0);
                }
            }
        }
        let mut name = Name(String::new());
        event.record(&mut name);
        RAISED.with_borrow_mut(|raised| raised.push(name.0));
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

/// The names of the events that this test raised since it asked last; from the first time on they are heard.
fn raised() -> Vec<String> {
    static LISTENING: OnceLock<()> = OnceLock::new();
    LISTENING.get_or_init(|| tracing::subscriber::set_global_default(Ears).expect("the only one"));
    RAISED.take()
}

#[tokio::test]
async fn what_was_not_made_here_is_refused() {
    let (house, other) = (
        House::new(),
        House {
            secrets: secrets(2),
            ..House::new()
        },
    );
    let node = house.node();
    let foreign = other.node().begin().await.refresh_token;
    let unknown = House::new().node().begin().await.refresh_token;
    let good = node.begin().await.refresh_token;
    for text in ["", "pcr_", &good[1..], &good[..108], &foreign] {
        assert_eq!(refused(node.present(text).await), RefreshRefusal::NotOurs);
    }
    assert_eq!(refused(node.present(&unknown).await), RefreshRefusal::Unknown);
    assert!(node.present(&good).await.is_ok());
}

#[tokio::test]
async fn another_client_is_refused_and_nothing_changes() {
    raised();
    let house = House::new();
    let node = house.node();
    let own = node.begin().await.refresh_token;
    let apps = node.begin_with(Some("app"), None).await.refresh_token;
    for (text, client) in [
        (&own, Some("app")),
        (&apps, None),
        (&apps, Some("ap")),
        (&apps, Some("")),
    ] {
        let before = house.family(text).await;
        let answer = node.present_as(text, client, Some("nothing of the kind")).await;
        assert_eq!(refused(answer), RefreshRefusal::OtherClient);
        assert_eq!(house.family(text).await, before);
        assert_eq!(raised(), ["refresh_wrong_client"]);
    }
    let refreshed = node.present_as(&apps, Some("app"), None).await.expect("its own client");
    assert_eq!(refreshed.client.as_deref(), Some("app"));
}

#[tokio::test]
async fn more_scope_than_the_family_has_is_refused_and_nothing_changes() {
    let house = House::new();
    let node = house.node();
    let text = node.begin().await.refresh_token;
    for scope in ["admin", "me admin", "me items x"] {
        let answer = node.present_as(&text, None, Some(scope)).await;
        assert!(matches!(answer, Err(RefreshError::InvalidScope)), "{answer:?}");
    }
    assert_eq!(house.family(&text).await.generation, 0);
}

#[tokio::test]
async fn scopes_narrow_for_the_access_token_alone_and_follow_the_user() {
    let house = House::new();
    let node = house.node();
    let first = node.begin().await.refresh_token;
    let narrow = node.present_as(&first, None, Some("items")).await.expect("good");
    assert_eq!(narrow.scopes.as_str(), "items");
    let whole = node
        .present_as(&narrow.refresh_token, None, Some(""))
        .await
        .expect("good");
    assert_eq!(whole.scopes.as_str(), "me items");
    house.change(|alice| alice.scopes = scopes("items admin"));
    let less = node.present(&whole.refresh_token).await.expect("good");
    assert_eq!(less.scopes.as_str(), "items");
}

#[tokio::test]
async fn what_the_user_has_lost_is_not_given_in_silence() {
    let house = House::new();
    let node = house.node();
    let text = node.begin().await.refresh_token;
    house.change(|alice| alice.scopes = scopes("me"));
    let answer = node.present_as(&text, None, Some("items")).await;
    assert!(matches!(answer, Err(RefreshError::InvalidScope)), "{answer:?}");
    assert_eq!(house.family(&text).await.generation, 0);
    let less = node
        .present_as(&text, None, Some("me items"))
        .await
        .expect("a part of it is left");
    assert_eq!(less.scopes.as_str(), "me");
}

#[tokio::test]
async fn a_changed_disabled_or_deleted_user_ends_the_session() {
    type Change = fn(&Users);
    let changes: [Change; 3] = [
        |users| {
            users
                .lock()
                .expect("unharmed")
                .values_mut()
                .for_each(|alice| alice.epoch = 4)
        },
        |users| {
            users
                .lock()
                .expect("unharmed")
                .values_mut()
                .for_each(|alice| alice.active = false)
        },
        |users| users.lock().expect("unharmed").clear(),
    ];
    for change in changes {
        let house = House::new();
        let node = house.node();
        let begun = node.begin().await;
        let before = house.users.lock().expect("unharmed").clone();
        change(&house.users);
        assert_eq!(
            refused(node.present(&begun.refresh_token).await),
            RefreshRefusal::UserChanged
        );
        assert_eq!(house.ended(begun.session).await, Some(EndReason::UserChanged));
        *house.users.lock().expect("unharmed") = before;
        assert_eq!(refused(node.present(&begun.refresh_token).await), RefreshRefusal::Ended);
    }
}

#[tokio::test]
async fn a_store_that_fails_says_nothing_of_the_token() {
    let house = House::new();
    let node = house.node();
    let text = node.begin().await.refresh_token;
    let attempt = from(HOME);
    let presented = Presented {
        text: &text,
        client: None,
        scope: None,
        attempt: &attempt,
    };
    let failing = |_| async { Err(StoreError::unavailable("away")) };
    let answer = node.sessions.refresh(presented, failing).await;
    assert!(matches!(answer, Err(RefreshError::Store(_))), "{answer:?}");
    assert!(node.present(&text).await.is_ok());
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_and_in_any_case_at_its_time() {
    const DAY: u64 = 24 * 60 * 60;
    let house = House::new();
    let node = house.node();
    let (idle, used) = (node.begin().await, node.begin().await);
    assert_eq!(used.ends, Duration::from_secs(START + 14 * DAY));
    let mut text = used.refresh_token;
    for day in (13..90).step_by(13) {
        house.clock.set(START + day * DAY);
        let refreshed = node.present(&text).await.expect("used often enough");
        assert_eq!(refreshed.ends, Duration::from_secs(START + (day + 14).min(90) * DAY));
        text = refreshed.refresh_token;
    }
    assert_eq!(refused(node.present(&idle.refresh_token).await), RefreshRefusal::Ended);
    house.clock.set(START + 90 * DAY);
    assert_eq!(refused(node.present(&text).await), RefreshRefusal::Ended);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_racers_on_two_nodes_get_one_successor() {
    let house = House::new();
    let nodes = [house.node(), house.node()];
    let mut text = nodes[0].begin().await.refresh_token;
    for round in 1..=200 {
        let racers: Vec<_> = (0..64)
            .map(|racer| {
                let (node, text) = (nodes[racer % 2].clone(), text.clone());
                tokio::spawn(async move { node.present(&text).await })
            })
            .collect();
        let mut given = HashSet::new();
        for racer in racers {
            let refreshed = racer.await.expect("an answer").expect("good");
            assert_eq!(refreshed.generation, round);
            given.insert(refreshed.refresh_token);
        }
        assert_eq!(given.len(), 1, "round {round}");
        assert_eq!(house.family(&text).await.generation, round);
        text = given.into_iter().next().expect("one");
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_hangs_up_takes_nothing_along() {
    let house = House::new();
    let node = house.node();
    let text = node.begin().await.refresh_token;
    let slow = async { tokio::time::sleep(Duration::from_secs(1)).await };
    let first = node.present_while(&text, slow);
    let hung_up = tokio::time::timeout(Duration::from_millis(500), first).await;
    assert!(hung_up.is_err());
    let second = node.present(&text).await.expect("the same flight lands");
    assert_eq!(second.generation, 1);
    assert_eq!(
        house.node().present(&text).await.expect("again").refresh_token,
        second.refresh_token
    );
}

#[tokio::test]
async fn a_lost_answer_is_given_again_by_any_node() {
    let house = House::new();
    let text = house.node().begin().await.refresh_token;
    let lost = house.node().present(&text).await.expect("good");
    let again = house.node().present_from(&text, ELSEWHERE).await.expect("good");
    assert_eq!(lost.refresh_token, again.refresh_token);
    assert_eq!(house.family(&text).await.generation, 1);
}

#[tokio::test]
async fn a_swap_that_is_lost_is_looked_at_anew() {
    let house = House::new();
    let (node, other) = (house.node(), house.node());
    let text = node.begin().await.refresh_token;
    let (given, kept) = (Arc::new(Mutex::new(None)), text.clone());
    let faster = given.clone();
    let meanwhile = async move {
        let refreshed = other.present(&kept).await.expect("good");
        *faster.lock().expect("unharmed") = Some(refreshed.refresh_token);
    };
    let slower = node.present_while(&text, meanwhile).await.expect("good");
    assert_eq!(Some(slower.refresh_token), *given.lock().expect("unharmed"));
    assert_eq!(slower.generation, 1);
}

#[tokio::test]
async fn a_replay_after_use_ends_the_family_everywhere() {
    raised();
    let house = House::new();
    let (node, other) = (house.node(), house.node());
    let begun = node.begin().await;
    let second = node.present(&begun.refresh_token).await.expect("good").refresh_token;
    let third = other.present(&second).await.expect("good").refresh_token;
    assert_eq!(raised(), Vec::<String>::new());
    assert_eq!(
        refused(other.present(&begun.refresh_token).await),
        RefreshRefusal::Replay
    );
    assert_eq!(raised(), ["refresh_reuse"]);
    assert_eq!(house.ended(begun.session).await, Some(EndReason::Replay));
    // Access tokens end too: here at once, elsewhere by what stands in the store.
    let entries = house.store.since(None).await.expect("answers").entries;
    let [entry] = entries[..] else { panic!("{entries:?}") };
    assert_eq!(entry.kind, crate::revocation::Revoked::Session);
    assert_eq!(
        entry.subject,
        crate::revocation::Subject16::of(&begun.session.to_string())
    );
    assert_eq!(*house.applied.lock().expect("unharmed"), [entry]);
    for text in [&begun.refresh_token, &second, &third] {
        assert_eq!(refused(node.present(text).await), RefreshRefusal::Ended);
    }
    assert_eq!(raised(), Vec::<String>::new());
}

#[tokio::test]
async fn the_window_neither_slides_nor_depends_on_one_clock() {
    let house = House {
        settings: SessionSettings::default().late_retry(LateRetry::End),
        ..House::new()
    };
    let behind = House {
        clock: ManualClock::at(START - 600),
        ..house.clone()
    };
    let text = house.node().begin().await.refresh_token;
    let given = house.node().present(&text).await.expect("good").refresh_token;
    for _ in 0..6 {
        house.advance(5);
        let again = house.node().present(&text).await.expect("within the window");
        assert_eq!(again.refresh_token, given);
    }
    // A server whose clock is behind neither refuses who is innocent nor writes anything.
    let again = behind
        .node()
        .present(&text)
        .await
        .expect("by its clock nothing has begun");
    assert_eq!(again.refresh_token, given);
    house.clock.advance(Duration::from_millis(1));
    assert_eq!(refused(house.node().present(&text).await), RefreshRefusal::Replay);
}

#[tokio::test]
async fn revoke_and_refresh_in_every_order() {
    // First the revocation.
    let house = House::new();
    let node = house.node();
    let begun = node.begin().await;
    let revoked = node.sessions.revoke(&begun.refresh_token, None).await.expect("answers");
    assert_eq!(revoked, RefreshRevocation::Ended(begun.session));
    assert_eq!(refused(node.present(&begun.refresh_token).await), RefreshRefusal::Ended);

    // First the refresh.
    let begun = node.begin().await;
    let next = node.present(&begun.refresh_token).await.expect("good").refresh_token;
    node.sessions.revoke(&begun.refresh_token, None).await.expect("answers");
    for text in [&begun.refresh_token, &next] {
        assert_eq!(refused(node.present(text).await), RefreshRefusal::Ended);
    }

    // Between the look and the step.
    let begun = node.begin().await;
    let (revoking, text) = (house.node(), begun.refresh_token.clone());
    let meanwhile = async move {
        revoking.sessions.revoke(&text, None).await.expect("answers");
    };
    let answer = node.present_while(&begun.refresh_token, meanwhile).await;
    assert_eq!(refused(answer), RefreshRefusal::Ended);
    assert_eq!(house.family(&begun.refresh_token).await.generation, 0);
    assert_eq!(house.ended(begun.session).await, Some(EndReason::Revoked));
}

#[tokio::test]
async fn another_clients_token_is_not_revoked_and_of_an_unknown_one_nothing_is_said() {
    let house = House::new();
    let node = house.node();
    let begun = node.begin_with(Some("app"), None).await;
    for client in [None, Some("other")] {
        let answer = node
            .sessions
            .revoke(&begun.refresh_token, client)
            .await
            .expect("answers");
        assert_eq!(answer, RefreshRevocation::OtherClient);
    }
    assert_eq!(house.ended(begun.session).await, None);
    for text in ["", "pcr_x", &House::new().node().begin().await.refresh_token] {
        assert_eq!(
            node.sessions.revoke(text, None).await.expect("answers"),
            RefreshRevocation::Unknown
        );
    }
    let answer = node
        .sessions
        .revoke(&begun.refresh_token, Some("app"))
        .await
        .expect("answers");
    assert_eq!(answer, RefreshRevocation::Ended(begun.session));
}

#[tokio::test]
async fn a_restored_backup_signs_nobody_out() {
    raised();
    let house = House::new();
    let mut texts = vec![house.node().begin().await.refresh_token];
    let backup = house.backup();
    for _ in 0..5 {
        let next = house.node().present(&texts[texts.len() - 1]).await.expect("good");
        texts.push(next.refresh_token);
    }
    let wary = House {
        settings: SessionSettings::default().accept_ahead(false),
        ..backup.backup()
    };
    assert_eq!(refused(wary.node().present(&texts[5]).await), RefreshRefusal::Ahead);
    assert_eq!(wary.ended(wary.family(&texts[0]).await.session).await, None);
    assert_eq!(raised(), Vec::<String>::new());

    let refreshed = backup.node().present(&texts[5]).await.expect("nobody is signed out");
    assert_eq!(refreshed.generation, 6);
    assert_eq!(raised(), ["refresh_rolled_forward"]);
    assert_eq!(
        backup.node().present(&texts[5]).await.expect("again").refresh_token,
        refreshed.refresh_token
    );
    // And what was used is used.
    assert_eq!(refused(backup.node().present(&texts[3]).await), RefreshRefusal::Replay);
    assert_eq!(raised(), ["refresh_reuse"]);
    assert_eq!(
        refused(backup.node().present(&refreshed.refresh_token).await),
        RefreshRefusal::Ended
    );
}

#[tokio::test]
async fn of_a_store_that_lost_a_rotation_both_tokens_are_known() {
    let house = House::new();
    let text = house.node().begin().await.refresh_token;
    let (lost, kept) = (house.backup(), house.backup());
    let ahead = lost.node().present(&text).await.expect("good").refresh_token;
    let other = kept.node().present(&text).await.expect("good").refresh_token;
    assert_ne!(ahead, other);
    // Two secrets of one generation: the later one is taken for stolen.
    assert_eq!(refused(kept.node().present(&ahead).await), RefreshRefusal::Replay);
}

/// Two nodes' worth of a lost answer: a family at its second generation, whose first token comes again late.
async fn late(house: &House) -> (Begun, String) {
    let begun = house.node().begin().await;
    let given = house
        .node()
        .present(&begun.refresh_token)
        .await
        .expect("good")
        .refresh_token;
    house.advance(31);
    (begun, given)
}

#[tokio::test]
async fn a_late_retry_from_the_same_network_is_answered_once() {
    raised();
    let house = House::new();
    let node = house.node();
    let (begun, given) = late(&house).await;
    house.advance(3_500);
    let again = node
        .present_from(&begun.refresh_token, NEXT_DOOR)
        .await
        .expect("forgiven");
    assert_eq!(again.refresh_token, given);
    assert_eq!(raised(), ["refresh_late_retry"]);
    // The next generation may be lost too.
    let next = node.present(&given).await.expect("good").refresh_token;
    house.advance(31);
    assert_eq!(node.present(&given).await.expect("forgiven").refresh_token, next);
    assert_eq!(raised(), ["refresh_late_retry"]);
    assert_eq!(refused(node.present(&given).await), RefreshRefusal::Replay);
    assert_eq!(raised(), ["refresh_late"]);
    assert_eq!(house.ended(begun.session).await, Some(EndReason::Replay));
}

#[tokio::test]
async fn late_racers_share_one_forgiveness() {
    let house = House::new();
    let (node, other) = (house.node(), house.node());
    let (begun, given) = late(&house).await;
    let text = begun.refresh_token.clone();
    let meanwhile = async move {
        other.present(&text).await.expect("forgiven");
    };
    // The first look of the slower is before the other's answer, its step after it.
    let slower = node
        .present_while(&begun.refresh_token, meanwhile)
        .await
        .expect("forgiven");
    assert_eq!(slower.refresh_token, given);

    let (begun, given_too) = late(&house).await;
    assert_ne!(given, given_too);
    let racers = (0..8).map(|_| {
        let (node, text) = (node.clone(), begun.refresh_token.clone());
        tokio::spawn(async move { node.present(&text).await })
    });
    for racer in racers.collect::<Vec<_>>() {
        let refreshed = racer.await.expect("an answer").expect("forgiven");
        assert_eq!(refreshed.refresh_token, given_too);
    }
}

#[tokio::test]
async fn a_late_retry_is_a_theft_where_it_is_not_forgiven() {
    raised();
    let strict = House {
        settings: SessionSettings::default().strict(),
        ..House::new()
    };
    let (begun, _) = late(&strict).await;
    assert_eq!(
        refused(strict.node().present(&begun.refresh_token).await),
        RefreshRefusal::Replay
    );

    let house = House::new();
    let (begun, _) = late(&house).await;
    let elsewhere = house.node().present_from(&begun.refresh_token, ELSEWHERE).await;
    assert_eq!(refused(elsewhere), RefreshRefusal::Replay);

    let (begun, _) = late(&house).await;
    let nowhere = Attempt::default();
    let unknown = Presented {
        text: &begun.refresh_token,
        client: None,
        scope: None,
        attempt: &nowhere,
    };
    assert_eq!(refused(house.node().ask(unknown).await), RefreshRefusal::Replay);

    let (begun, _) = late(&house).await;
    house.advance(3_600);
    assert_eq!(
        refused(house.node().present(&begun.refresh_token).await),
        RefreshRefusal::Replay
    );

    // Nobody here sees tokens that are for others.
    let begun = house.node().begin_with(None, Some("https://api.example.com")).await;
    house.node().present(&begun.refresh_token).await.expect("good");
    house.advance(31);
    assert_eq!(
        refused(house.node().present(&begun.refresh_token).await),
        RefreshRefusal::Replay
    );
    assert_eq!(raised(), ["refresh_late"; 5]);
}

#[tokio::test]
async fn who_has_got_the_answer_does_not_lose_it() {
    raised();
    let house = House::new();
    let node = house.node();
    let (begun, _) = late(&house).await;
    // Seen, and not written yet.
    node.sessions
        .saw(begun.session, Some(1), Some(address(HOME)), house.clock.now());
    assert_eq!(
        refused(node.present(&begun.refresh_token).await),
        RefreshRefusal::Replay
    );
    assert_eq!(raised(), ["refresh_reuse"]);
    // An access token of the generation before says nothing.
    let (begun, given) = late(&house).await;
    node.sessions
        .saw(begun.session, Some(0), Some(address(HOME)), house.clock.now());
    assert_eq!(
        node.present(&begun.refresh_token)
            .await
            .expect("forgiven")
            .refresh_token,
        given
    );
}

fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

#[tokio::test]
async fn each_refresh_moves_to_the_newest_secret_and_a_lost_one_signs_nobody_out() {
    let old = House::new();
    let both = secrets(2).also_read(1, &[1; 32]).expect("usable");
    let new = House {
        secrets: both,
        ..old.clone()
    };
    let first = old.node().begin().await.refresh_token;
    let second = old.node().present(&first).await.expect("good").refresh_token;
    // Begun under the old one, answered again by a server with the new one.
    assert_eq!(new.node().present(&first).await.expect("good").refresh_token, second);
    let third = new.node().present(&second).await.expect("good").refresh_token;
    assert_eq!(new.family(&third).await.key, 2);
    // A server that has the old one alone refuses, and ends nothing.
    assert_eq!(refused(old.node().present(&third).await), RefreshRefusal::NotOurs);
    assert_eq!(refused(old.node().present(&second).await), RefreshRefusal::SecretLost);
    let newest = House {
        secrets: secrets(2),
        ..old.clone()
    };
    assert!(newest.node().present(&third).await.is_ok());
}

#[tokio::test]
async fn a_dump_yields_no_token() {
    let house = House::new();
    let begun = house.node().begin().await;
    let mut texts = vec![begun.refresh_token];
    for _ in 0..3 {
        let next = house.node().present(&texts[texts.len() - 1]).await.expect("good");
        texts.push(next.refresh_token);
    }
    let family = house.family(&texts[0]).await;
    let stored = [
        family.digest.0,
        family.parent.expect("a parent").0,
        [family.nonce, family.nonce].concat().try_into().expect("32 bytes"),
    ];
    // Whoever has the keys too can compute what is computed here.
    let keys = house.secrets.keys(1).expect("known");
    let mut candidates: HashSet<[u8; 32]> = HashSet::from(stored);
    for _ in 0..2 {
        for secret in candidates.clone() {
            let secret = Zeroizing::new(secret);
            for generation in 0..=4 {
                candidates.insert(*keys.next(family.id, generation, &family.nonce, &secret));
                candidates.insert(keys.digest(family.id, generation, &secret).0);
            }
            candidates.insert(keys.tag(&*secret));
        }
    }
    for secret in candidates {
        for generation in 0..=family.generation {
            let token = RefreshToken {
                key: 1,
                family: family.id,
                generation,
                secret: Zeroizing::new(secret),
            };
            let text = token.text(&house.secrets).expect("a known secret");
            assert!(!texts.contains(&text));
            let copy = house.backup();
            assert_eq!(copy.node().sessions.inspect(&text).await.expect("answers"), None);
            assert_eq!(refused(copy.node().present(&text).await), RefreshRefusal::Replay);
        }
    }
    let shown = format!("{:?} {:?} {:?}", house.store, house.node().sessions, house.secrets);
    assert!(texts.iter().all(|text| !shown.contains(text.as_str())));
}

#[tokio::test]
async fn only_the_good_token_of_a_living_family_is_told_and_it_stays_what_it_is() {
    let house = House::new();
    let node = house.node();
    let begun = node.begin_with(Some("app"), None).await;
    house.advance(60);
    let second = node
        .present_as(&begun.refresh_token, Some("app"), None)
        .await
        .expect("good");
    let inspect = async |text: &str| node.sessions.inspect(text).await.expect("answers");
    assert_eq!(inspect("pcr_").await, None);
    assert_eq!(inspect(&begun.refresh_token).await, None, "it was used");
    for _ in 0..2 {
        let told = inspect(&second.refresh_token).await.expect("good");
        assert_eq!((told.session, told.user, told.epoch), (begun.session, alice(), 3));
        assert_eq!(
            (told.client.as_deref(), told.scopes.as_str()),
            (Some("app"), "me items")
        );
        assert_eq!(told.issued, Duration::from_secs(START + 60));
        assert_eq!(told.ends, second.ends);
    }
    node.sessions
        .end(&Ending::OfUser(alice(), None), EndReason::Logout, &[])
        .await
        .expect("answers");
    assert_eq!(inspect(&second.refresh_token).await, None);
}

#[tokio::test]
async fn sessions_are_listed_with_their_last_use_and_ended_with_what_is_said_besides() {
    let house = House::new();
    let node = house.node();
    let (first, second) = (node.begin().await, node.begin().await);
    house.advance(120);
    node.sessions
        .saw(first.session, Some(0), Some(address(ELSEWHERE)), house.clock.now());
    let listed = node.sessions.sessions_of(&alice(), 3).await.expect("answers");
    let ids: Vec<SessionId> = listed.iter().map(|session| session.id).collect();
    assert_eq!(ids, [first.session, second.session]);
    assert_eq!(listed[0].last_address, Some(address(ELSEWHERE)));
    assert_eq!(listed[0].first_address, Some(address(HOME)));
    assert_eq!(listed[0].seen, (START + 120) / 60 * 60 * 1_000);
    assert_eq!(node.sessions.sessions_of(&alice(), 4).await.expect("answers"), []);
    assert!(
        node.sessions
            .label(first.session, &alice(), "phone")
            .await
            .expect("answers")
    );
    assert_eq!(
        node.sessions
            .session(first.session)
            .await
            .expect("answers")
            .expect("there")
            .label,
        "phone"
    );

    let occasion = Occasion {
        now: house.clock.now(),
        lifetime: Duration::from_secs(1_800),
    };
    let also = occasion.user(&alice(), 4);
    let all_but = Ending::OfUser(alice(), Some(first.session));
    let ended = node
        .sessions
        .end(&all_but, EndReason::Logout, &[also])
        .await
        .expect("answers");
    assert_eq!(ended, [second.session]);
    assert_eq!(
        *house.applied.lock().expect("unharmed"),
        [occasion.session(second.session), also]
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_over_for_a_week_is_removed_however_much_it_is() {
    let house = House::new();
    let node = house.node();
    for _ in 0..1_001 {
        node.begin().await;
    }
    house.advance(21 * 24 * 60 * 60);
    let living = node.begin().await;
    assert_eq!(node.sessions.tidy().await.expect("answers"), 0);
    house.advance(1);
    assert_eq!(node.sessions.tidy().await.expect("answers"), 1_001);
    assert_eq!(node.sessions.tidy().await.expect("answers"), 0);
    assert!(node.present(&living.refresh_token).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn uses_are_written_by_a_task_that_ends_with_the_sessions() {
    let house = House::new();
    let node = house.node();
    let begun = node.begin().await;
    house.advance(300);
    node.sessions.saw(begun.session, Some(0), None, house.clock.now());
    tokio::time::sleep(Duration::from_secs(11)).await;
    let session = house
        .store
        .session(begun.session)
        .await
        .expect("answers")
        .expect("there");
    assert_eq!(session.seen, (START + 300) / 60 * 60 * 1_000);
    assert!(house.family(&begun.refresh_token).await.confirmed);
    let inner = Arc::downgrade(&node.sessions.inner);
    drop(node);
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert!(inner.upgrade().is_none());
}
