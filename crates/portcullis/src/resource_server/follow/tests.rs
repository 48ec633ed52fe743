#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::extract::{Query, State};
use http::header::AUTHORIZATION;
use http::{HeaderMap, Request, StatusCode};
use portcullis_core::jose::{Algorithm, KeySet, SigningKey};
use portcullis_core::{
    AccessTokenType, Account, Auth, AuthError, Batch, Cursor, Entry, Freshness, ManualClock, MemoryUsers, Occasion,
    RevocationStore, ScopeSet, StaleFeed, StoreError,
};
use tower::ServiceExt as _;

use super::super::{FromIssuer, fetch::Fetcher};
use super::*;
use crate::{ApiRouter, CurrentUser, Mount as _, get};

const NOW: u64 = 1_800_000_000;
const LIFETIME: Duration = Duration::from_secs(1_800);

/// Rows that the issuer's nodes share.
#[derive(Clone, Default)]
struct Rows(Arc<Mutex<Vec<Entry>>>);

impl RevocationStore for Rows {
    fn noting(&self, _: &portcullis_core::AuditRow) -> Option<Self> {
        None
    }

    async fn revoke(&self, entries: &[Entry]) -> Result<(), StoreError> {
        self.0.lock().unwrap().extend(entries);
        Ok(())
    }

    async fn since(&self, cursor: Option<&Cursor>) -> Result<Batch, StoreError> {
        let rows = self.0.lock().unwrap();
        let from = cursor.map_or(0, |cursor| cursor.0.parse().unwrap());
        Ok(Batch {
            entries: rows[from..].to_vec(),
            next: Cursor(rows.len().to_string().into()),
            full: cursor.is_none(),
        })
    }

    async fn forget(&self, _: u64, _: usize) -> Result<usize, StoreError> {
        Ok(0)
    }
}

/// What is answered to who follows.
#[derive(Debug, Clone)]
enum Mode {
    /// What this node says.
    Node(usize),
    /// This, whatever is asked.
    Text(String),
    /// Nothing.
    Stalled,
}

/// An issuer of two nodes on this machine.
#[derive(Clone)]
struct Issuer {
    base: String,
    key: SigningKey,
    clock: ManualClock,
    nodes: Arc<[Auth; 2]>,
    mode: Arc<Mutex<Mode>>,
    keys_asked: Arc<AtomicUsize>,
    /// How often each node was.
    asked: Arc<[AtomicUsize; 2]>,
    /// How often something else than a node's word was answered, or nothing.
    otherwise: Arc<AtomicUsize>,
    last: Arc<Mutex<String>>,
}

fn key(id: &str) -> SigningKey {
    let key = SigningKey::generate(Algorithm::EdDSA).expect("a key");
    key.with_key_id(id).expect("an id")
}

type Asked = Query<HashMap<String, String>>;

async fn revocations(State(issuer): State<Issuer>, headers: HeaderMap, asked: Asked) -> Result<String, StatusCode> {
    // "the api" and "a:secret", as a form writes them.
    if headers
        .get(AUTHORIZATION)
        .is_none_or(|value| value != "Basic dGhlJTIwYXBpOmElM0FzZWNyZXQ=")
    {
        return Err(StatusCode::UNAUTHORIZED);
    }
    let mode = issuer.mode.lock().unwrap().clone();
    if !matches!(mode, Mode::Node(_)) {
        issuer.otherwise.fetch_add(1, Ordering::SeqCst);
    }
    let node = match mode {
        Mode::Node(node) => node,
        Mode::Text(text) => return Ok(text),
        Mode::Stalled => return std::future::pending().await,
    };
    issuer.asked[node].fetch_add(1, Ordering::SeqCst);
    let wait = asked.get("wait").map_or(0, |wait| wait.parse().unwrap());
    let after = asked.get("after").map(String::as_str);
    let text = issuer.nodes[node]
        .revocations_since(after, Duration::from_secs(wait))
        .await;
    let text = text.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    issuer.last.lock().unwrap().clone_from(&text);
    Ok(text)
}

impl Issuer {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let (key, clock, rows) = (key("one"), ManualClock::at(NOW), Rows::default());
        let node = || {
            let auth = Auth::builder(key.clone(), MemoryUsers::new()).clock(clock.clone());
            let auth = auth.issuer(&base).audience("api").token_type(AccessTokenType::AtJwt);
            auth.revocations(rows.clone()).build().expect("builds")
        };
        let issuer = Self {
            nodes: Arc::new([node(), node()]),
            base,
            key,
            clock,
            mode: Arc::new(Mutex::new(Mode::Node(0))),
            keys_asked: Arc::default(),
            asked: Arc::default(),
            otherwise: Arc::default(),
            last: Arc::default(),
        };
        let (metadata, set) = (
            issuer.metadata(),
            KeySet::from(issuer.key.verifying_key()).to_public_jwks(),
        );
        let asked = issuer.keys_asked.clone();
        let keys = move || {
            asked.fetch_add(1, Ordering::SeqCst);
            std::future::ready(set)
        };
        let app = axum::Router::new()
            .route(
                "/.well-known/oauth-authorization-server",
                axum::routing::get(|| std::future::ready(metadata)),
            )
            .route("/keys", axum::routing::get(keys))
            .route("/feed", axum::routing::get(revocations))
            .with_state(issuer.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        issuer
    }

    fn metadata(&self) -> String {
        let base = &self.base;
        format!(r#"{{"issuer":"{base}","jwks_uri":"{base}/keys","revocations_endpoint":"{base}/feed"}}"#)
    }

    fn answer(&self, mode: Mode) {
        *self.mode.lock().unwrap() = mode;
    }

    /// From now on this is answered, and what was asked before was answered.
    async fn answer_otherwise(&self, mode: Mode) {
        let before = self.otherwise.load(Ordering::SeqCst);
        self.answer(mode);
        until(async || self.otherwise.load(Ordering::SeqCst) > before).await;
    }

    fn token(&self) -> String {
        let granted = self.nodes[0].grant(&Account::new("jane"), ScopeSet::empty());
        granted.expect("signs").access_token
    }

    async fn follower(&self, stale: StaleFeed) -> Auth {
        self.follower_as(FollowingClient::new("the api", "a:secret"), stale)
            .await
    }

    async fn follower_as(&self, client: FollowingClient, stale: StaleFeed) -> Auth {
        let server = FromIssuer::with_fetcher(&self.base, Fetcher::new().expect("certificates"));
        let server = server
            .audience("api")
            .clock(self.clock.clone())
            .stale_revocations(stale);
        server.follow_revocations(client).connect().await
    }

    fn occasion(&self) -> Occasion {
        self.nodes[0].occasion()
    }
}

fn is_revoked<T>(result: Result<T, AuthError>) -> bool {
    matches!(result, Err(AuthError::Revoked))
}

fn is_stale<T>(result: Result<T, AuthError>) -> bool {
    matches!(result, Err(AuthError::Stale { .. }))
}

fn freshness(follower: &Auth) -> Freshness {
    follower.revocations().expect("followed").freshness()
}

/// Until it is so. That it is so soon is measured, and not tested.
async fn until(so: impl AsyncFn() -> bool) {
    while !so().await {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn another_issuers_feed_is_refused() {
    let (issuer, other) = (Issuer::start().await, Issuer::start().await);
    let of_another = other.nodes[0]
        .revocations_since(None, Duration::ZERO)
        .await
        .expect("signed");
    let token = issuer.token();
    for text in [of_another, token.clone(), String::new(), "ä".to_owned()] {
        issuer.answer(Mode::Text(text));
        let follower = issuer.follower(StaleFeed::Serve).await;
        assert!(is_stale(follower.authenticate(&token).await));
    }
}

#[tokio::test]
async fn who_is_not_let_in_knows_nothing() {
    let issuer = Issuer::start().await;
    for (id, secret) in [("the api", "secret"), ("api", "a:secret"), ("", "")] {
        let client = FollowingClient::new(id, secret);
        assert!(!format!("{client:?}").contains("secret"));
        let follower = issuer.follower_as(client, StaleFeed::Serve).await;
        assert_eq!(freshness(&follower), Freshness::NeverLoaded);
        assert!(is_stale(follower.authenticate(&issuer.token()).await));
    }
}

#[tokio::test]
async fn what_ended_before_is_known_at_the_start_and_what_ends_later_soon() {
    let issuer = Issuer::start().await;
    let (early, late, other) = (issuer.token(), issuer.token(), issuer.token());
    issuer.nodes[0].revoke(&early).await.expect("revoked");
    let follower = issuer.follower(StaleFeed::Serve).await;
    assert!(is_revoked(follower.authenticate(&early).await));
    assert!(follower.authenticate(&late).await.is_ok());
    issuer.nodes[0].revoke(&late).await.expect("revoked");
    until(async || is_revoked(follower.authenticate(&late).await)).await;
    assert!(follower.authenticate(&other).await.is_ok());
}

#[tokio::test]
async fn a_follower_moves_between_nodes() {
    let issuer = Issuer::start().await;
    let follower = issuer.follower(StaleFeed::Serve).await;
    for node in [1, 0, 1, 0] {
        let token = issuer.token();
        assert!(follower.authenticate(&token).await.is_ok());
        let asked = issuer.asked[node].load(Ordering::SeqCst);
        issuer.answer(Mode::Node(node));
        until(async || issuer.asked[node].load(Ordering::SeqCst) > asked).await;
        // Learnt from the other node.
        issuer.nodes[1 - node].revoke(&token).await.expect("revoked");
        until(async || is_revoked(follower.authenticate(&token).await)).await;
    }
}

#[tokio::test]
async fn a_replayed_feed_is_no_progress() {
    let issuer = Issuer::start().await;
    let (token, other) = (issuer.token(), issuer.token());
    let follower = issuer.follower(StaleFeed::Refuse).await;
    let replayed = issuer.last.lock().unwrap().clone();
    issuer.answer_otherwise(Mode::Text(replayed)).await;
    issuer.nodes[0].revoke(&token).await.expect("revoked");
    issuer.clock.advance(Duration::from_secs(11));
    until(async || is_stale(follower.authenticate(&token).await)).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(is_stale(follower.authenticate(&other).await), "it stays so");
    issuer.answer(Mode::Node(0));
    until(async || follower.authenticate(&other).await.is_ok()).await;
    assert!(is_revoked(follower.authenticate(&token).await));
}

async fn read(user: CurrentUser) -> String {
    user.username().to_owned()
}

#[tokio::test]
async fn stale_serves_or_refuses_as_configured() {
    for (setting, stale) in [(StaleFeed::Serve, 200), (StaleFeed::Refuse, 503)] {
        let issuer = Issuer::start().await;
        issuer.answer(Mode::Text(String::new()));
        let follower = issuer.follower(setting).await;
        let app = follower.mount(ApiRouter::new().api_route("/", get(read)));
        let ask = async |token: &str| {
            let request = Request::get("/").header("Authorization", format!("Bearer {token}"));
            let answer = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            let status = answer.status().as_u16();
            let retry_after = answer
                .headers()
                .get("Retry-After")
                .map(|value| value.as_bytes().to_vec());
            assert_eq!(retry_after, (status == 503).then(|| b"1".to_vec()));
            status
        };
        let token = issuer.token();
        assert_eq!(ask(&token).await, 503, "never loaded");
        issuer.answer(Mode::Node(0));
        until(async || ask(&token).await == 200).await;
        issuer.answer_otherwise(Mode::Stalled).await;
        issuer.clock.advance(Duration::from_millis(2_001));
        assert_eq!(freshness(&follower), Freshness::Stale);
        assert_eq!((ask(&token).await, ask(&token).await), (stale, stale));
        assert_eq!(ask("forged").await, 401);
        issuer.clock.advance(LIFETIME);
        let anew = issuer.token();
        assert_eq!(ask(&anew).await, 503, "older than the longest access token");
        issuer.answer(Mode::Node(1));
        until(async || ask(&anew).await == 200).await;
    }
}

#[tokio::test]
async fn a_key_that_ended_is_looked_for_anew() {
    let issuer = Issuer::start().await;
    let (follower, token) = (issuer.follower(StaleFeed::Serve).await, issuer.token());
    assert!(follower.authenticate(&token).await.is_ok());
    let asked = issuer.keys_asked.load(Ordering::SeqCst);
    let ended = issuer.occasion().key("one");
    issuer.nodes[0]
        .revocations()
        .unwrap()
        .revoke(&[ended])
        .await
        .expect("revoked");
    until(async || is_revoked(follower.authenticate(&token).await)).await;
    until(async || issuer.keys_asked.load(Ordering::SeqCst) > asked).await;
}
