#![allow(clippy::unwrap_used, clippy::expect_used, clippy::arithmetic_side_effects)]

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use portcullis_jose::SigningKey;

use super::*;
use crate::account::{Account, AccountChange};
use crate::auth::Auth;
use crate::auth_error::AuthError;
use crate::clock::ManualClock;
use crate::memory::MemoryUsers;
use crate::resource::ResourceServer;
use crate::scope::ScopeSet;
use crate::store::{AccountStore as _, StoreError};
use crate::user::User as _;

const NOW: u64 = 1_800_000_000;
const LIFETIME: Duration = Duration::from_secs(1_800);

crate::scopes! {
    /// Drive it.
    Drive = "drive";
}

crate::entities! {
    /// A car.
    Car = "car";
}

/// The last position, and the rows behind theirs.
type Positions = (u64, Vec<(u64, Entry)>);

/// Rows that several processes share; the store can be away, and lose what it was given.
#[derive(Clone, Default)]
struct Rows {
    rows: Arc<Mutex<Positions>>,
    away: Arc<AtomicBool>,
    /// Nothing can be written.
    read_only: Arc<AtomicBool>,
    /// How often it has lost something.
    lives: Arc<AtomicU64>,
    /// The most that it was given at once.
    most: Arc<AtomicUsize>,
}

impl Rows {
    /// All but the first so many are lost, and positions come again.
    fn lose_all_but(&self, first: usize) {
        let (position, rows) = &mut *self.rows.lock().unwrap();
        rows.truncate(first);
        *position = rows.last().map_or(0, |(at, _)| *at);
        self.lives.fetch_add(1, Ordering::SeqCst);
    }

    fn len(&self) -> usize {
        self.rows.lock().unwrap().1.len()
    }

    fn away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    fn expect_there(&self) -> Result<(), StoreError> {
        match self.away.load(Ordering::SeqCst) {
            true => Err(StoreError::unavailable("away")),
            false => Ok(()),
        }
    }
}

impl RevocationStore for Rows {
    fn noting(&self, _: &crate::audit::AuditRow) -> Option<Self> {
        None
    }

    async fn revoke(&self, entries: &[Entry]) -> Result<(), StoreError> {
        self.expect_there()?;
        if self.read_only.load(Ordering::SeqCst) {
            return Err(StoreError::unavailable("read only"));
        }
        self.most.fetch_max(entries.len(), Ordering::SeqCst);
        let (position, rows) = &mut *self.rows.lock().unwrap();
        for entry in entries {
            let same = |other: &Entry| Entry { until: 0, ..*other } == Entry { until: 0, ..*entry };
            rows.retain(|(_, other)| !same(other));
            *position += 1;
            rows.push((*position, *entry));
        }
        Ok(())
    }

    async fn since(&self, cursor: Option<&Cursor>) -> Result<Batch, StoreError> {
        self.expect_there()?;
        let (position, rows) = &*self.rows.lock().unwrap();
        let lives = self.lives.load(Ordering::SeqCst).to_string();
        let known = cursor.map(|cursor| cursor.0.split_once(':').unwrap());
        let from = known.filter(|(life, _)| *life == lives);
        let full = from.is_none();
        let from = from.map_or(0, |(_, position)| position.parse().unwrap());
        Ok(Batch {
            entries: rows
                .iter()
                .filter(|(at, _)| *at > from)
                .map(|(_, entry)| *entry)
                .collect(),
            next: Cursor(format!("{lives}:{position}").into()),
            full,
        })
    }

    async fn forget(&self, now: u64, limit: usize) -> Result<usize, StoreError> {
        self.expect_there()?;
        let (_, rows) = &mut *self.rows.lock().unwrap();
        let (before, mut left) = (rows.len(), limit);
        rows.retain(|(_, entry)| {
            let goes = entry.until < now && left > 0;
            left -= usize::from(goes);
            !goes
        });
        Ok(before - rows.len())
    }
}

/// Processes with one key, one store of users and one of revocations.
struct World {
    rows: Rows,
    users: MemoryUsers,
    clock: ManualClock,
    key: SigningKey,
}

impl World {
    fn new() -> Self {
        Self {
            rows: Rows::default(),
            users: MemoryUsers::from_iter([Account::new("jane")]),
            clock: ManualClock::at(NOW),
            key: SigningKey::hs256([7; 32]).unwrap(),
        }
    }

    fn process(&self, stale: StaleFeed) -> Auth {
        let auth = Auth::builder(self.key.clone(), self.users.clone())
            .clock(self.clock.clone())
            .issuer("us")
            .revocations(self.rows.clone())
            .stale_revocations(stale);
        auth.build().unwrap()
    }

    fn token(&self, auth: &Auth) -> String {
        auth.grant(&Account::new("jane"), ScopeSet::empty())
            .unwrap()
            .access_token
    }
}

fn is_revoked<T>(result: Result<T, AuthError>) -> bool {
    matches!(result, Err(AuthError::Revoked))
}

fn is_stale<T>(result: Result<T, AuthError>) -> bool {
    matches!(result, Err(AuthError::Stale { retry_after: 1 }))
}

/// Until it is so. That it is so soon is measured, and not tested.
async fn until(so: impl AsyncFn() -> bool) {
    while !so().await {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_revoked_token_is_refused_at_once_also_one_that_was_seen() {
    let world = World::new();
    let auth = world.process(StaleFeed::Serve);
    let (seen, other) = (world.token(&auth), world.token(&auth));
    assert!(auth.authenticate(&seen).await.is_ok());
    auth.revoke(&seen).await.unwrap();
    assert!(is_revoked(auth.authenticate(&seen).await) && is_revoked(auth.authenticate(&seen).await));
    assert!(auth.authenticate(&other).await.is_ok());
    auth.revoke(&other).await.unwrap();
    assert!(is_revoked(auth.authenticate(&other).await));
}

#[tokio::test]
async fn a_token_about_a_thing_is_revoked_like_any_other() {
    let world = World::new();
    let auth = world.process(StaleFeed::Serve);
    let token = |id| auth.issue_entity::<Car, Drive>(id, Duration::from_secs(60)).unwrap();
    let (one, two) = (token("42"), token("42"));
    auth.revoke(&one).await.unwrap();
    assert!(is_revoked(auth.authenticate_entity::<Car, Drive>(&one).await));
    assert!(auth.authenticate_entity::<Car, Drive>(&two).await.is_ok());
}

#[tokio::test]
async fn what_is_no_good_token_has_nothing_to_revoke() {
    let world = World::new();
    let auth = world.process(StaleFeed::Serve);
    let token = world.token(&auth);
    assert!(matches!(auth.revoke("no token").await, Err(AuthError::Invalid(_))));
    world.clock.advance(LIFETIME);
    assert!(matches!(auth.revoke(&token).await, Err(AuthError::Invalid(_))));
    let plain: Auth = Auth::builder(world.key.clone(), world.users.clone()).build().unwrap();
    let refused = plain.revoke(&world.token(&plain)).await;
    assert!(matches!(refused, Err(AuthError::Store(StoreError::Unsupported(_)))));
}

#[tokio::test]
async fn every_kind_ends_its_tokens_and_no_others() {
    let world = World::new();
    let auth = world.process(StaleFeed::Serve);
    let (kept, jane) = (auth.revocations().unwrap(), Account::new("jane"));
    let occasion = auth.occasion();
    let token = world.token(&auth);
    for harmless in [
        occasion.key("another"),
        occasion.client("another"),
        occasion.user(&Account::new("john").id(), u64::MAX),
        occasion.user(&jane.id(), 0),
        occasion.changed(&jane.id(), 7),
    ] {
        kept.apply(&[harmless]);
        assert!(auth.authenticate(&token).await.is_ok(), "{harmless:?}");
    }
    kept.apply(&[occasion.user(&jane.id(), 1)]);
    assert!(is_revoked(auth.authenticate(&token).await));
    let auth = world.process(StaleFeed::Serve);
    auth.revocations().unwrap().apply(&[occasion.all()]);
    assert!(is_revoked(auth.authenticate(&token).await));
    world.clock.advance(Duration::from_secs(1));
    assert!(auth.authenticate(&world.token(&auth)).await.is_ok(), "made later");
}

#[tokio::test]
async fn another_process_learns_of_it() {
    let world = World::new();
    let (here, there) = (world.process(StaleFeed::Serve), world.process(StaleFeed::Refuse));
    let token = world.token(&here);
    assert!(there.authenticate(&token).await.is_ok());
    here.revoke(&token).await.unwrap();
    until(async || is_revoked(there.authenticate(&token).await)).await;
}

#[tokio::test]
async fn a_process_that_starts_knows_what_ended_before() {
    let world = World::new();
    let token = world.token(&world.process(StaleFeed::Serve));
    world.process(StaleFeed::Serve).revoke(&token).await.unwrap();
    assert!(
        is_revoked(world.process(StaleFeed::Serve).authenticate(&token).await),
        "the first request waits"
    );
}

#[tokio::test]
async fn what_a_store_has_lost_is_given_back_by_who_knew_it() {
    let world = World::new();
    let (here, there) = (world.process(StaleFeed::Serve), world.process(StaleFeed::Serve));
    let (kept, lost) = (world.token(&here), world.token(&here));
    here.revoke(&kept).await.unwrap();
    here.revoke(&lost).await.unwrap();
    until(async || is_revoked(there.authenticate(&lost).await)).await;
    // Whoever ended it is gone, and another one knows of it.
    let asleep = |auth: &Auth| auth.revocations().unwrap().reader.clone().unwrap();
    let (here, there) = (asleep(&here), asleep(&there));
    let _here = here.asleep().await;
    world.rows.lose_all_but(1);
    until(async || world.rows.len() == 2).await;
    let late = world.process(StaleFeed::Serve);
    assert!(is_revoked(late.authenticate(&kept).await) && is_revoked(late.authenticate(&lost).await));
    // Also what it had loaded when it began.
    let _there = there.asleep().await;
    world.rows.lose_all_but(0);
    until(async || world.rows.len() == 2).await;
    assert!(
        is_revoked(late.authenticate(&lost).await),
        "and nothing is taken meanwhile"
    );
}

#[tokio::test]
async fn what_was_lost_is_given_back_in_parts_and_again_until_it_is_taken() {
    let world = World::new();
    let auth = world.process(StaleFeed::Refuse);
    let occasion = auth.occasion();
    let ended: Vec<Entry> = (0..2_500)
        .map(|n| occasion.token(&n.to_string(), Duration::ZERO))
        .collect();
    for part in ended.chunks(500) {
        RevocationStore::revoke(&world.rows, part).await.unwrap();
    }
    let kept = auth.revocations().unwrap();
    until(async || kept.len() == ended.len()).await;
    world.rows.read_only.store(true, Ordering::SeqCst);
    world.rows.lose_all_but(100);
    let written = world.rows.lives.load(Ordering::SeqCst);
    world.clock.advance(Duration::from_secs(3));
    let token = world.token(&auth);
    until(async || auth.authenticate(&token).await.is_ok()).await;
    let told = page(&auth, None, Duration::ZERO).await.entries;
    assert!(
        ended.iter().all(|entry| told.contains(entry)),
        "whoever begins to follow meanwhile"
    );
    assert_eq!(
        (written, world.rows.len()),
        (1, 100),
        "what it says is known all the same"
    );
    world.rows.read_only.store(false, Ordering::SeqCst);
    until(async || world.rows.len() == ended.len()).await;
    assert_eq!(world.rows.most.load(Ordering::SeqCst), 1_000);
}

#[tokio::test]
async fn what_is_over_or_was_not_lost_is_not_given_back() {
    let world = World::new();
    let auth = world.process(StaleFeed::Serve);
    let occasion = auth.occasion();
    auth.revocations()
        .unwrap()
        .revoke(&[occasion.key("a"), occasion.key("b")])
        .await
        .unwrap();
    let (kept, reader) = {
        let kept = auth.revocations().unwrap();
        (kept.clone(), kept.reader.clone().unwrap())
    };
    let _asleep = reader.asleep().await;
    let all = RevocationStore::since(&world.rows, None).await.unwrap();
    assert_eq!(kept.ledger.lacking(&all), []);
    let none = Batch {
        entries: Vec::new(),
        ..all.clone()
    };
    assert_eq!(kept.ledger.lacking(&none), [occasion.key("a"), occasion.key("b")]);
    let shorter = Entry {
        until: 1,
        ..occasion.key("a")
    };
    let shorter = Batch {
        entries: vec![shorter, occasion.key("b")],
        ..all
    };
    assert_eq!(kept.ledger.lacking(&shorter), [occasion.key("a")], "for less long");
    // By the clock that nobody can hurry.
    for _ in 0..2_000 {
        world.clock.advance(Duration::from_secs(2));
        kept.ledger.tidy();
    }
    assert_eq!(kept.ledger.lacking(&none), []);
}

#[tokio::test]
async fn stale_serves_or_refuses_as_configured() {
    for (setting, stale_is_served) in [(StaleFeed::Serve, true), (StaleFeed::Refuse, false)] {
        let world = World::new();
        world.rows.away(true);
        let auth = world.process(setting);
        let token = world.token(&auth);
        assert!(is_stale(auth.authenticate(&token).await), "never loaded");
        world.rows.away(false);
        until(async || auth.authenticate(&token).await.is_ok()).await;
        world.rows.away(true);
        world.clock.advance(Duration::from_secs(2));
        assert!(auth.authenticate(&token).await.is_ok(), "whole two seconds ago");
        world.clock.advance(Duration::from_millis(1));
        for _ in 0..2 {
            let answer = auth.authenticate(&token).await;
            assert_eq!(answer.is_ok(), stale_is_served);
            assert!(stale_is_served || is_stale(answer), "older");
        }
        assert!(matches!(auth.authenticate("forged").await, Err(AuthError::Invalid(_))));
        world.clock.advance(LIFETIME);
        let anew = world.token(&auth);
        assert!(
            is_stale(auth.authenticate(&anew).await),
            "older than the longest access token"
        );
        world.rows.away(false);
        until(async || auth.authenticate(&anew).await.is_ok()).await;
    }
}

#[tokio::test]
async fn a_clock_that_jumps_neither_silences_the_feed_nor_makes_everything_good() {
    let world = World::new();
    let auth = world.process(StaleFeed::Refuse);
    let revoked = world.token(&auth);
    auth.revoke(&revoked).await.unwrap();
    world.clock.set(NOW + 1_000_000);
    let later = world.token(&auth);
    until(async || auth.authenticate(&later).await.is_ok()).await;
    world.clock.set(NOW + 5);
    let now = world.token(&auth);
    until(async || auth.authenticate(&now).await.is_ok()).await;
    assert!(is_revoked(auth.authenticate(&revoked).await));
    world.rows.away(true);
    world.clock.set(NOW);
    world.clock.advance(Duration::from_secs(1));
    let token = world.token(&auth);
    until(async || is_stale(auth.authenticate(&token).await)).await;
}

#[tokio::test(start_paused = true)]
async fn what_ended_holds_in_both_processes_where_the_clock_of_one_jumps() {
    const DAY: u64 = 24 * 60 * 60;
    for far in [NOW + DAY, NOW - DAY] {
        let world = World::new();
        let jumping = World {
            rows: world.rows.clone(),
            users: world.users.clone(),
            clock: ManualClock::at(NOW),
            key: world.key.clone(),
        };
        let (steady, jumps) = (world.process(StaleFeed::Serve), jumping.process(StaleFeed::Serve));
        let (before, during, kept) = (world.token(&steady), world.token(&steady), world.token(&steady));
        for token in [&before, &during, &kept] {
            assert!(steady.authenticate(token).await.is_ok() && jumps.authenticate(token).await.is_ok());
        }
        steady.revoke(&before).await.unwrap();
        until(async || is_revoked(jumps.authenticate(&before).await)).await;
        jumping.clock.set(far);
        // For longer than it takes until what is over is dropped.
        for _ in 0..150 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            jumping.clock.advance(Duration::from_secs(1));
            world.clock.advance(Duration::from_secs(1));
        }
        steady.revoke(&during).await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        jumping.clock.set(NOW + 150);
        until(async || jumps.authenticate(&kept).await.is_ok()).await;
        let late = world.process(StaleFeed::Serve);
        for auth in [&steady, &jumps, &late] {
            for token in [&before, &during] {
                assert!(is_revoked(auth.authenticate(token).await), "{far}");
            }
            assert!(auth.authenticate(&kept).await.is_ok(), "{far}");
        }
    }
}

#[tokio::test]
async fn a_node_that_slept_past_the_retention() {
    let world = World::new();
    let (awake, asleep) = (world.process(StaleFeed::Serve), world.process(StaleFeed::Serve));
    let early = world.token(&awake);
    assert!(asleep.authenticate(&early).await.is_ok());
    // It looks at nothing from now on.
    let sleeper = asleep.revocations().unwrap().reader.clone().unwrap();
    let sleep = sleeper.asleep().await;
    awake.revoke(&early).await.unwrap();
    world.clock.advance(LIFETIME / 2);
    let late = world.token(&awake);
    awake.revoke(&late).await.unwrap();
    world.clock.advance(LIFETIME);
    RevocationStore::forget(&world.rows, millis_of(&world), 1_000)
        .await
        .unwrap();
    let anew = world.token(&awake);
    assert!(is_stale(asleep.authenticate(&anew).await), "before the first look");
    assert!(asleep.authenticate(&early).await.is_err() && asleep.authenticate(&late).await.is_err());
    drop(sleep);
    until(async || asleep.authenticate(&anew).await.is_ok()).await;
    world.clock.set(NOW + LIFETIME.as_secs() * 3 / 2 - 1);
    until(async || is_revoked(asleep.authenticate(&late).await)).await;
}

fn millis_of(world: &World) -> u64 {
    super::freshness::millis(crate::clock::Clock::now(&world.clock))
}

#[tokio::test]
async fn what_is_remembered_of_a_user_is_dropped_when_another_process_changed_them() {
    let world = World::new();
    let here = Auth::builder(world.key.clone(), Remembering(world.users.clone()))
        .clock(world.clock.clone())
        .remember(Duration::from_secs(3_600))
        .revocations(world.rows.clone());
    let (here, jane) = (here.build().unwrap(), Account::new("jane"));
    let token = world.token(&here);
    assert!(here.authenticate(&token).await.unwrap().user.is_active());
    let disabled = AccountChange {
        disabled: Some(true),
        ..AccountChange::default()
    };
    world.users.update(&jane.id(), &disabled).await.unwrap();
    assert!(here.authenticate(&token).await.unwrap().user.is_active(), "remembered");
    let changed = here.occasion().changed(&jane.id(), 1);
    RevocationStore::revoke(&world.rows, &[changed]).await.unwrap();
    until(async || !here.authenticate(&token).await.unwrap().user.is_active()).await;
}

/// Users whose changes are not counted: another process makes them.
struct Remembering(MemoryUsers);

impl crate::store::UserStore for Remembering {
    type User = Account;

    async fn by_login(&self, login: &str) -> Result<Option<Account>, StoreError> {
        self.0.by_login(login).await
    }

    async fn by_id(&self, id: &crate::user::UserId) -> Result<Option<Account>, StoreError> {
        self.0.by_id(id).await
    }

    async fn swap_hash(
        &self,
        id: &crate::user::UserId,
        seen: &crate::HashString,
        new: &crate::HashString,
    ) -> Result<bool, StoreError> {
        self.0.swap_hash(id, seen, new).await
    }
}

#[tokio::test]
async fn nobody_looks_when_the_last_handle_is_gone() {
    let world = World::new();
    let auth = world.process(StaleFeed::Serve);
    assert!(auth.authenticate(&world.token(&auth)).await.is_ok());
    assert!(Arc::strong_count(&world.rows.rows) > 1);
    drop(auth);
    until(async || Arc::strong_count(&world.rows.rows) == 1).await;
}

#[test]
fn without_a_runtime_whoever_asks_looks() {
    fn wait<T>(work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            if let Poll::Ready(done) = work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return done;
            }
        }
    }
    let world = World::new();
    let (here, there) = (world.process(StaleFeed::Serve), world.process(StaleFeed::Serve));
    let token = world.token(&here);
    assert!(wait(there.authenticate(&token)).is_ok());
    wait(here.revoke(&token)).unwrap();
    world.clock.advance(Duration::from_secs(3));
    assert!(is_revoked(wait(there.authenticate(&token))));
}

/// What a process answers to who follows.
async fn page(auth: &Auth, after: Option<&str>, wait: Duration) -> Page {
    let kept = auth.revocations().unwrap();
    let page = kept.page(&Shared::default(), after, wait).await.unwrap();
    Page::clone(&page)
}

#[tokio::test]
async fn a_follower_moves_between_nodes() {
    let world = World::new();
    let (one, two) = (world.process(StaleFeed::Serve), world.process(StaleFeed::Serve));
    let revoke = async |auth: &Auth| auth.revoke(&world.token(auth)).await.unwrap();
    revoke(&one).await;
    let first = page(&one, None, Duration::ZERO).await;
    assert!(first.full && first.entries.len() == 1);
    page(&two, None, Duration::ZERO).await;
    world.clock.advance(Duration::from_secs(6));
    until(async || world.whole(&one) && world.whole(&two)).await;
    let at_one = page(&one, Some(&first.next), Duration::ZERO).await;
    assert!(!at_one.full && at_one.entries.is_empty(), "nothing twice");
    assert_eq!(at_one.after, Some(first.next));
    revoke(&one).await;
    let moved = async || {
        let page = page(&two, Some(&at_one.next), Duration::ZERO).await;
        assert!(!page.full);
        page.entries.len() == 1
    };
    until(moved).await;
    revoke(&two).await;
    let at_two = page(&two, Some(&at_one.next), Duration::ZERO).await;
    assert_eq!((at_two.full, at_two.entries.len()), (false, 2));
    let again = page(&two, Some(&at_two.next), Duration::ZERO).await;
    assert!(!again.full && again.entries.is_empty());
}

impl World {
    /// Whether a process has looked since the clock was moved.
    fn whole(&self, auth: &Auth) -> bool {
        let (whole, now) = (auth.revocations().unwrap().ledger.whole(), millis_of(self));
        whole == Some(now)
    }
}

#[tokio::test]
async fn who_comes_with_what_says_nothing_here_is_told_everything() {
    let world = World::new();
    let auth = world.process(StaleFeed::Serve);
    auth.revoke(&world.token(&auth)).await.unwrap();
    for nothing in [None, Some(""), Some("x"), Some("1.2.3"), Some("99999999999999.1.1")] {
        let page = page(&auth, nothing, Duration::from_secs(25)).await;
        assert!(page.full && page.entries.len() == 1, "{nothing:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_waits_is_told_at_once_and_who_waited_in_vain_as_well() {
    let world = World::new();
    let auth = world.process(StaleFeed::Serve);
    let first = page(&auth, None, Duration::ZERO).await;
    let wait = Duration::from_secs(25);
    let told = page(&auth, Some(&first.next), wait).await;
    assert!(!told.full && told.entries.is_empty());
    let began = tokio::time::Instant::now();
    let (told, ()) = tokio::join!(page(&auth, Some(&told.next), wait), async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        auth.revoke(&world.token(&auth)).await.unwrap();
    });
    assert_eq!(told.entries.len(), 1);
    assert_eq!(began.elapsed(), Duration::from_secs(5));
}

#[tokio::test]
async fn who_does_not_know_all_says_nothing() {
    let world = World::new();
    let auth = world.process(StaleFeed::Serve);
    let next = page(&auth, None, Duration::ZERO).await.next;
    world.rows.away(true);
    world.clock.advance(Duration::from_secs(3));
    for after in [None, Some(next.as_str())] {
        let told = auth.revocations_since(after, Duration::ZERO).await;
        assert!(matches!(told, Err(PageError::Stale)), "{told:?}");
    }
}

#[tokio::test]
async fn a_resource_server_refuses_what_it_was_told_of() {
    let world = World::new();
    let issuer = world.process(StaleFeed::Serve);
    let clock: Arc<dyn crate::clock::Clock> = Arc::new(world.clock.clone());
    let followed = Revocations::followed(clock.clone(), StaleFeed::Serve);
    let keys = crate::keys::Keys::verifying(world.key.verifying_key().into());
    let server: Auth = ResourceServer::new("us", keys)
        .token_type(crate::AccessTokenType::Jwt)
        .clock(world.clock.clone())
        .revocations(followed.clone())
        .build();
    let (token, other) = (world.token(&issuer), world.token(&issuer));
    assert!(is_stale(server.authenticate(&token).await), "nothing was told yet");
    issuer.revoke(&token).await.unwrap();
    let text = issuer.revocations_since(None, Duration::ZERO).await.unwrap();
    let keys = issuer.keys();
    let (told, said) = read_page(&text, ("us", keys.key_set().unwrap()), None, clock.now()).unwrap();
    assert_eq!(said, Duration::from_secs(NOW));
    assert_eq!(followed.apply(&told.entries).entries, 1);
    followed.renew(clock.now());
    assert!(is_revoked(server.authenticate(&token).await));
    assert!(server.authenticate(&other).await.is_ok());
    let refused = followed.revoke(&told.entries).await;
    assert!(matches!(refused, Err(StoreError::Unsupported(_))));
}

#[tokio::test]
async fn a_resource_server_knows_a_user_by_the_id_that_the_issuer_has() {
    let world = World::new();
    let issuer = world.process(StaleFeed::Serve);
    // Its `sub` is `username:a:b`, so that nobody takes it for a thing.
    let token = issuer
        .grant(&Account::new("a:b"), ScopeSet::empty())
        .unwrap()
        .access_token;
    let feed = Revocations::followed(Arc::new(world.clock.clone()), StaleFeed::Serve);
    feed.renew(Duration::from_secs(NOW));
    let server: Auth = ResourceServer::new("us", issuer.keys())
        .token_type(crate::AccessTokenType::Jwt)
        .clock(world.clock.clone())
        .revocations(feed.clone())
        .build();
    assert!(server.authenticate(&token).await.is_ok());
    feed.apply(&[issuer.occasion().user(&crate::user::UserId::from("a:b"), u64::MAX)]);
    assert!(is_revoked(server.authenticate(&token).await));
}

#[tokio::test]
async fn a_resource_server_that_sees_machines_alone_serves_them_while_the_feed_is_stale() {
    let world = World::new();
    let issuer = Auth::builder(world.key.clone(), world.users.clone())
        .clock(world.clock.clone())
        .issuer("us")
        .clients(crate::client::MemoryClients::new())
        .build()
        .unwrap();
    let mut client = crate::client::Client::named("machine");
    client.grants = [crate::client::GrantType::ClientCredentials].into();
    client.scopes = "items".split(' ').collect();
    let token = issuer
        .client_credentials(&client, &client.scopes, &Default::default())
        .await
        .unwrap()
        .access_token;
    let feed = Revocations::followed(Arc::new(world.clock.clone()), StaleFeed::Serve);
    feed.renew(Duration::from_secs(NOW));
    let server: Auth = ResourceServer::new("us", issuer.keys())
        .token_type(crate::AccessTokenType::Jwt)
        .clock(world.clock.clone())
        .revocations(feed)
        .build();
    assert!(server.authenticate_client(&token).await.is_ok());
    world.clock.advance(Duration::from_secs(60));
    assert!(server.authenticate_client(&token).await.is_ok());
}
