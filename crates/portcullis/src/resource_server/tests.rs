#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::collections::HashMap;
use std::future::Future as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use http::header::{CACHE_CONTROL, LOCATION};
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use portcullis_core::jose::{Claims, KeySet, SigningKey};
use portcullis_core::{AccessTokenType, Account, AuthError, ManualClock};
use tower::ServiceExt as _;

use super::*;
use crate::{ActiveUser, ApiRouter, CurrentUser, Mount as _, Scoped, get};

const NOW: u64 = 1_800_000_000;

crate::core::scopes! {
    /// Read items.
    Items = "items";
}

/// An issuer on this machine whose answers can be changed, and which counts its requests.
#[derive(Clone)]
struct Issuer {
    base: String,
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    asked: Arc<AtomicUsize>,
}

#[derive(Debug, Clone)]
enum Answer {
    Text(String),
    Aged(String, u64),
    Redirect,
    Slow,
    Status(u16),
}

async fn answer(State(issuer): State<Issuer>, request: Request<Body>) -> Response<Body> {
    issuer.asked.fetch_add(1, Ordering::SeqCst);
    let answer = issuer.answers.lock().unwrap().get(request.uri().path()).cloned();
    let plain = |status: u16, body: String| Response::builder().status(status).body(Body::from(body)).unwrap();
    match answer.unwrap_or(Answer::Status(404)) {
        Answer::Text(text) => plain(200, text),
        Answer::Aged(text, age) => {
            let builder = Response::builder().header(CACHE_CONTROL, format!("public, max-age={age}"));
            builder.body(Body::from(text)).unwrap()
        }
        Answer::Redirect => {
            let builder = Response::builder().status(302).header(LOCATION, "/elsewhere");
            builder.body(Body::empty()).unwrap()
        }
        Answer::Slow => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            plain(200, String::new())
        }
        Answer::Status(status) => plain(status, String::new()),
    }
}

const METADATA: &str = "/.well-known/oauth-authorization-server";

impl Issuer {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let issuer = Self {
            base: format!("http://{}", listener.local_addr().expect("an address")),
            answers: Arc::default(),
            asked: Arc::default(),
        };
        let app = axum::Router::new().fallback(answer).with_state(issuer.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        issuer.say(METADATA, issuer.metadata());
        issuer
    }

    fn metadata(&self) -> Answer {
        let base = &self.base;
        Answer::Text(format!(
            r#"{{"issuer":"{base}","jwks_uri":"{base}/keys","token_endpoint":"{base}/oauth/token"}}"#
        ))
    }

    fn say(&self, path: &str, answer: Answer) {
        self.answers.lock().unwrap().insert(path.to_owned(), answer);
    }

    fn publish(&self, keys: &[&SigningKey]) {
        self.say("/keys", Answer::Text(set_of(keys)));
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn builder(&self, clock: &ManualClock) -> FromIssuer<Account> {
        let fetcher = Fetcher::new().expect("certificates").within(Duration::from_millis(300));
        let builder = FromIssuer::with_fetcher(&self.base, fetcher);
        builder.audience("api").scopes::<Items>().clock(clock.clone())
    }

    fn token(&self, key: &SigningKey) -> String {
        self.token_of(key, "at+jwt", "api")
    }

    /// A token that says this, beside the issuer, a `sub` and an `exp`.
    fn token_saying(&self, key: &SigningKey, said: serde_json::Value) -> String {
        let serde_json::Value::Object(mut said) = said else {
            panic!("an object")
        };
        let seconds = |date: Option<serde_json::Value>| date.and_then(|date| date.as_u64()).map(Into::into);
        let mut claims = Claims::new(serde_json::Map::new());
        claims.iss = Some(self.base.clone());
        claims.sub = Some("jane".to_owned());
        claims.exp = seconds(said.remove("exp")).or(Some((NOW + 3600).into()));
        claims.iat = seconds(said.remove("iat"));
        claims.nbf = seconds(said.remove("nbf"));
        claims.aud = said.remove("aud").map(|aud| aud.as_str().unwrap().to_owned()).into();
        claims.extra = said;
        key.sign("at+jwt", &claims).expect("signs")
    }

    fn token_of(&self, key: &SigningKey, typ: &str, audience: &str) -> String {
        let mut claims = Claims::new(());
        claims.iss = Some(self.base.clone());
        claims.aud = Some(audience.to_owned()).into();
        claims.sub = Some("auth0|john:doe".into());
        claims.exp = Some((NOW + 3600).into());
        key.sign(typ, &claims).expect("signs")
    }
}

fn set_of(keys: &[&SigningKey]) -> String {
    let keys = keys.iter().map(|key| key.verifying_key()).collect();
    KeySet::new(keys).expect("a set").to_public_jwks()
}

fn key(id: &str) -> SigningKey {
    let key = SigningKey::generate(Algorithm::EdDSA).expect("a key");
    key.with_key_id(id).expect("an id")
}

fn refused<T>(result: Result<T, AuthError>) -> bool {
    matches!(result, Err(AuthError::Invalid(_)))
}

#[tokio::test]
async fn an_issuer_that_may_not_be_trusted_is_an_error_at_once() {
    let wrong = Auth::<Account>::resource_server("http://login.example.com");
    assert!(matches!(wrong, Err(FetchError::PlainHttp)));
    assert!(Auth::<Account>::resource_server("login.example.com").is_err());
}

#[tokio::test]
async fn answers_that_are_no_key_set_are_named_and_leave_every_check_unanswered() {
    let issuer = Issuer::start().await;
    let shared = SigningKey::hs256([7; 32])
        .expect("a key")
        .with_key_id("s")
        .expect("an id");
    let oct = shared.export_private_jwk().expect("a JWK").to_string();
    let long = format!(r#"{{"keys":[],"x":"{}"}}"#, "x".repeat(fetch::MAX_LEN));
    type Wanted = fn(&FetchError) -> bool;
    let cases: [(&str, Answer, Wanted); 6] = [
        (
            METADATA,
            Answer::Text(format!(
                r#"{{"issuer":"{}","jwks_uri":"http://example.com/"}}"#,
                issuer.base
            )),
            |e| matches!(e, FetchError::PlainHttp),
        ),
        ("/keys", Answer::Text("no".into()), |e| matches!(e, FetchError::Set(_))),
        ("/keys", Answer::Text(long), |e| matches!(e, FetchError::TooLong(_))),
        ("/keys", Answer::Text(format!(r#"{{"keys":[{oct}]}}"#)), |e| {
            matches!(e, FetchError::Keys(_))
        }),
        ("/keys", Answer::Redirect, |e| matches!(e, FetchError::Redirected)),
        ("/keys", Answer::Slow, |e| matches!(e, FetchError::TimeOut(_))),
    ];
    for (path, answer, wanted) in cases {
        issuer.say(METADATA, issuer.metadata());
        issuer.say(path, answer);
        let (auth, keys) = issuer.builder(&ManualClock::at(NOW)).connect_watched().await;
        let trouble = keys.status().trouble.expect("trouble");
        assert!(wanted(&trouble), "{path}: {trouble:?}");
        let token = issuer.token(&key("a"));
        assert!(matches!(auth.authenticate(&token).await, Err(AuthError::NoKeys)));
    }
}

/// What a server without RFC 8414 metadata may answer where they would stand.
fn no_metadata() -> Vec<Answer> {
    let other = r#"{"issuer":"https://example.com","jwks_uri":"https://example.com/keys"}"#;
    let mut answers: Vec<_> = [400, 401, 403, 404, 405, 410, 500, 502].map(Answer::Status).into();
    answers.extend([Answer::Redirect, Answer::Slow]);
    answers.extend(["<!doctype html><title>App</title>", "[]", "{}", "", other].map(|text| Answer::Text(text.into())));
    answers
}

#[tokio::test]
async fn whatever_the_first_address_answers_the_second_is_asked() {
    let (issuer, one) = (Issuer::start().await, key("one"));
    issuer.publish(&[&one]);
    issuer.say("/.well-known/openid-configuration", issuer.metadata());
    for answer in no_metadata() {
        issuer.say(METADATA, answer.clone());
        let (auth, keys) = issuer.builder(&ManualClock::at(NOW)).connect_watched().await;
        assert!(keys.status().trouble.is_none(), "{answer:?}: {:?}", keys.status());
        assert!(auth.authenticate(&issuer.token(&one)).await.is_ok());
    }
}

/// A proxy that takes `/auth` off hands on nothing of what stands beside it.
#[tokio::test]
async fn an_issuer_behind_a_proxy_that_takes_its_path_off_is_found() {
    let (mut issuer, one) = (Issuer::start().await, key("one"));
    issuer.say(METADATA, Answer::Status(404));
    issuer.base.push_str("/auth");
    issuer.say(&format!("/auth{METADATA}"), issuer.metadata());
    issuer.say("/auth/keys", Answer::Text(set_of(&[&one])));
    let (auth, keys) = issuer.builder(&ManualClock::at(NOW)).connect_watched().await;
    assert!(keys.status().trouble.is_none(), "{:?}", keys.status());
    assert!(auth.authenticate(&issuer.token(&one)).await.is_ok());
}

#[tokio::test]
async fn where_neither_address_has_the_metadata_the_error_tells_both_answers() {
    let issuer = Issuer::start().await;
    for answer in no_metadata() {
        issuer.say(METADATA, answer.clone());
        let (_, keys) = issuer.builder(&ManualClock::at(NOW)).connect_watched().await;
        let trouble = keys.status().trouble.expect("trouble");
        let FetchError::Discovery(answers) = &trouble else {
            panic!("{trouble:?}")
        };
        assert!(matches!(answers[1].1, FetchError::Status(404)), "{trouble:?}");
        let text = trouble.to_string();
        assert!(
            text.contains(METADATA) && text.contains("openid-configuration") && text.contains("404"),
            "{text}"
        );
    }
    let named = r#"{"issuer":"https://login.example.com/","jwks_uri":"https://login.example.com/keys"}"#;
    issuer.say(METADATA, Answer::Text(named.into()));
    let (_, keys) = issuer.builder(&ManualClock::at(NOW)).connect_watched().await;
    let text = keys.status().trouble.expect("trouble").to_string();
    assert!(text.contains("\"https://login.example.com/\""), "{text}");
}

#[tokio::test]
async fn an_issuer_may_be_asked_elsewhere_than_under_its_name() {
    let (issuer, one) = (Issuer::start().await, key("one"));
    issuer.publish(&[&one]);
    let name = "http://keycloak.example.com/realms/example";
    let named = || FromIssuer::<Account>::with_fetcher(name, Fetcher::new().expect("certificates"));
    assert!(matches!(
        named().fetch_from("http://keycloak/"),
        Err(FetchError::PlainHttp)
    ));
    assert!(
        named()
            .plain_http_host("keycloak")
            .fetch_from("http://keycloak/")
            .is_ok()
    );
    assert!(matches!(
        named().keys_from("http://keycloak/keys"),
        Err(FetchError::PlainHttp)
    ));

    let token = |iss: &str| {
        let mut claims = Claims::new(());
        (claims.iss, claims.sub) = (Some(iss.to_owned()), Some("jane".to_owned()));
        claims.exp = Some((NOW + 60).into());
        one.sign("at+jwt", &claims).expect("signs")
    };
    let keys = format!("{}/keys", issuer.base);
    issuer.say(
        METADATA,
        Answer::Text(format!(r#"{{"issuer":"{name}","jwks_uri":"{keys}"}}"#)),
    );
    for connected in [
        named().fetch_from(&issuer.base).expect("on this machine"),
        named().keys_from(&keys).expect("on this machine"),
    ] {
        let auth = connected.clock(ManualClock::at(NOW)).connect().await;
        assert!(auth.authenticate(&token(name)).await.is_ok());
        assert!(refused(auth.authenticate(&token(&issuer.base)).await));
    }
    issuer.say(METADATA, issuer.metadata());
    let elsewhere = named().fetch_from(&issuer.base).expect("on this machine");
    let (_, keys) = elsewhere.connect_watched().await;
    let text = keys.status().trouble.expect("metadata of another").to_string();
    assert!(text.contains(&issuer.base), "{text}");
}

#[tokio::test]
async fn an_issuer_whose_clock_is_a_minute_ahead_is_believed_and_one_that_is_further_is_not() {
    let (issuer, one) = (Issuer::start().await, key("one"));
    issuer.publish(&[&one]);
    let said = |claim: &str, at: u64| issuer.token_saying(&one, serde_json::json!({ claim: at, "aud": "api" }));
    let clock = ManualClock::at(NOW);
    let auth = issuer.builder(&clock).connect().await;
    for claim in ["iat", "nbf"] {
        assert!(auth.authenticate(&said(claim, NOW + 60)).await.is_ok(), "{claim}");
        assert!(refused(auth.authenticate(&said(claim, NOW + 61)).await), "{claim}");
    }
    assert!(auth.authenticate(&said("exp", NOW + 1)).await.is_ok());
    assert!(refused(auth.authenticate(&said("exp", NOW)).await), "exact");
    let exact = issuer.builder(&clock).leeway(Duration::ZERO).connect().await;
    assert!(refused(exact.authenticate(&said("iat", NOW + 1)).await));
    let lenient = issuer.builder(&clock).leeway(Duration::from_secs(30)).connect().await;
    let late = said("exp", NOW - 29);
    assert!(lenient.authenticate(&late).await.is_ok());
    clock.set(NOW + 1);
    assert!(refused(lenient.authenticate(&late).await), "also one that was seen");
}

#[tokio::test]
async fn a_token_without_an_audience_is_for_the_client_it_was_given_to() {
    let (issuer, one) = (Issuer::start().await, key("one"));
    issuer.publish(&[&one]);
    let fetcher = Fetcher::new().expect("certificates");
    let cognito = FromIssuer::<Account>::with_fetcher(&issuer.base, fetcher).clock(ManualClock::at(NOW));
    let auth = cognito.client_id("shop").client_id("till").connect().await;
    for client in ["shop", "till"] {
        let token = issuer.token_saying(&one, serde_json::json!({ "client_id": client }));
        let principal = auth.authenticate(&token).await.expect("good");
        assert_eq!(principal.token.client.as_deref(), Some(client));
    }
    for bad in [
        serde_json::json!({}),
        serde_json::json!({"client_id": "other"}),
        serde_json::json!({"client_id": ["shop"]}),
    ] {
        let refused = auth.authenticate(&issuer.token_saying(&one, bad)).await;
        assert!(matches!(refused, Err(AuthError::WrongClient)));
    }
    let for_another = serde_json::json!({"client_id": "shop", "aud": "other"});
    assert!(refused(
        auth.authenticate(&issuer.token_saying(&one, for_another)).await
    ));
}

#[tokio::test]
async fn one_id_twice_in_a_set_costs_that_id() {
    let (issuer, one, other, two) = (Issuer::start().await, key("one"), key("one"), key("two"));
    let jwk = |key: &SigningKey| key.verifying_key().to_jwk().expect("a JWK");
    let set = [&one, &other, &two].map(jwk).join(",");
    issuer.say("/keys", Answer::Text(format!(r#"{{"keys":[{set}]}}"#)));
    let auth = issuer.builder(&ManualClock::at(NOW)).connect().await;
    assert!(auth.authenticate(&issuer.token(&two)).await.is_ok());
    for doubled in [&one, &other] {
        assert!(refused(auth.authenticate(&issuer.token(doubled)).await));
    }
}

#[tokio::test]
async fn a_token_may_be_as_long_as_was_said_and_its_scopes_stand_where_was_said() {
    let (issuer, one) = (Issuer::start().await, key("one"));
    issuer.publish(&[&one]);
    let roles: Vec<_> = (0..1_000).map(|number| format!("role-{number}")).collect();
    let token = issuer.token_saying(
        &one,
        serde_json::json!({
            "aud": "api",
            "tenant": "blue",
            "groups": roles,
            "realm_access": {"roles": ["Editor of items"]},
        }),
    );
    let clock = ManualClock::at(NOW);
    let auth = issuer.builder(&clock).connect().await;
    assert!(refused(auth.authenticate(&token).await), "{} bytes", token.len());
    let builder = issuer.builder(&clock).max_token_len(64 * 1024).keep_claims(["tenant"]);
    let builder = builder.scopes_from(["realm_access", "roles"]);
    let auth = builder.scopes_for::<Items>("Editor of items").connect().await;
    let principal = auth.authenticate(&token).await.expect("good");
    assert!(principal.require::<Items>(true).is_ok());
    assert_eq!(principal.scopes.as_str(), "items");
    assert_eq!(principal.token.claim("tenant"), Some(&"blue".into()));
    assert_eq!(principal.token.claim("groups"), None);
    assert_eq!(principal.token.issuer.as_ref(), Some(&issuer.base));
}

#[tokio::test]
async fn who_hangs_up_ends_no_flight_that_others_wait_for() {
    let (issuer, clock) = (Issuer::start().await, ManualClock::at(NOW));
    let (one, two, stranger) = (key("one"), key("two"), key("stranger"));
    issuer.publish(&[&one]);
    let auth = issuer.builder(&clock).connect().await;
    issuer.publish(&[&one, &two]);
    clock.advance(Duration::from_secs(10));
    let made_up = issuer.token(&stranger);
    let mut asking = Box::pin(auth.authenticate(&made_up));
    // It asks, and hangs up before there is an answer.
    assert!(std::future::poll_fn(|context| std::task::Poll::Ready(asking.as_mut().poll(context).is_pending())).await);
    drop(asking);
    assert!(auth.authenticate(&issuer.token(&two)).await.is_ok());
}

#[tokio::test]
async fn a_good_token_is_taken_without_a_call_and_others_are_refused() {
    let (issuer, clock, one) = (Issuer::start().await, ManualClock::at(NOW), key("one"));
    issuer.publish(&[&one]);
    let auth = issuer.builder(&clock).connect().await;
    assert_eq!(issuer.asked(), 2, "metadata and keys");
    let principal = auth.authenticate(&issuer.token(&one)).await.expect("good");
    assert_eq!(principal.user.username(), "auth0|john:doe", "the sub as it stands");
    assert!(
        refused(auth.authenticate(&issuer.token_of(&one, "JWT", "api")).await),
        "another kind"
    );
    assert!(
        refused(auth.authenticate(&issuer.token_of(&one, "at+jwt", "other")).await),
        "another audience"
    );
    let forged = issuer.token(&key("one"));
    assert!(refused(auth.authenticate(&forged).await));
    assert_eq!(issuer.asked(), 2);
    clock.set(NOW + 3600);
    assert!(refused(auth.authenticate(&issuer.token(&one)).await), "expired");
}

#[tokio::test]
async fn an_unknown_key_is_looked_for_once_in_a_while_by_one_flight_for_all() {
    let (issuer, clock) = (Issuer::start().await, ManualClock::at(NOW));
    let (one, two, stranger) = (key("one"), key("two"), key("stranger"));
    issuer.publish(&[&one]);
    let auth = issuer.builder(&clock).connect().await;
    issuer.publish(&[&one, &two]);
    let token = issuer.token(&two);
    assert!(refused(auth.authenticate(&token).await), "asked a moment ago");
    clock.advance(Duration::from_secs(10));
    let before = issuer.asked();
    let waiting: Vec<_> = (0..20)
        .map(|_| {
            let (auth, token) = (auth.clone(), token.clone());
            tokio::spawn(async move { auth.authenticate(&token).await.is_ok() })
        })
        .collect();
    for task in waiting {
        assert!(task.await.expect("ends"));
    }
    assert_eq!(issuer.asked(), before + 1);
    for _ in 0..20 {
        assert!(refused(auth.authenticate(&issuer.token(&stranger)).await));
    }
    assert_eq!(issuer.asked(), before + 1, "a stranger's tokens make us ask no more");
}

#[tokio::test]
async fn the_old_keys_stay_on_error_and_a_key_that_left_the_set_is_retired() {
    let (issuer, clock, one, two) = (Issuer::start().await, ManualClock::at(NOW), key("one"), key("two"));
    issuer.say("/keys", Answer::Aged(set_of(&[&one]), 120));
    let (auth, keys) = issuer.builder(&clock).connect_watched().await;
    let ring = KeyRing::new(auth.keys());
    let token = issuer.token(&one);
    issuer.say("/keys", Answer::Status(503));
    clock.advance(Duration::from_secs(119));
    assert!(
        !keys.tend(&ring).await && keys.status().trouble.is_none(),
        "kept as long as the issuer said"
    );
    clock.advance(Duration::from_secs(1));
    keys.tend(&ring).await;
    assert!(matches!(keys.status().trouble, Some(FetchError::Status(503))));
    assert!(auth.authenticate(&token).await.is_ok());
    issuer.publish(&[&two]);
    clock.advance(Duration::from_secs(10));
    // As the background task does.
    assert!(refused(auth.authenticate(&issuer.token(&key("stranger"))).await));
    assert!(keys.status().trouble.is_none());
    assert!(auth.authenticate(&issuer.token(&two)).await.is_ok());
    assert!(refused(auth.authenticate(&token).await), "retired");
}

#[tokio::test]
async fn without_its_issuer_an_application_starts_and_gets_its_keys_later() {
    let (issuer, clock, one) = (Issuer::start().await, ManualClock::at(NOW), key("one"));
    issuer.say(METADATA, Answer::Status(502));
    let auth = issuer.builder(&clock).connect().await;
    let app = auth.mount(ApiRouter::new().api_route("/", get(read)));
    let token = issuer.token(&one);
    let ask = |app: axum::Router| {
        let request = Request::get("/").header("Authorization", format!("Bearer {token}"));
        app.oneshot(request.body(Body::empty()).unwrap())
    };
    assert_eq!(
        ask(app.clone()).await.unwrap().status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    issuer.say(METADATA, issuer.metadata());
    issuer.publish(&[&one]);
    clock.advance(Duration::from_secs(10));
    assert_eq!(ask(app).await.unwrap().status(), StatusCode::OK);
}

async fn read(user: CurrentUser) -> String {
    user.username().to_owned()
}

async fn read_active(user: ActiveUser) -> String {
    user.username().to_owned()
}

async fn read_items(user: Scoped<Items>) -> String {
    user.username().to_owned()
}

#[tokio::test]
async fn openid_discovery_scopes_of_other_issuers_and_the_guards_work_as_everywhere() {
    #[derive(Default)]
    struct Scp(Vec<&'static str>);
    impl portcullis_core::jose::ExtraClaims for Scp {
        fn claim<'de, A: serde::de::MapAccess<'de>>(&mut self, _: &str, _: &mut A) -> Result<bool, A::Error> {
            Ok(false)
        }
        fn serialize_into<M: serde::ser::SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
            map.serialize_entry("scp", &self.0)
        }
    }
    let (issuer, one) = (Issuer::start().await, key("one"));
    issuer.say(METADATA, Answer::Status(404));
    issuer.say("/.well-known/openid-configuration", issuer.metadata());
    issuer.publish(&[&one]);
    let builder = issuer.builder(&ManualClock::at(NOW)).token_type(AccessTokenType::Jwt);
    let auth = builder.connect().await;
    let app = auth.mount(
        ApiRouter::new()
            .api_route("/active/", get(read_active))
            .api_route("/items/", get(read_items)),
    );
    let token = |scp: &[&'static str]| {
        let mut claims = Claims::new(Scp(scp.to_vec()));
        (claims.iss, claims.aud) = (Some(issuer.base.clone()), Some("api".to_owned()).into());
        (claims.sub, claims.exp) = (Some("jane".into()), Some((NOW + 60).into()));
        one.sign("JWT", &claims).expect("signs")
    };
    let status = async |path: &str, token: &str| {
        let request = Request::get(path).header("Authorization", format!("Bearer {token}"));
        app.clone()
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap()
            .status()
    };
    assert_eq!(status("/active/", &token(&[])).await, 200);
    assert_eq!(status("/items/", &token(&["other"])).await, 401);
    assert_eq!(status("/items/", &token(&["other", "items"])).await, 200);

    let ask = |path: &str| app.clone().oneshot(Request::get(path).body(Body::empty()).unwrap());
    assert_eq!(ask("/token").await.unwrap().status(), 404, "nobody logs in here");
    let document = ask("/openapi.json")
        .await
        .unwrap()
        .into_body()
        .collect()
        .await
        .unwrap()
        .to_bytes();
    let document: serde_json::Value = serde_json::from_slice(&document).unwrap();
    let flow = &document["components"]["securitySchemes"]["OAuth2PasswordBearer"]["flows"]["password"];
    assert_eq!(flow["tokenUrl"], format!("{}/oauth/token", issuer.base));
}
