use std::time::Duration;

use portcullis_jose::Algorithm;

use super::*;
use crate::account::Account;
use crate::auth::Auth;
use crate::clock::ManualClock;
use crate::memory::MemoryUsers;
use crate::scope::ScopeSet;
use crate::signing_keys::{MasterKeyError, MemoryKeys};

const START: u64 = 1_800_000_000;
const DAY: Duration = Duration::from_secs(86_400);
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

    fn auth(&self, keys: &SigningKeys<MemoryKeys>) -> Auth {
        let users = MemoryUsers::from_iter([Account::new("johndoe")]);
        let auth = Auth::builder(keys.ring(), users)
            .decoy_key([0; 32])
            .clock(self.clock.clone());
        auth.build().expect("an Auth")
    }
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
