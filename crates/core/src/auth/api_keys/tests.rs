use portcullis_jose::SigningKey;

use super::*;
use crate::account::{Account, AccountChange};
use crate::accounts::{Accounts, Edit};
use crate::api_key::{ApiKeyRule, MemoryApiKeys, NewApiKey};
use crate::clock::ManualClock;
use crate::memory::MemoryUsers;
use crate::scope::ScopeSet;
use crate::secrets::Secrets;
use crate::store::{AccountStore as _, StoreError};

crate::scopes! {
    /// Items.
    Items = "items";
    /// Bills.
    Bills = "bills";
}

const NOW: u64 = 1_800_000_000;

struct Scene {
    auth: Auth<Account>,
    accounts: Accounts<MemoryUsers>,
    clock: ManualClock,
    users: MemoryUsers,
    store: MemoryApiKeys,
}

fn scopes(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

/// Alice with both scopes, and Bob with none. `key` is the byte of the secret that digests are made with.
fn auth(users: &MemoryUsers, store: &MemoryApiKeys, clock: &ManualClock, key: u8) -> Auth<Account> {
    let signing = SigningKey::hs256(b"a secret of at least 256 bits, say 32 bytes").unwrap();
    let builder = Auth::builder(signing, users.clone()).scopes::<(Items, Bills)>();
    let builder = builder.clock(clock.clone()).secrets(Secrets::of_one([key; 32]));
    builder.api_keys(store.clone()).build().unwrap()
}

fn scene() -> Scene {
    let (clock, store) = (ManualClock::at(NOW), MemoryApiKeys::new());
    let alice = Account::new("alice")
        .with_scopes(scopes("items bills"))
        .with_token_epoch(5);
    let users = MemoryUsers::from_iter([alice, Account::new("bob")]);
    let auth = auth(&users, &store, &clock, 1);
    Scene {
        accounts: Accounts::new(auth.clone(), users.clone()).with_clock(clock.clone()),
        auth,
        clock,
        users,
        store,
    }
}

impl Scene {
    fn keys(&self) -> &ApiKeys {
        self.auth.api_keys().unwrap()
    }

    async fn made(
        &self,
        owner: &str,
        scope: &str,
        lifetime: Option<u64>,
    ) -> Result<(ApiKeyRecord, String), ApiKeyError> {
        let owner = self.users.by_username(owner).await.unwrap().unwrap();
        let new = NewApiKey {
            scopes: scopes(scope),
            lifetime: lifetime.map(Duration::from_secs),
            ..NewApiKey::named("ci")
        };
        let added = self.keys().add(&owner, new).await?;
        Ok((added.record, added.text.to_string()))
    }

    async fn of_alice(&self) -> (ApiKeyRecord, String) {
        self.made("alice", "items", None).await.unwrap()
    }

    async fn reason(&self, text: &str) -> String {
        format!("{:?}", self.auth.authenticate(text).await.unwrap_err())
    }

    async fn scopes_of(&self, text: &str) -> String {
        self.auth.authenticate(text).await.unwrap().scopes.to_string()
    }
}

#[tokio::test]
async fn what_is_no_key_or_another_than_that_of_its_id_is_refused() {
    let scene = scene();
    let (record, text) = scene.of_alice().await;
    let (other, other_text) = scene.of_alice().await;
    assert_eq!(scene.reason("pc_").await, "ApiKey(NotOurs)");
    assert_eq!(scene.reason(&text[..74]).await, "ApiKey(NotOurs)");
    // The id of one and the secret of the other, with the checksum that belongs to it.
    let mixed = crate::secret_text::decode::<48>("pc_", &other_text).unwrap();
    let mixed = [record.id.as_bytes(), &mixed[16..]].concat();
    assert_eq!(
        scene.reason(&crate::secret_text::encode("pc_", &mixed)).await,
        "ApiKey(Wrong)"
    );
    let unknown = crate::secret_text::encode("pc_", &[9; 48]);
    assert_eq!(scene.reason(&unknown).await, "ApiKey(Unknown)");
    assert_ne!(record.id, other.id);
    let counted = scene.auth.counts().refused.count("api_key");
    assert_eq!(counted, 4);
    assert_eq!(scene.scopes_of(&text).await, "items");
}

#[tokio::test]
async fn where_a_key_is_asked_for_a_token_is_none() {
    let scene = scene();
    let alice = scene.users.by_username("alice").await.unwrap().unwrap();
    let token = scene.auth.grant(&alice, scopes("items")).unwrap().access_token;
    assert!(scene.auth.authenticate(&token).await.is_ok());
    for text in [token.as_str(), "", "pc_"] {
        let refused = scene.auth.authenticate_api_key(text).await;
        assert!(
            matches!(refused, Err(AuthError::ApiKey(ApiKeyRefusal::NotOurs))),
            "{text}"
        );
    }
    let (record, text) = scene.of_alice().await;
    let found = scene.auth.authenticate_api_key(&text).await.unwrap();
    assert_eq!((found.token.api_key, found.user.username()), (Some(record.id), "alice"));
}

#[tokio::test]
async fn where_keys_are_off_one_is_a_bad_token() {
    let scene = scene();
    let (_, text) = scene.of_alice().await;
    let key = SigningKey::hs256(b"a secret of at least 256 bits, say 32 bytes").unwrap();
    let auth = Auth::builder(key, scene.users.clone()).build().unwrap();
    assert!(auth.api_keys().is_none());
    assert!(matches!(auth.authenticate(&text).await, Err(AuthError::Invalid(_))));
}

#[tokio::test]
async fn a_key_that_ended_is_refused_at_once_and_for_its_owner_alone() {
    let scene = scene();
    let (record, text) = scene.of_alice().await;
    let (_, kept) = scene.of_alice().await;
    assert_eq!(scene.scopes_of(&text).await, "items");
    let not_theirs = scene.keys().end(record.id, &"bob".into()).await;
    assert!(matches!(not_theirs, Err(ApiKeyError::Unknown)));
    assert_eq!(scene.scopes_of(&text).await, "items");
    scene.keys().end(record.id, &"alice".into()).await.unwrap();
    assert_eq!(scene.reason(&text).await, "ApiKey(Ended)");
    assert!(matches!(
        scene.keys().end(record.id, &"alice".into()).await,
        Err(ApiKeyError::Unknown)
    ));
    assert_eq!(scene.scopes_of(&kept).await, "items");
}

#[tokio::test]
async fn one_that_another_process_ended_is_refused_half_a_second_later() {
    let scene = scene();
    let (record, text) = scene.of_alice().await;
    assert_eq!(scene.scopes_of(&text).await, "items");
    let elsewhere = auth(&scene.users, &scene.store, &scene.clock, 1);
    elsewhere
        .api_keys()
        .unwrap()
        .end(record.id, &"alice".into())
        .await
        .unwrap();
    scene.clock.advance(Duration::from_millis(500));
    assert_eq!(scene.reason(&text).await, "ApiKey(Ended)");
}

/// U12.
#[tokio::test]
async fn when_its_owner_loses_a_scope_the_key_loses_it_at_once() {
    let scene = scene();
    let (_, text) = scene.made("alice", "items bills", None).await.unwrap();
    assert_eq!(scene.scopes_of(&text).await, "items bills");
    scene.accounts.set_scopes("alice", scopes("bills")).await.unwrap();
    assert_eq!(scene.scopes_of(&text).await, "bills");
    scene.accounts.set_scopes("alice", ScopeSet::empty()).await.unwrap();
    assert_eq!(scene.scopes_of(&text).await, "");
    // What the owner has again the key has again: it is the most that it may do that stands in it.
    scene.accounts.set_scopes("alice", scopes("items")).await.unwrap();
    assert_eq!(scene.scopes_of(&text).await, "items");
}

#[tokio::test]
async fn a_key_never_does_what_its_owner_may_not_nor_what_its_maker_may_not() {
    let scene = scene();
    let beyond = scene.made("alice", "items users:write", None).await;
    assert!(matches!(beyond, Err(ApiKeyError::Beyond)));
    assert!(matches!(
        scene.made("bob", "items", None).await,
        Err(ApiKeyError::Beyond)
    ));
    let alice = scene.users.by_username("alice").await.unwrap().unwrap();
    let new = |scope: &str| NewApiKey {
        scopes: scopes(scope),
        ..NewApiKey::named("ci")
    };
    let narrowed = scene.keys().clone().within(scopes("items"));
    assert!(matches!(
        narrowed.add(&alice, new("bills")).await,
        Err(ApiKeyError::Beyond)
    ));
    narrowed.add(&alice, new("items")).await.unwrap();
    let unnamed = scene.keys().add(&alice, NewApiKey::default()).await;
    assert!(matches!(unnamed, Err(ApiKeyError::Unfit(ApiKeyRule::Name))));
    assert_eq!(
        scene.scopes_of(&scene.made("alice", "", None).await.unwrap().1).await,
        ""
    );
}

#[tokio::test]
async fn with_its_owners_epoch_a_key_ends_for_good() {
    let scene = scene();
    let (_, text) = scene.of_alice().await;
    let (_, of_bob) = scene.made("bob", "", None).await.unwrap();
    scene.accounts.disable("alice").await.unwrap();
    assert_eq!(scene.reason(&text).await, "ApiKey(Ended)");
    scene.accounts.enable("alice").await.unwrap();
    assert_eq!(scene.reason(&text).await, "ApiKey(Ended)");

    let (_, second) = scene.of_alice().await;
    assert_eq!(scene.scopes_of(&second).await, "items");
    // As by another program that knows nothing of keys.
    let end_tokens = AccountChange {
        end_tokens: true,
        ..AccountChange::default()
    };
    scene.users.update(&"alice".into(), &end_tokens).await.unwrap();
    assert_eq!(scene.reason(&second).await, "Ended");
    assert_eq!(scene.auth.authenticate(&of_bob).await.unwrap().user.username(), "bob");
}

#[tokio::test]
async fn a_name_that_is_given_anew_revives_no_key() {
    let scene = scene();
    let (record, text) = scene.of_alice().await;
    // Deleted behind our back, so that nothing ended it.
    scene.users.delete(&"alice".into()).await.unwrap();
    assert_eq!(scene.reason(&text).await, "Gone");
    let anew = Account::new("alice").with_scopes(scopes("items bills"));
    scene.users.insert(&anew).await.unwrap();
    assert_eq!(scene.reason(&text).await, "Ended");
    let alice = scene.users.by_username("alice").await.unwrap().unwrap();
    assert!(alice.token_epoch() > record.epoch);
    assert!(
        scene
            .keys()
            .keys_of(&alice.id(), alice.token_epoch())
            .await
            .unwrap()
            .is_empty()
    );
    // And with the account its keys end.
    scene.of_alice().await;
    scene.accounts.delete("alice").await.unwrap();
    assert!(scene.store_is_empty().await);
}

impl Scene {
    async fn store_is_empty(&self) -> bool {
        use crate::api_key::ApiKeyStore as _;
        self.store.api_keys_of(&"alice".into()).await.unwrap().is_empty()
    }
}

#[tokio::test]
async fn a_disabled_owner_gets_no_key_and_opens_nothing_with_one() {
    let scene = scene();
    let (_, text) = scene.of_alice().await;
    // A store of one's own that disables without counting an epoch up.
    let disabled = AccountChange {
        disabled: Some(true),
        ..AccountChange::default()
    };
    scene.users.update(&"alice".into(), &disabled).await.unwrap();
    assert_eq!(scene.reason(&text).await, "Inactive");
    assert!(matches!(
        scene.made("alice", "", None).await,
        Err(ApiKeyError::Inactive)
    ));
    let enabled = Edit {
        disabled: Some(false),
        ..Edit::default()
    };
    scene.accounts.edit("alice", enabled).await.unwrap();
    assert_eq!(scene.scopes_of(&text).await, "items");
}

#[tokio::test]
async fn a_key_is_good_until_the_second_of_its_end_by_whatever_clock() {
    let scene = scene();
    let (record, text) = scene.made("alice", "items", Some(60)).await.unwrap();
    assert_eq!(record.expires, Some((NOW + 60) * 1_000));
    scene.clock.advance(Duration::from_millis(59_999));
    assert_eq!(scene.scopes_of(&text).await, "items");
    scene.clock.advance(Duration::from_millis(1));
    assert_eq!(scene.reason(&text).await, "ApiKey(Over)");
    // Set back: what is remembered by a later clock does not count, and nothing was removed.
    scene.clock.set(NOW);
    assert_eq!(scene.scopes_of(&text).await, "items");
    scene.clock.set(NOW + 29 * 24 * 60 * 60);
    scene.of_alice().await;
    scene.clock.set(NOW);
    assert_eq!(
        scene.scopes_of(&text).await,
        "items",
        "a wrong clock has nothing removed"
    );
}

#[tokio::test]
async fn nobody_has_more_than_fifty_that_are_good() {
    let scene = scene();
    scene.made("alice", "", Some(1)).await.unwrap();
    scene.clock.advance(Duration::from_secs(1));
    let mut last = None;
    for _ in 0..50 {
        last = Some(scene.of_alice().await.0.id);
    }
    assert!(matches!(scene.made("alice", "", None).await, Err(ApiKeyError::TooMany)));
    scene.made("bob", "", None).await.unwrap();
    scene.keys().end(last.unwrap(), &"alice".into()).await.unwrap();
    scene.of_alice().await;
    assert_eq!(scene.keys().end_all(&"alice".into()).await.unwrap(), 51);
    assert!(scene.keys().keys_of(&"alice".into(), 5).await.unwrap().is_empty());
}

#[tokio::test]
async fn whoever_makes_and_ends_keys_without_end_is_stopped_for_an_hour() {
    let scene = scene();
    for _ in 0..100 {
        let (record, _) = scene.of_alice().await;
        scene.keys().end(record.id, &"alice".into()).await.unwrap();
    }
    assert!(matches!(scene.made("alice", "", None).await, Err(ApiKeyError::TooMany)));
    scene.made("bob", "", None).await.unwrap();
    scene.clock.advance(Duration::from_secs(60 * 60));
    scene.of_alice().await;
}

#[tokio::test]
async fn a_use_is_noted_once_a_minute_and_written_later() {
    let scene = scene();
    let (record, text) = scene.of_alice().await;
    let used = async || scene.keys().find(record.id).await.unwrap().used;
    let see = async || {
        let found = scene.auth.authenticate(&text).await.unwrap();
        scene.auth.saw(&found.token, None);
    };
    see().await;
    assert_eq!(used().await, None, "nothing is written at a request");
    scene.keys().flush().await;
    assert_eq!(used().await, Some(NOW * 1_000));
    // Looked up anew, and yet noted within this minute.
    scene.clock.advance(Duration::from_secs(30));
    let noted = scene.auth.authenticate(&text).await.unwrap();
    assert!(!noted.token.noted.first_in((NOW + 30) / 60));
    scene.clock.advance(Duration::from_secs(30));
    see().await;
    scene.keys().flush().await;
    assert_eq!(used().await, Some((NOW + 60) * 1_000));
}

#[tokio::test]
async fn with_another_secret_the_same_key_is_another() {
    let scene = scene();
    let (_, text) = scene.of_alice().await;
    let other = auth(&scene.users, &scene.store, &scene.clock, 2);
    let refused = other.authenticate(&text).await;
    assert!(matches!(refused, Err(AuthError::ApiKey(ApiKeyRefusal::Wrong))));
    let again = auth(&scene.users, &scene.store, &scene.clock, 1);
    again
        .authenticate(&text)
        .await
        .expect("after a restart it is what it was");
}

#[tokio::test]
async fn whoever_has_a_key_can_ask_about_it_and_end_it() {
    let scene = scene();
    let (record, text) = scene.made("alice", "items", Some(60)).await.unwrap();
    let told = scene.auth.introspect(&text).await.unwrap().unwrap();
    assert_eq!(
        (told.username.as_deref(), told.scopes.to_string().as_str()),
        (Some("alice"), "items")
    );
    assert_eq!((told.expires, told.jti), (Duration::from_secs(NOW + 60), None));
    let attempt = crate::attempt::Attempt::default();
    let by_client = scene.auth.revoke_for(&text, Some("shop"), &attempt).await;
    assert!(matches!(by_client, Err(AuthError::WrongClient)));
    scene.auth.revoke_for(&text, None, &attempt).await.unwrap();
    assert!(matches!(scene.keys().find(record.id).await, Err(ApiKeyError::Unknown)));
    assert_eq!(scene.auth.introspect(&text).await.unwrap(), None);
    scene
        .auth
        .revoke_for(&text, None, &attempt)
        .await
        .expect("nothing to end");
    assert!(matches!(scene.auth.revoke(&text).await, Err(AuthError::ApiKey(_))));
}

/// A store that is away.
struct Away;

impl crate::api_key::ApiKeyStore for Away {
    fn noting(&self, _: &crate::audit::AuditRow) -> Option<Self> {
        None
    }

    async fn api_key(&self, _: crate::ApiKeyId) -> Result<Option<ApiKeyRecord>, StoreError> {
        Err(StoreError::Unsupported("away"))
    }

    async fn api_keys_of(&self, _: &crate::UserId) -> Result<Vec<ApiKeyRecord>, StoreError> {
        Err(StoreError::Unsupported("away"))
    }

    async fn add_api_key(&self, _: &ApiKeyRecord, _: crate::ApiKeyRoom) -> Result<bool, StoreError> {
        Err(StoreError::Unsupported("away"))
    }

    async fn end_api_key(&self, _: crate::ApiKeyId, _: &crate::UserId, _: u64) -> Result<bool, StoreError> {
        Err(StoreError::Unsupported("away"))
    }

    async fn end_api_keys_of(&self, _: &crate::UserId, _: u64, _: u64) -> Result<usize, StoreError> {
        Err(StoreError::Unsupported("away"))
    }

    async fn touch_api_keys(&self, _: &[(crate::ApiKeyId, u64)]) -> Result<(), StoreError> {
        Err(StoreError::Unsupported("away"))
    }
}

#[tokio::test]
async fn what_is_not_known_is_not_refused_as_a_bad_key_and_a_changed_user_changes_all_the_same() {
    let scene = scene();
    let (_, text) = scene.of_alice().await;
    let key = SigningKey::hs256(b"a secret of at least 256 bits, say 32 bytes").unwrap();
    let auth = Auth::builder(key, scene.users.clone()).api_keys(Away).build().unwrap();
    assert!(matches!(auth.authenticate(&text).await, Err(AuthError::Store(_))));
    assert!(auth.introspect(&text).await.is_err());
    assert!(matches!(
        auth.authenticate("pc_x").await,
        Err(AuthError::ApiKey(ApiKeyRefusal::NotOurs))
    ));
    Accounts::new(auth, scene.users.clone())
        .disable("alice")
        .await
        .expect("disabled");
}
