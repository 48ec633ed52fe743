use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use portcullis_jose::Algorithm;

use super::*;
use crate::account::Account;
use crate::auth::Auth;
use crate::auth_error::AuthError;
use crate::clock::ManualClock;
use crate::grant::password::{Credentials, LoginError};
use crate::issue_error::IssueError;
use crate::memory::MemoryUsers;
use crate::scope::ScopeSet;
use crate::session::MemorySessions;
use crate::signing_keys::{KeyChange, KeyState, MasterKeyError, MemoryKeys};
use crate::store::StoreError;

const START: u64 = 1_800_000_000;
const DAY: Duration = Duration::from_secs(86_400);
const MONTH: Duration = Duration::from_secs(30 * 86_400);
const HOUR: Duration = Duration::from_secs(3_600);

struct Place {
    store: MemoryKeys,
    clock: ManualClock,
}

impl Place {
    fn new() -> Self {
        Self {
            store: MemoryKeys::new(),
            clock: ManualClock::at(START),
        }
    }

    /// A process of its own on the store.
    async fn process(&self) -> SigningKeys<MemoryKeys> {
        self.process_with(KeySchedule::default()).await
    }

    async fn process_with(&self, schedule: KeySchedule) -> SigningKeys<MemoryKeys> {
        let keys = SigningKeys::new(self.store.clone(), master(1), schedule, self.clock.clone());
        keys.ready().await.expect("ready");
        keys
    }

    fn auth(&self, keys: &SigningKeys<impl KeyStore>) -> Auth {
        let users = MemoryUsers::from_iter([Account::new("johndoe")]);
        let auth = Auth::builder(keys.ring(), users)
            .decoy_key([0; 32])
            .clock(self.clock.clone());
        auth.build().expect("an Auth")
    }
}

async fn only_id(keys: &SigningKeys<impl KeyStore>) -> String {
    keys.list().await.expect("keys")[0].record.id.clone()
}

/// A store whose looks are counted and take a while, and which may take no new key.
#[derive(Clone, Default)]
struct Watched {
    inner: MemoryKeys,
    looks: Arc<AtomicUsize>,
    slow: Arc<AtomicBool>,
    full: Arc<AtomicBool>,
}

impl KeyStore for Watched {
    fn noting(&self, _: &crate::audit::AuditRow) -> Option<Self> {
        None
    }

    async fn list(&self) -> Result<Vec<KeyRecord>, StoreError> {
        self.looks.fetch_add(1, Ordering::SeqCst);
        if self.slow.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.inner.list().await
    }

    async fn add(&self, record: &KeyRecord, newest: Option<&str>) -> Result<bool, StoreError> {
        if self.full.load(Ordering::SeqCst) {
            return Err(StoreError::unavailable("the disk is full"));
        }
        self.inner.add(record, newest).await
    }

    async fn change(&self, id: &str, change: KeyChange) -> Result<bool, StoreError> {
        if self.full.load(Ordering::SeqCst) && !matches!(change, KeyChange::End(_)) {
            return Err(StoreError::unavailable("the disk is full"));
        }
        self.inner.change(id, change).await
    }

    async fn reseal(&self, id: &str, seen: &[u8], new: &[u8]) -> Result<bool, StoreError> {
        self.inner.reseal(id, seen, new).await
    }
}

/// A token of a key that nobody has.
fn bogus(place: &Place, id: &str) -> String {
    let key = SigningKey::generate(Algorithm::EdDSA).expect("a key");
    let key = key.with_key_id(id).expect("an id");
    let users = MemoryUsers::from_iter([Account::new("johndoe")]);
    let auth = Auth::builder(key, users).clock(place.clock.clone());
    token(&auth.build().expect("an Auth"))
}

fn master(byte: u8) -> MasterKey {
    MasterKey::new(&[byte; 32]).expect("a master key")
}

fn token(auth: &Auth) -> String {
    let granted = auth.grant(&Account::new("johndoe"), ScopeSet::empty());
    granted.expect("a token").access_token
}

async fn states(keys: &SigningKeys<MemoryKeys>) -> Vec<KeyState> {
    let keys = keys.list().await.expect("the keys");
    keys.iter().map(|key| key.state).collect()
}

use KeyState::{Active, Next, Retired, Retiring};

#[tokio::test]
async fn a_wrong_master_key_is_told_before_anything_is_signed_and_changes_nothing() {
    let place = Place::new();
    place.process().await;
    let opened = SigningKeys::open(place.store.clone(), master(2), KeySchedule::default()).await;
    let Err(KeysError::Master { cause, .. }) = opened else {
        panic!("{opened:?}");
    };
    assert!(matches!(cause, MasterKeyError::Other { .. }), "{cause:?}");
    assert_eq!(place.store.list().await.expect("records").len(), 1);
}

#[tokio::test]
async fn of_two_processes_that_start_on_an_empty_store_one_makes_the_key() {
    let place = Place::new();
    let (one, two) = tokio::join!(place.process(), place.process());
    assert_eq!(states(&one).await, [Active]);
    assert_eq!(
        one.ring().keys().signing_key().and_then(SigningKey::key_id),
        two.ring().keys().signing_key().and_then(SigningKey::key_id)
    );
}

#[tokio::test]
async fn of_two_processes_that_are_due_at_once_one_adds_the_next_key() {
    let place = Place::new();
    let (one, two) = (place.process().await, place.process().await);
    place.clock.advance(90 * DAY);
    let (first, second) = tokio::join!(one.tend(), two.tend());
    first.and(second).expect("tended");
    assert_eq!(states(&one).await, [Active, Next]);
}

#[tokio::test]
async fn on_schedule_the_next_key_is_published_an_hour_before_and_signs_on_the_second() {
    let place = Place::new();
    let keys = place.process().await;
    place.clock.advance(90 * DAY - HOUR - Duration::from_secs(1));
    keys.tend().await.expect("tended");
    assert_eq!(states(&keys).await, [Active]);
    place.clock.advance(Duration::from_secs(1));
    keys.tend().await.expect("tended");
    assert_eq!(states(&keys).await, [Active, Next]);
    let next = keys.list().await.expect("keys")[1].record.clone();
    assert_eq!(next.activates, START + 90 * DAY.as_secs());
    assert!(
        keys.ring()
            .keys()
            .key_set()
            .is_some_and(|set| set.find(Some(&next.id)).is_some())
    );
    place.clock.advance(HOUR);
    keys.tend().await.expect("tended");
    assert_eq!(states(&keys).await, [Retiring, Active]);
    assert_eq!(
        keys.ring().keys().signing_key().and_then(SigningKey::key_id),
        Some(next.id.as_str())
    );
}

#[tokio::test]
async fn a_server_that_slept_over_the_schedule_still_publishes_before_it_signs() {
    let place = Place::new();
    let keys = place.process().await;
    place.clock.advance(200 * DAY);
    keys.tend().await.expect("tended");
    let next = keys.list().await.expect("keys")[1].record.activates;
    assert_eq!(next, START + (200 * DAY + HOUR).as_secs());
}

#[tokio::test]
async fn without_a_schedule_nothing_rotates_by_itself() {
    let place = Place::new();
    let schedule = KeySchedule {
        rotate_every: None,
        ..KeySchedule::default()
    };
    let keys = place.process_with(schedule).await;
    place.clock.advance(10_000 * DAY);
    keys.tend().await.expect("tended");
    assert_eq!(states(&keys).await, [Active]);
}

#[tokio::test]
async fn good_tokens_stay_good_over_rotations_and_from_hs256_to_eddsa_and_end_with_their_key() {
    let place = Place::new();
    let schedule = KeySchedule {
        algorithm: Algorithm::HS256,
        ..KeySchedule::default()
    };
    let keys = place.process_with(schedule).await;
    let auth = place.auth(&keys);
    let first = token(&auth);
    for algorithm in [Algorithm::EdDSA, Algorithm::ES256, Algorithm::HS512] {
        keys.rotate(Some(algorithm), false).await.expect("rotated");
        place.clock.advance(HOUR);
        keys.tend().await.expect("tended");
        let before = token(&auth);
        assert!(
            before.len() > 100 && auth.authenticate(&before).await.is_ok(),
            "{algorithm}"
        );
    }
    assert!(auth.authenticate(&first).await.is_err(), "it expired");
    let old = token(&auth);
    keys.rotate(Some(Algorithm::EdDSA), true).await.expect("rotated");
    place.clock.advance(Duration::from_secs(1_799));
    keys.tend().await.expect("tended");
    assert!(auth.authenticate(&old).await.is_ok(), "until its last second");
    place.clock.advance(Duration::from_secs(61));
    keys.tend().await.expect("tended");
    assert_eq!(states(&keys).await[3..], [Retired, Active]);
    assert_eq!(
        keys.ring().keys().key_set().map(|set| set.find(None).is_some()),
        Some(true),
        "one is left"
    );
}

#[tokio::test]
async fn retiring_the_active_key_ends_its_tokens_at_once_and_another_signs() {
    let place = Place::new();
    let keys = place.process().await;
    let auth = place.auth(&keys);
    let old = token(&auth);
    assert!(auth.authenticate(&old).await.is_ok());
    let id = keys.list().await.expect("keys")[0].record.id.clone();
    let retired = keys.retire(&id).await.expect("retired");
    assert_eq!(retired.state, Retired);
    assert!(auth.authenticate(&old).await.is_err());
    assert!(auth.authenticate(&token(&auth)).await.is_ok());
    assert!(matches!(keys.retire("nobody").await, Err(KeysError::Unknown)));
}

#[tokio::test]
async fn retiring_the_active_key_brings_the_next_one_forward_and_retiring_that_leaves_the_active() {
    let place = Place::new();
    let keys = place.process().await;
    let next = keys.rotate(None, false).await.expect("rotated");
    assert_eq!(next.state, Next);
    keys.retire(&next.record.id).await.expect("retired");
    assert_eq!(states(&keys).await, [Active, Retired]);
    let next = keys.rotate(None, false).await.expect("rotated");
    let active = keys.list().await.expect("keys")[0].record.id.clone();
    keys.retire(&active).await.expect("retired");
    let signing = keys
        .ring()
        .keys()
        .signing_key()
        .and_then(SigningKey::key_id)
        .map(str::to_owned);
    assert_eq!(signing, Some(next.record.id));
}

#[tokio::test]
async fn a_second_next_key_is_refused_and_now_brings_the_first_forward() {
    let place = Place::new();
    let keys = place.process().await;
    let next = keys.rotate(None, false).await.expect("rotated");
    assert!(matches!(
        keys.rotate(None, false).await,
        Err(KeysError::NextExists { .. })
    ));
    let other = keys.rotate(Some(Algorithm::ES256), true).await;
    assert!(matches!(other, Err(KeysError::NextExists { .. })));
    let now = keys.rotate(Some(Algorithm::EdDSA), true).await.expect("rotated");
    assert_eq!((&now.record.id, now.state), (&next.record.id, Active));
}

#[tokio::test]
async fn a_token_of_a_key_that_another_process_just_made_is_good_at_the_first_try() {
    let place = Place::new();
    let (one, two) = (place.process().await, place.process().await);
    let (here, there) = (place.auth(&one), place.auth(&two));
    one.rotate(None, true).await.expect("rotated");
    let new = token(&here);
    let there = Arc::new(there);
    let all: Vec<_> = (0..20)
        .map(|_| {
            let (there, new) = (there.clone(), new.clone());
            tokio::spawn(async move { there.authenticate(&new).await.is_ok() })
        })
        .collect();
    for one in all {
        assert!(one.await.expect("an answer"));
    }
}

#[tokio::test]
async fn a_ring_is_replaced_only_when_something_changed() {
    let place = Place::new();
    let keys = place.process().await;
    let number = keys.inner.ring.load().number;
    for _ in 0..5 {
        place.clock.advance(HOUR);
        keys.tend().await.expect("tended");
    }
    assert_eq!(keys.inner.ring.load().number, number);
}

#[tokio::test]
async fn who_signs_for_longer_says_so_in_the_record_first() {
    let place = Place::new();
    place.process().await;
    let schedule = KeySchedule {
        token_lifetime: DAY,
        ..KeySchedule::default()
    };
    let long = place.process_with(schedule).await;
    assert_eq!(long.list().await.expect("keys")[0].record.token_lifetime, DAY.as_secs());
    let short = place.process().await;
    assert_eq!(
        short.list().await.expect("keys")[0].record.token_lifetime,
        DAY.as_secs()
    );
}

#[tokio::test]
async fn a_key_from_elsewhere_comes_under_its_own_id_once() {
    let place = Place::new();
    let keys = place.process().await;
    let key = SigningKey::generate(Algorithm::ES256).expect("a key");
    let thumbprint = key.verifying_key().thumbprint();
    let imported = keys.import(key.clone(), true).await.expect("imported");
    assert_eq!(
        (Some(&imported.record.id), imported.state),
        (thumbprint.as_ref(), Active)
    );
    assert!(matches!(keys.import(key, true).await, Err(KeysError::Known)));
    let back = keys.signing_key(&imported.record.id).await.expect("the key");
    assert_eq!(back.verifying_key().thumbprint(), thumbprint);
}

#[tokio::test]
async fn a_retired_key_is_wiped_after_a_week_and_its_record_stays() {
    let place = Place::new();
    let keys = place.process().await;
    let old = keys.list().await.expect("keys")[0].record.id.clone();
    keys.retire(&old).await.expect("retired");
    place.clock.advance(7 * DAY - Duration::from_secs(1));
    keys.tend().await.expect("tended");
    assert!(keys.signing_key(&old).await.is_ok());
    place.clock.advance(Duration::from_secs(1));
    keys.tend().await.expect("tended");
    assert!(matches!(keys.signing_key(&old).await, Err(KeysError::Wiped)));
    assert_eq!(states(&keys).await, [Retired, Active]);
}

#[tokio::test]
async fn a_changed_master_key_opens_everything_and_the_old_one_nothing() {
    let place = Place::new();
    place.process().await.rotate(None, false).await.expect("rotated");
    let rewrap = async || SigningKeys::rewrap(&place.store, &master(1), &master(2)).await;
    assert_eq!(rewrap().await.expect("rewrapped"), 2);
    assert_eq!(rewrap().await.expect("nothing left"), 0);
    let opened = SigningKeys::open(place.store.clone(), master(1), KeySchedule::default()).await;
    assert!(matches!(opened, Err(KeysError::Master { .. })));
    let opened = SigningKeys::open(place.store.clone(), master(2), KeySchedule::default()).await;
    assert_eq!(states(&opened.expect("opens")).await.len(), 2);
}

#[tokio::test]
async fn more_than_32_keys_in_use_are_refused() {
    let place = Place::new();
    let keys = place.process().await;
    for _ in 1..32 {
        keys.rotate(None, true).await.expect("rotated");
    }
    assert!(matches!(keys.rotate(None, true).await, Err(KeysError::TooMany)));
}

#[tokio::test]
async fn a_key_that_was_ended_is_over_in_a_process_that_cannot_open_the_next_one() {
    let place = Place::new();
    let running = place.process().await;
    let auth = place.auth(&running);
    let (first, first_id) = (token(&auth), only_id(&running).await);
    running.rotate(None, true).await.expect("rotated");
    let second = token(&auth);
    let second_id = running.list().await.expect("keys")[1].record.id.clone();

    // The order of an incident: the master key is changed, then the stolen key is ended; nobody is started anew.
    let rewrapped = SigningKeys::rewrap(&place.store, &master(1), &master(2)).await;
    assert_eq!(rewrapped.expect("rewrapped"), 2);
    let command = SigningKeys::new(
        place.store.clone(),
        master(2),
        KeySchedule::default(),
        place.clock.clone(),
    );
    let ended = command.retire(&second_id).await.expect("retired");
    assert_eq!(ended.state, Retired);

    let error = running.tend().await.expect_err("the new key does not open here");
    assert!(matches!(error, KeysError::Master { .. }), "{error:?}");
    assert!(auth.authenticate(&second).await.is_err(), "its tokens are refused");
    assert!(auth.authenticate(&first).await.is_ok(), "others are still read");
    let published = running.ring().keys();
    let ids: Vec<_> = published
        .key_set()
        .expect("keys")
        .iter()
        .map(|key| key.key_id())
        .collect();
    assert_eq!(ids, [Some(first_id.as_str())]);
    let refused = auth.grant(&Account::new("johndoe"), ScopeSet::empty());
    assert!(matches!(refused, Err(IssueError::NoKey)) && !auth.can_sign());
    for added in [running.rotate(None, true).await, running.rotate(None, false).await] {
        let Err(KeysError::Master { cause, .. }) = added else {
            panic!("added under the old master key: {added:?}");
        };
        assert!(matches!(cause, MasterKeyError::Other { .. }));
    }
    assert_eq!(states(&command).await, [Retiring, Retired, Active]);
}

#[tokio::test]
async fn a_key_that_is_heard_to_have_ended_signs_nothing_before_the_ring_knows_and_a_login_finds_the_next_one() {
    let place = Place::new();
    let running = place.process().await;
    let users = MemoryUsers::from_iter([Account::new("johndoe")]);
    let auth = Auth::<Account>::builder(running.ring(), users)
        .decoy_key([0; 32])
        .clock(place.clock.clone())
        .sessions(MemorySessions::new());
    let auth = auth.build().expect("an Auth");
    let id = only_id(&running).await;
    place.process().await.retire(&id).await.expect("retired");
    auth.revocations().expect("kept").apply(&[auth.occasion().key(&id)]);

    let refused = auth.grant(&Account::new("johndoe"), ScopeSet::empty());
    assert!(matches!(refused, Err(IssueError::NoKey)) && !auth.can_sign());
    assert!(auth.keys().key_set().is_none() && auth.keys().signing_key().is_none());
    let refused = auth.log_in(Credentials::new("johndoe", "secret".into())).await;
    assert!(matches!(refused, Err(LoginError::Refused)), "{refused:?}");
    assert!(auth.will_sign().await && auth.can_sign());
    assert!(auth.authenticate(&token(&auth)).await.is_ok());
    // Of several those that go on are left.
    let next = auth
        .keys()
        .signing_key()
        .and_then(SigningKey::key_id)
        .map(str::to_owned);
    place.process().await.rotate(None, true).await.expect("rotated");
    running.tend().await.expect("tended");
    auth.revocations()
        .expect("kept")
        .apply(&[auth.occasion().key(&next.expect("an id"))]);
    let left = auth.keys();
    let left = left.key_set().map(|set| {
        set.iter()
            .filter_map(|key| key.key_id())
            .eq([left.signing_key().and_then(SigningKey::key_id).expect("another signs")])
    });
    assert_eq!(left, Some(true));
}

#[tokio::test]
async fn a_token_of_the_only_key_that_was_there_is_bad_and_not_unanswered_once_that_has_ended() {
    let place = Place::new();
    let running = place.process().await;
    let auth = place.auth(&running);
    let (old, id) = (token(&auth), only_id(&running).await);
    SigningKeys::rewrap(&place.store, &master(1), &master(2))
        .await
        .expect("rewrapped");
    let schedule = KeySchedule::default();
    let command = SigningKeys::new(place.store.clone(), master(2), schedule, place.clock.clone());
    command.retire(&id).await.expect("retired");
    running.tend().await.expect_err("the new key does not open here");
    assert!(matches!(auth.authenticate(&old).await, Err(AuthError::Invalid(_))));
    assert!(auth.keys().key_set().is_none());
}

#[tokio::test]
async fn a_key_that_cannot_be_opened_is_passed_over_and_can_be_ended() {
    let place = Place::new();
    let keys = place.process().await;
    let auth = place.auth(&keys);
    let (old, old_id) = (token(&auth), only_id(&keys).await);
    keys.rotate(None, true).await.expect("rotated");
    let broken = place.store.list().await.expect("records")[0].sealed.clone();
    let mut changed = broken.clone();
    *changed.last_mut().expect("a byte") ^= 1;
    place.store.reseal(&old_id, &broken, &changed).await.expect("changed");

    let anew = place.process().await;
    let there = place.auth(&anew);
    assert!(there.authenticate(&old).await.is_err());
    assert!(there.authenticate(&token(&there)).await.is_ok());
    let listed = anew.list().await.expect("keys");
    assert!(matches!(anew.trouble(&listed[0]), Some(KeysError::Master { .. })));
    assert!(anew.trouble(&listed[1]).is_none());
    anew.retire(&old_id).await.expect("ended");
    assert_eq!(states(&anew).await, [Retired, Active]);
}

#[tokio::test]
async fn a_process_whose_active_key_does_not_open_starts_if_others_do_and_signs_nothing() {
    let place = Place::new();
    let keys = place.process().await;
    let old = token(&place.auth(&keys));
    keys.rotate(None, true).await.expect("rotated");
    let records = place.store.list().await.expect("records");
    let active = &records[1];
    place.store.reseal(&active.id, &active.sealed, &[1]).await.expect("cut");
    let anew = place.process().await;
    let auth = place.auth(&anew);
    assert!(auth.authenticate(&old).await.is_ok() && !auth.can_sign());
    assert!(anew.tend().await.is_err(), "and that is told");
    anew.retire(&active.id).await.expect("ended");
    assert!(auth.can_sign());
    assert_eq!(states(&anew).await, [Retiring, Retired, Active]);
}

#[tokio::test]
async fn an_ended_key_stays_ended_when_the_clock_goes_back() {
    let place = Place::new();
    let keys = place.process().await;
    let auth = place.auth(&keys);
    let (old, id) = (token(&auth), only_id(&keys).await);
    keys.retire(&id).await.expect("retired");
    for back in [10, 1_000_000, START] {
        place.clock.set(START - back);
        keys.tend().await.expect("tended");
        assert!(auth.authenticate(&old).await.is_err());
        let signing = keys.ring().keys();
        assert_ne!(signing.signing_key().and_then(SigningKey::key_id), Some(id.as_str()));
        assert!(auth.authenticate(&token(&auth)).await.is_ok(), "another one signs");
    }
    place.clock.set(START + 1);
    keys.tend().await.expect("tended");
    assert_eq!(keys.list().await.expect("keys")[0].state, Retired);
    assert!(auth.authenticate(&token(&auth)).await.is_ok());
}

#[tokio::test]
async fn a_wiped_key_is_over_whatever_the_clock_says_and_stands_in_nobody_s_way() {
    let place = Place::new();
    let keys = place.process().await;
    keys.rotate(None, true).await.expect("rotated");
    place.clock.advance(8 * DAY);
    keys.tend().await.expect("tended");
    let second = keys.list().await.expect("keys")[1].record.id.clone();
    assert!(keys.list().await.expect("keys")[0].record.sealed.is_empty(), "wiped");
    for now in [START, START - 1, 0] {
        place.clock.set(now);
        let keys = place.process().await;
        keys.tend().await.expect("tended");
        assert_eq!(keys.list().await.expect("keys")[0].state, Retired, "{now}");
    }
    place.process().await.retire(&second).await.expect("retired");
    place.clock.set(START + (8 * DAY).as_secs());
    let keys = place.process().await;
    assert_eq!(states(&keys).await, [Retired, Retired, Active]);
}

#[tokio::test]
async fn a_rotation_that_fails_delays_no_end() {
    let (place, store) = (Place::new(), Watched::default());
    let keys = SigningKeys::new(store.clone(), master(1), KeySchedule::default(), place.clock.clone());
    keys.ready().await.expect("ready");
    let auth = place.auth(&keys);
    let (old, id) = (token(&auth), only_id(&keys).await);
    store.full.store(true, Ordering::SeqCst);
    for _ in 0..2 {
        let error = keys.retire(&id).await.expect_err("no new key");
        assert!(matches!(error, KeysError::NoSuccessor { .. }), "{error:?}");
        assert!(auth.authenticate(&old).await.is_err());
    }
    assert_eq!(
        store.list().await.expect("records").len(),
        1,
        "and none is added at each try"
    );
    store.full.store(false, Ordering::SeqCst);
    keys.tend().await.expect("tended");
    assert!(auth.authenticate(&token(&auth)).await.is_ok());
}

#[tokio::test]
async fn a_key_of_a_third_master_key_does_not_keep_the_others_from_being_rewrapped() {
    let place = Place::new();
    place.process().await.rotate(None, false).await.expect("rotated");
    let [first, _] = &place.store.list().await.expect("records")[..] else {
        panic!("two keys")
    };
    let foreign = master(3)
        .seal(&first.id, first.algorithm, "{}", &OsRandom)
        .expect("sealed");
    place
        .store
        .reseal(&first.id, &first.sealed, &foreign)
        .await
        .expect("changed");
    let rewrapped = SigningKeys::rewrap(&place.store, &master(1), &master(2)).await;
    assert!(matches!(rewrapped, Err(KeysError::Master { id, .. }) if id == first.id));
    assert!(master(2).is_of(&place.store.list().await.expect("records")[1].sealed));
    place
        .store
        .change(&first.id, KeyChange::End(START))
        .await
        .expect("ended");
    let rewrapped = SigningKeys::rewrap(&place.store, &master(1), &master(2)).await;
    assert_eq!(rewrapped.expect("nobody needs it"), 0);
}

#[tokio::test]
async fn no_token_outlives_the_key_that_verifies_it() {
    crate::entities! { pub(crate) Car = "car"; }
    let place = Place::new();
    let (keys, other) = (place.process().await, place.process().await);
    let users = MemoryUsers::from_iter([Account::new("johndoe")]);
    let auth = Auth::builder(keys.ring(), users)
        .clock(place.clock.clone())
        .access_token_lifetime(DAY)
        .build()
        .expect("an Auth");
    let of_a_day = token(&auth);
    let of_a_month = auth.issue_entity::<Car, ()>("42", MONTH).expect("issued");
    keys.tend().await.expect("tended");
    other.rotate(None, true).await.expect("rotated");
    for hour in 1..24 {
        place.clock.advance(HOUR);
        keys.tend().await.expect("tended");
        other.tend().await.expect("tended");
        assert!(auth.authenticate(&of_a_day).await.is_ok(), "{hour} hours");
    }
    place.clock.set(START.saturating_add(MONTH.as_secs()).saturating_sub(1));
    keys.tend().await.expect("tended");
    assert!(auth.authenticate_entity::<Car, ()>(&of_a_month).await.is_ok());
    assert!(auth.authenticate(&of_a_day).await.is_err(), "it expired");
}

#[tokio::test]
async fn a_key_whose_record_cannot_be_told_how_long_its_tokens_live_signs_no_more() {
    let (place, store) = (Place::new(), Watched::default());
    let keys = SigningKeys::new(store.clone(), master(1), KeySchedule::default(), place.clock.clone());
    keys.ready().await.expect("ready");
    let auth = place.auth(&keys);
    let good = token(&auth);
    store.full.store(true, Ordering::SeqCst);
    keys.ring().signs_for(DAY);
    assert!(matches!(keys.tend().await, Err(KeysError::Store(_))));
    assert!(!auth.can_sign() && auth.authenticate(&good).await.is_ok());
    store.full.store(false, Ordering::SeqCst);
    keys.tend().await.expect("tended");
    assert!(auth.can_sign());
}

#[tokio::test(start_paused = true)]
async fn made_up_key_ids_cost_ten_looks_a_second_and_refuse_nobody_else() {
    let (place, store) = (Place::new(), Watched::default());
    let process = || SigningKeys::new(store.clone(), master(1), KeySchedule::default(), place.clock.clone());
    let (keys, other) = (process(), process());
    keys.ready().await.expect("ready");
    other.ready().await.expect("ready");
    let (auth, there) = (Arc::new(place.auth(&keys)), place.auth(&other));
    let before = store.looks.load(Ordering::SeqCst);
    let strangers: Vec<_> = (0..200)
        .map(|number| {
            let (auth, bogus) = (auth.clone(), bogus(&place, &format!("made up {number}")));
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(5 * number)).await;
                assert!(auth.authenticate(&bogus).await.is_err());
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(333)).await;
    other.rotate(None, true).await.expect("rotated");
    let rotated = store.looks.load(Ordering::SeqCst);
    assert!(auth.authenticate(&token(&there)).await.is_ok(), "at the first try");
    for stranger in strangers {
        stranger.await.expect("refused");
    }
    let looks = store.looks.load(Ordering::SeqCst) - before;
    assert!(
        (5..=20).contains(&looks) && rotated > before,
        "{looks} looks for 200 requests in a second"
    );
}

#[tokio::test(start_paused = true)]
async fn a_request_that_hangs_up_takes_no_look_at_the_store_along() {
    let (place, store) = (Place::new(), Watched::default());
    let process = || SigningKeys::new(store.clone(), master(1), KeySchedule::default(), place.clock.clone());
    let (keys, other) = (process(), process());
    keys.ready().await.expect("ready");
    other.ready().await.expect("ready");
    let (auth, there) = (place.auth(&keys), place.auth(&other));
    store.slow.store(true, Ordering::SeqCst);
    for number in 0..5 {
        let bogus = bogus(&place, &number.to_string());
        let hung_up = tokio::time::timeout(Duration::from_millis(10), auth.authenticate(&bogus));
        assert!(hung_up.await.is_err());
        other.rotate(None, true).await.expect("rotated");
        assert!(auth.authenticate(&token(&there)).await.is_ok(), "at the first try");
    }
}

#[tokio::test]
async fn entity_tokens_ask_the_source_of_keys_too() {
    crate::entities! { pub(crate) Car = "car"; }
    let place = Place::new();
    let (one, two) = (place.process().await, place.process().await);
    let (here, there) = (place.auth(&one), place.auth(&two));
    one.rotate(None, true).await.expect("rotated");
    let permit = here.issue_entity::<Car, ()>("42", HOUR).expect("issued");
    let id = there.authenticate_entity::<Car, ()>(&permit).await;
    assert_eq!(id.expect("good at the first try").as_ref(), "42");
    let made_up = bogus(&place, "made up");
    let refused = there.authenticate_entity::<Car, ()>(&made_up).await;
    assert!(matches!(refused, Err(AuthError::Invalid(_))));
}
