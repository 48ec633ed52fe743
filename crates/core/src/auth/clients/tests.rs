use std::time::Duration;

use portcullis_jose::{Algorithm, SigningKey, VerifyError};

use super::*;
use crate::account::Account;
use crate::attempt::Attempt;
use crate::client::{Client, ClientChange, ClientStore, GrantType, MemoryClients, NewClient};
use crate::clock::ManualClock;
use crate::keys::Keys;
use crate::memory::MemoryUsers;
use crate::resource::ResourceServer;
use crate::revocation::Entry;
use crate::session::MemorySessions;
use crate::store::StoreError;

crate::scopes! {
    /// Items.
    Items = "items";
}

crate::entities! {
    /// A thing of the application that happens to be called so.
    Thing = "client";
}

const ISSUER: &str = "https://login.example.com";

struct Scene {
    auth: Auth<Account>,
    clock: ManualClock,
    key: SigningKey,
}

fn scopes(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

fn alice() -> Account {
    Account::new("alice").with_scopes(scopes("items"))
}

/// An application with the user `alice`, whose clients are `alice` and `reports`.
async fn scene() -> Scene {
    let clock = ManualClock::at(1_800_000_000);
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let auth = Auth::builder(key.clone(), MemoryUsers::from_iter([alice()]))
        .scopes::<Items>()
        .issuer(ISSUER)
        .clients(MemoryClients::new())
        .clock(clock.clone())
        .build()
        .unwrap();
    for id in ["alice", "reports"] {
        add(&auth, id).await;
    }
    Scene { auth, clock, key }
}

async fn add(auth: &Auth<Account>, id: &str) {
    let new = NewClient {
        scopes: scopes("items bills"),
        ..NewClient::named(id)
    };
    auth.clients().unwrap().add(new).await.unwrap();
}

impl Scene {
    async fn token(&self, id: &str, asked: &str) -> String {
        let client = self.auth.clients().unwrap().find(id).await.unwrap();
        let (asked, attempt) = (scopes(asked), Default::default());
        let granted = self.auth.client_credentials(&client, &asked, &attempt).await.unwrap();
        granted.access_token
    }
}

#[tokio::test]
async fn a_users_token_is_no_clients_and_a_clients_no_users() {
    let scene = scene().await;
    let users = scene.auth.grant(&alice(), scopes("items")).unwrap().access_token;
    let refused = scene.auth.authenticate_client(&users).await.unwrap_err();
    assert!(matches!(refused, AuthError::WrongSubject), "{refused:?}");
    for id in ["alice", "reports"] {
        let clients = scene.token(id, "items").await;
        let refused = scene.auth.authenticate(&clients).await.unwrap_err();
        assert!(matches!(refused, AuthError::WrongSubject), "{refused:?}");
    }
}

#[tokio::test]
async fn a_user_called_like_a_client_is_no_client() {
    let scene = scene().await;
    let user = Account::new("client:reports").with_scopes(scopes("items"));
    let token = scene.auth.grant(&user, scopes("items")).unwrap().access_token;
    let refused = scene.auth.authenticate_client(&token).await.unwrap_err();
    assert!(matches!(refused, AuthError::WrongSubject), "{refused:?}");
}

#[tokio::test]
async fn a_thing_of_the_applications_is_no_client() {
    let scene = scene().await;
    let thing = scene
        .auth
        .issue_entity::<Thing, Items>("reports", Duration::from_secs(60))
        .unwrap();
    let refused = scene.auth.authenticate_client(&thing).await.unwrap_err();
    assert!(matches!(refused, AuthError::Invalid(VerifyError::Typ)), "{refused:?}");
    let client = scene.token("reports", "items").await;
    let refused = scene
        .auth
        .authenticate_entity::<Thing, Items>(&client)
        .await
        .unwrap_err();
    assert!(matches!(refused, AuthError::Invalid(VerifyError::Typ)), "{refused:?}");
}

#[tokio::test]
async fn a_client_that_was_disabled_or_deleted_is_refused_at_once() {
    let scene = scene().await;
    let clients = scene.auth.clients().unwrap();
    let token = scene.token("reports", "items").await;
    assert!(scene.auth.authenticate_client(&token).await.is_ok());
    clients.disable("reports").await.unwrap();
    assert!(matches!(
        scene.auth.authenticate_client(&token).await,
        Err(AuthError::Ended)
    ));
    clients.delete("reports").await.unwrap();
    assert!(matches!(
        scene.auth.authenticate_client(&token).await,
        Err(AuthError::Gone)
    ));
    scene.clock.advance(Duration::from_secs(1));
    add(&scene.auth, "reports").await;
    assert!(matches!(
        scene.auth.authenticate_client(&token).await,
        Err(AuthError::Ended)
    ));
}

#[tokio::test]
async fn a_token_ends_with_its_time() {
    let scene = scene().await;
    let token = scene.token("reports", "items").await;
    assert!(scene.auth.authenticate_client(&token).await.is_ok());
    scene.clock.advance(Duration::from_secs(30 * 60));
    let refused = scene.auth.authenticate_client(&token).await.unwrap_err();
    assert!(
        matches!(refused, AuthError::Invalid(VerifyError::Expired)),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_token_for_others_is_not_taken_here() {
    let scene = scene().await;
    let new = NewClient {
        audience: Some("https://api.example.com".to_owned()),
        ..NewClient::named("batch")
    };
    scene.auth.clients().unwrap().add(new).await.unwrap();
    let token = scene.token("batch", "").await;
    let refused = scene.auth.authenticate_client(&token).await.unwrap_err();
    assert!(
        matches!(refused, AuthError::Invalid(VerifyError::Audience)),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_client_is_told_by_its_token() {
    let scene = scene().await;
    let token = scene.token("reports", "bills other items").await;
    let principal = scene.auth.authenticate_client(&token).await.unwrap();
    assert_eq!(
        (principal.client_id.as_ref(), principal.scopes.as_str()),
        ("reports", "bills items")
    );
    assert_eq!(principal.token.client.as_deref(), Some("reports"));
    assert!(principal.token.jti.is_some() && principal.token.session.is_none());
    assert!(principal.require::<Items>().is_ok());
    let again = scene.auth.authenticate_client(&token).await.unwrap();
    assert!(Arc::ptr_eq(&principal, &again), "it is remembered");
    let without = scene
        .auth
        .authenticate_client(&scene.token("reports", "").await)
        .await
        .unwrap();
    assert!(matches!(without.require::<Items>(), Err(AuthError::MissingScope)));
}

#[tokio::test]
async fn clients_have_scopes_where_users_have_none() {
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let auth = Auth::builder(key, MemoryUsers::from_iter([alice()]));
    let auth = auth.clients(MemoryClients::new()).build().unwrap();
    add(&auth, "reports").await;
    let client = auth.clients().unwrap().find("reports").await.unwrap();
    let (asked, attempt) = (scopes("items"), Default::default());
    let granted = auth.client_credentials(&client, &asked, &attempt).await.unwrap();
    assert_eq!(granted.scope, Some(scopes("items")));
    let principal = auth.authenticate_client(&granted.access_token).await.unwrap();
    assert!(principal.require::<Items>().is_ok());
}

#[tokio::test]
async fn a_resource_server_tells_clients_from_users() {
    let scene = scene().await;
    let keys = Keys::verifying(scene.key.verifying_key().into());
    let server: Auth<Account> = ResourceServer::new(ISSUER, keys)
        .token_type(crate::token_kind::AccessTokenType::Jwt)
        .clock(scene.clock.clone())
        .build();
    let client = scene.token("reports", "items").await;
    let refused = server.authenticate(&client).await.unwrap_err();
    assert!(matches!(refused, AuthError::WrongSubject), "{refused:?}");
    let user = scene.auth.grant(&alice(), scopes("items")).unwrap().access_token;
    let refused = server.authenticate_client(&user).await.unwrap_err();
    assert!(matches!(refused, AuthError::WrongSubject), "{refused:?}");
    assert_eq!(server.authenticate(&user).await.unwrap().user.username(), "alice");
    let principal = server.authenticate_client(&client).await.unwrap();
    assert_eq!(
        (principal.client_id.as_ref(), principal.scopes.as_str()),
        ("reports", "items")
    );
}

#[tokio::test]
async fn what_users_began_with_a_client_ends_with_it() {
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let auth = Auth::builder(key, MemoryUsers::from_iter([alice()]));
    let sessions = MemorySessions::new();
    let clients = MemoryClients::new().with_revocations(sessions.clone());
    let auth = auth
        .scopes::<Items>()
        .sessions(sessions)
        .clients(clients)
        .build()
        .unwrap();
    for id in ["ended", "removed", "other"] {
        add(&auth, id).await;
    }
    let clients = auth.clients().unwrap();
    let mut tokens = Vec::new();
    for id in ["ended", "removed", "other"] {
        let client = clients.find(id).await.unwrap();
        let begun = auth
            .begin(&alice(), scopes("items"), Some(&client), &Attempt::default())
            .await;
        tokens.push(begun.unwrap().access_token);
    }
    clients.disable("ended").await.unwrap();
    clients.enable("ended").await.unwrap();
    clients.delete("removed").await.unwrap();
    add(&auth, "removed").await;
    let living = auth.sessions().unwrap().sessions_of(&alice().id(), 0).await.unwrap();
    let of = |session: &crate::session::Session| session.client.as_deref().map(str::to_owned);
    assert_eq!(living.iter().filter_map(of).collect::<Vec<_>>(), ["other"]);
    for (token, lives) in tokens.iter().zip([false, false, true]) {
        assert_eq!(auth.authenticate(token).await.is_ok(), lives);
    }
}

/// Clients whose changes are told a while after they were made.
struct Slow(MemoryClients);

impl ClientStore for Slow {
    fn noting(&self, _: &crate::audit::AuditRow) -> Option<Self> {
        None
    }

    async fn client(&self, id: &str) -> Result<Option<Client>, StoreError> {
        self.0.client(id).await
    }

    async fn clients(&self, after: Option<&str>, limit: usize) -> Result<Vec<Client>, StoreError> {
        self.0.clients(after, limit).await
    }

    async fn add_client(&self, client: &Client) -> Result<(), StoreError> {
        self.0.add_client(client).await
    }

    async fn change_client(&self, id: &str, change: &ClientChange, revoke: &[Entry]) -> Result<bool, StoreError> {
        let changed = self.0.change_client(id, change, revoke).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        changed
    }

    async fn remove_client(&self, id: &str, revoke: &[Entry]) -> Result<bool, StoreError> {
        self.0.remove_client(id, revoke).await
    }

    async fn use_once(&self, digest: &[u8; 16], until: u64, now: u64) -> Result<bool, StoreError> {
        self.0.use_once(digest, until, now).await
    }
}

/// An application whose client `web` has a session of Alice.
async fn with_a_session(store: impl FnOnce(MemorySessions) -> Slow) -> Auth<Account> {
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let sessions = MemorySessions::new();
    let auth = Auth::builder(key, MemoryUsers::from_iter([alice()]))
        .scopes::<Items>()
        .clients(store(sessions.clone()))
        .sessions(sessions)
        .build()
        .unwrap();
    add(&auth, "web").await;
    begin(&auth).await;
    assert_eq!(sessions_of_alice(&auth).await, 1);
    auth
}

/// A session of Alice with `web`.
async fn begin(auth: &Auth<Account>) {
    let client = auth.clients().unwrap().find("web").await.unwrap();
    let begun = auth
        .begin(&alice(), scopes("items"), Some(&client), &Attempt::default())
        .await;
    begun.unwrap();
}

async fn sessions_of_alice(auth: &Auth<Account>) -> usize {
    let sessions = auth.sessions().unwrap();
    sessions.sessions_of(&alice().id(), 0).await.unwrap().len()
}

#[tokio::test(start_paused = true)]
async fn a_client_whose_end_nobody_waits_for_leaves_no_session() {
    for removes in [false, true] {
        let auth = with_a_session(|sessions| Slow(MemoryClients::new().with_revocations(sessions))).await;
        let clients = auth.clients().unwrap();
        let end = async {
            match removes {
                true => clients.delete("web").await,
                false => clients.disable("web").await.map(drop),
            }
        };
        assert!(tokio::time::timeout(Duration::from_millis(1), end).await.is_err());
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert_eq!(sessions_of_alice(&auth).await, 0, "{removes}");
        assert_eq!(clients.find("web").await.is_err(), removes);
    }
}

#[tokio::test(start_paused = true)]
async fn sessions_that_were_left_of_a_disabled_client_do_not_come_back_with_it() {
    let mut kept = None;
    let auth = with_a_session(|sessions| {
        let store = MemoryClients::new().with_revocations(sessions);
        kept = Some(store.clone());
        Slow(store)
    })
    .await;
    // As a process that ended between the two steps leaves it.
    let disabled = ClientChange {
        disabled: Some(true),
        ..ClientChange::default()
    };
    kept.unwrap().change_client("web", &disabled, &[]).await.unwrap();
    let clients = auth.clients().unwrap();
    clients.enable("web").await.unwrap();
    assert_eq!(sessions_of_alice(&auth).await, 0);
    begin(&auth).await;
    clients.enable("web").await.unwrap();
    assert_eq!(sessions_of_alice(&auth).await, 1, "one that is enabled keeps them");
}

/// A clock that goes with the runtime's, from the middle of a second.
struct RuntimeClock(tokio::time::Instant);

impl crate::clock::Clock for RuntimeClock {
    fn now(&self) -> Duration {
        Duration::from_millis(1_800_000_000_400).saturating_add(self.0.elapsed())
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_given_in_the_second_of_an_end_is_good() {
    let sessions = MemorySessions::new();
    let auth = Auth::builder(
        SigningKey::generate(Algorithm::EdDSA).unwrap(),
        MemoryUsers::from_iter([alice()]),
    )
    .scopes::<Items>()
    .clients(MemoryClients::new().with_revocations(sessions.clone()))
    .sessions(sessions)
    .clock(RuntimeClock(tokio::time::Instant::now()))
    .build()
    .unwrap();
    let new = NewClient {
        scopes: scopes("items"),
        grants: Some([GrantType::ClientCredentials, GrantType::RefreshToken].into()),
        ..NewClient::named("web")
    };
    auth.clients().unwrap().add(new).await.unwrap();
    let (clients, attempt) = (auth.clients().unwrap(), Attempt::default());
    let given = async || {
        let client = clients.find("web").await.unwrap();
        let own = auth
            .client_credentials(&client, &scopes("items"), &attempt)
            .await
            .unwrap();
        let users = auth
            .begin(&alice(), scopes("items"), Some(&client), &attempt)
            .await
            .unwrap();
        (own.access_token, users)
    };
    let before = given().await;
    clients.disable("web").await.unwrap();
    clients.enable("web").await.unwrap();
    let after = given().await;
    let refused = auth.authenticate_client(&before.0).await.unwrap_err();
    assert!(matches!(refused, AuthError::Revoked), "{refused:?}");
    auth.authenticate(&before.1.access_token).await.unwrap_err();
    auth.authenticate_client(&after.0).await.unwrap();
    auth.authenticate(&after.1.access_token).await.unwrap();

    auth.revocations()
        .unwrap()
        .revoke(&[auth.occasion().all()])
        .await
        .unwrap();
    auth.authenticate(&after.1.access_token).await.unwrap_err();
    let refresh_token = after.1.refresh_token.unwrap();
    let presented = crate::session::Presented {
        text: &refresh_token,
        client: Some("web"),
        scope: None,
        attempt: &attempt,
    };
    let refreshed = auth.refresh(presented).await.unwrap();
    auth.authenticate(&refreshed.access_token).await.unwrap();
}

#[tokio::test]
async fn a_client_that_may_not_refresh_gets_nothing_to_refresh_and_a_session_as_long_as_its_token() {
    let (clock, sessions) = (ManualClock::at(1_800_000_000), MemorySessions::new());
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let auth = Auth::builder(key, MemoryUsers::from_iter([alice()]))
        .scopes::<Items>()
        .clients(MemoryClients::new().with_revocations(sessions.clone()))
        .sessions(sessions)
        .clock(clock.clone())
        .build()
        .unwrap();
    let kept = auth.clients().unwrap();
    for (id, grants, refreshes) in [
        ("once", [GrantType::Password].into(), false),
        ("often", [GrantType::Password, GrantType::RefreshToken].into(), true),
    ] {
        let new = NewClient {
            public: true,
            first_party: true,
            grants: Some(grants),
            scopes: scopes("items"),
            ..NewClient::named(id)
        };
        kept.add(new).await.unwrap();
        let client = kept.find(id).await.unwrap();
        let attempt = Attempt::default();
        let granted = auth
            .begin(&alice(), scopes("items"), Some(&client), &attempt)
            .await
            .unwrap();
        assert_eq!(granted.refresh_token.is_some(), refreshes, "{id}");
        auth.authenticate(&granted.access_token).await.unwrap();
    }
    clock.advance(Duration::from_secs(30 * 60 + 1));
    let left = auth.sessions().unwrap().sessions_of(&alice().id(), 0).await.unwrap();
    let left: Vec<_> = left.iter().map(|session| session.client.as_deref()).collect();
    assert_eq!(left, [Some("often")]);
}
