use portcullis_jose::SigningKey;
use portcullis_password::{OsRandom, RandomError};

use super::*;
use crate::account::Account;
use crate::api_key::memory::MemoryApiKeys;
use crate::audit::{AuditFilter, AuditStore as _, MemoryAudit};
use crate::auth::Auth;
use crate::memory::MemoryUsers;

/// An `Auth` with keys and a trail, and the trail.
fn written_down() -> (Auth<Account>, MemoryAudit) {
    let (key, trail) = (
        SigningKey::hs256(b"a secret of at least 256 bits, say 32 bytes"),
        MemoryAudit::new(),
    );
    let builder = Auth::builder(key.unwrap(), MemoryUsers::from_iter([Account::new("alice")]));
    let builder = builder.api_keys(MemoryApiKeys::new()).audit(trail.clone());
    (builder.build().unwrap(), trail)
}

#[tokio::test]
async fn what_was_done_is_written_down_and_what_was_not_is_not() {
    let (auth, trail) = written_down();
    let (alice, bob) = (Account::new("alice"), UserId::from("bob"));
    let keys = auth.api_keys().unwrap().clone().by(Cause::command("root"));
    assert!(keys.add(&alice, NewApiKey::default()).await.is_err());
    let added = keys.add(&alice, NewApiKey::named("ci")).await.unwrap();
    let id = added.record.id;
    assert!(keys.end(id, &bob).await.is_err());
    keys.end(id, &alice.id()).await.unwrap();
    assert!(keys.end(id, &alice.id()).await.is_err());
    let rows = trail.find(&AuditFilter::default(), 0, 100).await.unwrap();
    let kinds: Vec<_> = rows.iter().map(|stored| stored.row.what()).collect();
    assert_eq!(kinds, [Some(AuditKind::ApiKeyAdded), Some(AuditKind::ApiKeyEnded)]);
    for stored in &rows {
        let row = &stored.row;
        assert_eq!(
            (row.actor.as_deref(), row.subject.as_deref()),
            (Some("cli:root"), Some("alice"))
        );
        let detail = row.detail.as_deref().unwrap();
        assert!(
            detail.contains(&id.to_string()) && detail.contains("\"name\":\"ci\""),
            "{detail}"
        );
        assert!(!detail.contains(&added.text[30..]), "nothing of the secret");
    }
    assert!(!format!("{added:?}").contains(&added.text[30..]));
}

/// A source that gives out.
struct Empty;

impl Random for Empty {
    fn fill(&self, _: &mut [u8]) -> Result<(), RandomError> {
        Err(RandomError::new("it gave out".to_owned()))
    }
}

#[tokio::test]
async fn without_randomness_no_key_is_made() {
    let store = MemoryApiKeys::new();
    let parts = ApiKeyParts {
        clock: Arc::new(crate::clock::ManualClock::at(1_000)),
        random: Arc::new(Empty),
        audit: None,
        roles: RoleBook::default(),
        losses: Arc::new(|| 0),
    };
    let keys = ApiKeys::over(Arc::new(store), &Secrets::of_one([1; 32]), parts).unwrap();
    let alice = Account::new("alice");
    let refused = keys.add(&alice, NewApiKey::named("ci")).await;
    assert!(matches!(refused, Err(ApiKeyError::Random(_))));
    assert!(keys.keys_of(&alice.id(), 0).await.unwrap().is_empty());
}

/// A store that has lost what was done to `key` since it was made.
async fn set_back(store: &MemoryApiKeys, key: &ApiKeyRecord) {
    let room = ApiKeyRoom {
        good: 10,
        made: 10,
        since: 0,
        before: u64::MAX / 2,
    };
    let (mut other, bob) = (key.clone(), UserId::from("bob"));
    (other.id, other.user) = (ApiKeyId::generate(Duration::from_secs(7), &OsRandom).unwrap(), bob);
    assert!(store.add_api_key(&other, room).await.unwrap(), "what had ended is gone");
    assert!(store.add_api_key(key, room).await.unwrap(), "and back as it was");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_ended_ends_again_where_the_store_has_lost_that() {
    let (store, losses) = (MemoryApiKeys::new(), Arc::new(AtomicU64::new(0)));
    let parts = ApiKeyParts {
        clock: Arc::new(crate::clock::ManualClock::at(1_000)),
        random: Arc::new(OsRandom),
        audit: None,
        roles: RoleBook::default(),
        losses: Arc::new({
            let losses = losses.clone();
            move || losses.load(Ordering::SeqCst)
        }),
    };
    let keys = ApiKeys::over(Arc::new(store.clone()), &Secrets::of_one([1; 32]), parts).unwrap();
    let alice = Account::new("alice");
    let added = keys.add(&alice, NewApiKey::named("ci")).await.unwrap();
    keys.end(added.record.id, &alice.id()).await.unwrap();
    set_back(&store, &added.record).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(keys.look_up(&added.text).await.unwrap().is_ok(), "nobody has found out");
    losses.fetch_add(1, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(3)).await;
    let refused = keys.look_up(&added.text).await.unwrap();
    assert!(matches!(refused, Err(ApiKeyRefusal::Ended)), "{refused:?}");
}
