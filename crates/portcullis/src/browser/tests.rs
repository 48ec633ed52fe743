//! Sessions of browsers, over HTTP.

#![allow(clippy::arithmetic_side_effects)]

#[cfg(feature = "sqlite")]
mod files;
mod pages;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, LOCATION, SET_COOKIE, UPGRADE};
use http::{HeaderMap, Request, StatusCode};
use portcullis_core::jose::SigningKey;
use portcullis_core::password::schemes::Argon2;
use portcullis_core::{
    Account, Auth, Cookies, MemoryApiKeys, MemorySessions, MemoryThrottle, MemoryUsers, Password, Passwords, ScopeSet,
};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::answers::Answers;
use crate::csrf::Csrf;
use crate::extract::{ActiveUser, Authenticated, CurrentUser, Scoped};
use crate::input::Json;
use crate::mount::Mount as _;
use crate::router::{ApiRouter, get, post};
use crate::schemes::{AlsoFromQuery, AnyOf, BasicCredentials};
use crate::sessions_api::sessions_api;

const FORM: &str = "application/x-www-form-urlencoded";
const OURS: (&str, &str) = ("sec-fetch-site", "same-origin");
const RIGHT: &str = "correct horse battery";

portcullis_core::scopes! {
    /// Items.
    pub Items = "items";
}

struct House {
    app: Router,
    auth: Auth,
    /// How often a handler that changes something ran.
    changed: Arc<AtomicU64>,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// The line that sets the session's cookie, and its value.
    fn cookie(&self) -> (String, String) {
        let mut lines = self
            .headers
            .get_all(SET_COOKIE)
            .iter()
            .map(|line| line.to_str().unwrap());
        let line = lines.find(|line| line.contains("session=")).unwrap_or_default();
        let pair = line.split(';').next().unwrap_or_default();
        (line.to_owned(), pair.to_owned())
    }
}

fn auth(url: &str) -> Auth {
    let passwords = Passwords::new(Argon2::new(8, 1, 1).unwrap());
    let hash = passwords.hash(&Password::from(RIGHT)).unwrap();
    let account = |name: &str| Account::new(name).with_password_hash(hash.clone());
    let alice = account("alice").with_scopes(ScopeSet::parse("items").unwrap());
    let key = SigningKey::hs256("a secret for tests that is long enough").unwrap();
    Auth::builder(key, MemoryUsers::from_iter([alice, account("bob")]))
        .passwords(passwords)
        .scopes::<Items>()
        .sessions(MemorySessions::new())
        .api_keys(MemoryApiKeys::new())
        .throttle(MemoryThrottle::new())
        .cookies(Cookies::lax().public_url(url))
        .build()
        .unwrap()
}

fn house_at(url: &str, answers: Answers) -> House {
    let auth = auth(url);
    let changed = Arc::new(AtomicU64::new(0));
    let counts = changed.clone();
    let change = move |_: ActiveUser, _: Bytes| {
        counts.fetch_add(1, Ordering::Relaxed);
        async { "changed" }
    };
    let routes = ApiRouter::new()
        .api_route("/me", get(async |user: ActiveUser| user.username().to_owned()))
        .api_route("/items", get(async |user: Scoped<Items>| user.username().to_owned()))
        .api_route("/maybe", get(async |user: Option<ActiveUser>| Json(user.is_some())))
        .api_route(
            "/maybe/in-query",
            get(async |user: Option<AlsoFromQuery<ActiveUser>>| Json(user.is_some())),
        )
        .api_route(
            "/maybe/either",
            get(async |any: Option<AnyOf<(BasicCredentials, ActiveUser)>>| Json(any.is_some())),
        )
        .api_route("/either", get(async |_: AnyOf<(BasicCredentials, ActiveUser)>| "in"))
        .api_route("/csrf", get(async |_: ActiveUser, csrf: Csrf| csrf.token().to_owned()))
        .api_route("/change", post(change))
        .api_route("/echo", post(async |_: ActiveUser, body: String| body))
        .merge(sessions_api(&auth));
    House {
        app: auth.front().answers(answers).mount(routes),
        auth,
        changed,
    }
}

fn house() -> House {
    house_at("https://notes.example.com", Answers::rfc())
}

impl House {
    async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let text = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: head.status,
            headers: head.headers,
            text: String::from_utf8(text.to_vec()).unwrap(),
        }
    }

    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.ask(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", path, headers, "").await
    }

    /// Logs in by a form of ours.
    async fn form(&self, form: &str) -> Answer {
        self.send("POST", "/login", &[OURS, ("content-type", FORM)], form).await
    }

    /// The cookie of a new session of Alice, as `name=value`.
    async fn cookie(&self) -> String {
        let answer = self.form(&format!("username=alice&password={RIGHT}")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        answer.cookie().1
    }

    fn changes(&self) -> u64 {
        self.changed.load(Ordering::Relaxed)
    }
}

#[tokio::test]
async fn a_cookie_that_is_none_of_ours_or_that_has_ended_opens_nothing() {
    let house = house();
    let ended = house.cookie().await;
    let left = [OURS, ("cookie", ended.as_str())];
    assert_eq!(
        house.send("POST", "/logout", &left, "").await.status,
        StatusCode::NO_CONTENT
    );
    for cookie in ["__Host-session=", "__Host-session=abc", "session=abc", ended.as_str()] {
        let answer = house.get("/me", &[("cookie", cookie)]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{cookie}");
        for path in ["/maybe", "/maybe/in-query", "/maybe/either"] {
            let answer = house.get(path, &[("cookie", cookie)]).await;
            assert_eq!(
                (answer.status, answer.text.as_str()),
                (StatusCode::OK, "false"),
                "{path} {cookie}"
            );
        }
    }
}

#[tokio::test]
async fn header_and_cookie_at_once_are_refused_and_so_are_two_cookies_of_one_name() {
    let house = house();
    let (own, other) = (house.cookie().await, house.cookie().await);
    let form = format!("username=alice&password={RIGHT}");
    let token = house.send("POST", "/token", &[("content-type", FORM)], &form).await;
    let bearer = format!("Bearer {}", token.json()["access_token"].as_str().unwrap());
    assert_eq!(house.get("/me", &[("authorization", &bearer)]).await.text, "alice");
    assert_eq!(house.get("/me", &[("cookie", &own)]).await.text, "alice");
    let twice = format!("{own}; theme=dark; {other}");
    let planted = format!("{own}; __Host-session=planted");
    let same = format!("{own}; {own}");
    for headers in [
        [("authorization", bearer.as_str()), ("cookie", own.as_str())].as_slice(),
        &[("cookie", &twice)],
        &[("cookie", &planted)],
        &[("cookie", &same)],
        &[("cookie", &own), ("cookie", &other)],
    ] {
        for path in ["/me", "/items", "/maybe"] {
            assert_eq!(
                house.get(path, headers).await.status,
                StatusCode::BAD_REQUEST,
                "{headers:?}"
            );
        }
    }
    // A cookie of another program on this host is none of ours.
    let foreign = [
        ("authorization", bearer.as_str()),
        ("cookie", "__Host-session=of-somebody-else"),
    ];
    assert_eq!(house.get("/me", &foreign).await.text, "alice");
}

/// What browsers say of a request, and whether it is one of ours; the origin is `https://notes.example.com`.
const SAID: [(&[(&str, &str)], bool); 12] = [
    (&[("sec-fetch-site", "same-origin")], true),
    (&[("sec-fetch-site", "none")], true),
    (
        &[
            ("sec-fetch-site", "same-origin"),
            ("origin", "https://notes.example.com"),
        ],
        true,
    ),
    (&[("origin", "https://notes.example.com")], true),
    (
        &[("sec-fetch-site", "same-site"), ("origin", "https://evil.example.com")],
        false,
    ),
    (
        &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
        false,
    ),
    (
        &[
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://notes.example.com"),
        ],
        false,
    ),
    (&[("origin", "https://evil.example")], false),
    (&[("origin", "http://notes.example.com")], false),
    (&[("origin", "https://notes.example.com:8443")], false),
    (&[("origin", "null")], false),
    (&[], false),
];

#[tokio::test]
async fn a_change_that_no_page_of_ours_asked_for_is_refused_before_its_body_is_read() {
    let house = house();
    let cookie = house.cookie().await;
    let types = [
        FORM,
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/json",
    ];
    for (said, ours) in SAID {
        for content_type in types {
            let before = house.changes();
            let mut headers = said.to_vec();
            headers.extend([("cookie", cookie.as_str()), ("content-type", content_type)]);
            let mut request = Request::post("/change");
            for (name, value) in &headers {
                request = request.header(*name, *value);
            }
            // Where the browser says nothing, a field of the form might.
            let read = ours || (said.is_empty() && content_type == FORM);
            let body = if read { Body::from("x") } else { Body::new(Unread) };
            let answer = house.ask(request.body(body).unwrap()).await;
            let expected = if ours { StatusCode::OK } else { StatusCode::FORBIDDEN };
            assert_eq!(answer.status, expected, "{said:?} {content_type}");
            assert_eq!(house.changes() - before, u64::from(ours));
        }
    }
}

/// A body that nobody may look at.
struct Unread;

impl axum::body::HttpBody for Unread {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Bytes>, Self::Error>>> {
        panic!("the body was read");
    }
}

#[tokio::test]
async fn without_a_word_of_the_browser_the_page_shows_what_its_own_session_alone_can_know() {
    let house = house();
    let (own, other) = (house.cookie().await, house.cookie().await);
    let token = house.get("/csrf", &[("cookie", &own)]).await.text;
    assert_ne!(token, house.get("/csrf", &[("cookie", &own)]).await.text);
    let change = async |headers: &[(&str, &str)]| house.send("POST", "/change", headers, "").await.status;
    assert_eq!(
        change(&[("cookie", &own), ("x-csrf-token", &token)]).await,
        StatusCode::OK
    );
    // A sibling's page may plant a cookie of any name: what it shows must be of this session.
    let planted = format!("{own}; csrf_token={token}");
    for headers in [
        [("cookie", other.as_str()), ("x-csrf-token", token.as_str())].as_slice(),
        &[("cookie", &planted)],
        &[("cookie", &own), ("x-csrf-token", "")],
        &[("cookie", &own), ("x-csrf-token", &token), ("x-csrf-token", &token)],
        &[
            ("cookie", &own),
            ("x-csrf-token", &token),
            ("origin", "https://evil.example"),
        ],
        &[
            ("cookie", &own),
            ("x-csrf-token", &token),
            ("sec-fetch-site", "same-site"),
        ],
    ] {
        assert_eq!(change(headers).await, StatusCode::FORBIDDEN, "{headers:?}");
    }
    assert_eq!(house.get("/csrf", &[]).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_hidden_field_shows_it_too_and_the_form_stays_whole() {
    let house = house();
    let (own, other) = (house.cookie().await, house.cookie().await);
    let token = house.get("/csrf", &[("cookie", &own)]).await.text;
    let form = format!("a=b&csrf_token={token}");
    let send = async |cookie: &str, more: &[(&str, &str)], form: &str| {
        let headers: Vec<_> = [("cookie", cookie), ("content-type", FORM)]
            .into_iter()
            .chain(more.iter().copied())
            .collect();
        house.send("POST", "/echo", &headers, form).await
    };
    let taken = send(&own, &[], &form).await;
    assert_eq!((taken.status, taken.text), (StatusCode::OK, form.clone()));
    for (cookie, more, form) in [
        (&other, &[][..], form.clone()),
        (&own, &[], "csrf_token=planted".to_owned()),
        (&own, &[], format!("{form}&csrf_token={token}")),
        (&own, &[("origin", "https://evil.example")], form.clone()),
        (&own, &[("sec-fetch-site", "cross-site")], form.clone()),
        (&own, &[("x-csrf-token", "wrong")], form.clone()),
    ] {
        assert_eq!(
            send(cookie, more, &form).await.status,
            StatusCode::FORBIDDEN,
            "{more:?} {form}"
        );
    }
    let multipart = [
        ("cookie", own.as_str()),
        ("content-type", "multipart/form-data; boundary=x"),
    ];
    let body = format!("--x\r\nContent-Disposition: form-data; name=\"csrf_token\"\r\n\r\n{token}\r\n--x--\r\n");
    assert_eq!(
        house.send("POST", "/echo", &multipart, &body).await.status,
        StatusCode::FORBIDDEN
    );
    let logout = house
        .send("POST", "/logout", &[("cookie", &own), ("content-type", FORM)], &form)
        .await;
    assert_eq!(logout.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn no_guard_takes_a_cookie_for_a_change_without_asking_who_asked_for_it() {
    let auth = auth("https://notes.example.com");
    macro_rules! changes {
        ($($guard:ty),+) => {{
            let mut routes = ApiRouter::new();
            $({
                let all = || post(async |_: $guard| "done").put(async |_: $guard| "done").patch(async |_: $guard| "done");
                let path = format!("/{}", routes.routes().operations().len());
                routes = routes.api_route(path, all().delete(async |_: $guard| "done"));
            })+
            routes
        }};
    }
    let routes = changes!(
        ActiveUser,
        CurrentUser,
        Authenticated,
        Scoped<Items>,
        Option<ActiveUser>,
        Option<CurrentUser>,
        Option<Authenticated>,
        Option<Scoped<Items>>,
        AnyOf<(BasicCredentials, ActiveUser)>,
        Csrf
    );
    let open = || {
        post(async || "done")
            .put(async || "done")
            .patch(async || "done")
            .delete(async || "done")
    };
    let group = ApiRouter::new().api_route("/group", open()).guard::<ActiveUser>();
    let undescribed = ApiRouter::new().route("/plain", axum::routing::any(async |_: ActiveUser| "done"));
    let routes = routes.merge(group).merge(undescribed);
    let paths: Vec<String> = {
        let table = routes.routes();
        let described = table.operations().iter().map(|entry| entry.path.clone());
        described.chain(table.undescribed().iter().cloned()).collect()
    };
    assert_eq!(paths.len(), 10 * 4 + 4 + 1);
    let house = House {
        app: auth.mount(routes),
        auth,
        changed: Arc::default(),
    };
    let cookie = house.cookie().await;
    for path in &paths {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            for (said, ours) in SAID {
                let headers: Vec<_> = said.iter().copied().chain([("cookie", cookie.as_str())]).collect();
                let status = house.send(method, path, &headers, "").await.status;
                let expected = if ours { StatusCode::OK } else { StatusCode::FORBIDDEN };
                assert_eq!(status, expected, "{method} {path} {said:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_websocket_that_another_page_opens_is_refused() {
    let house = house();
    let cookie = house.cookie().await;
    for (said, ours) in SAID {
        let mut headers = said.to_vec();
        headers.extend([
            ("cookie", cookie.as_str()),
            (UPGRADE.as_str(), "websocket"),
            ("connection", "upgrade"),
        ]);
        let status = house.get("/me", &headers).await.status;
        assert_eq!(status == StatusCode::OK, ours, "{said:?} {status}");
    }
    let reads = [("cookie", cookie.as_str()), ("sec-fetch-site", "cross-site")];
    assert_eq!(
        house.get("/me", &reads).await.status,
        StatusCode::OK,
        "a link of another site leads here"
    );
}

#[tokio::test]
async fn what_a_cookie_opens_is_for_nobody_elses_memory() {
    let house = house();
    let cookie = house.cookie().await;
    for path in ["/me", "/maybe", "/users/me/sessions"] {
        let answer = house.get(path, &[("cookie", &cookie)]).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.headers[CACHE_CONTROL], "no-store", "{path}");
    }
}

#[tokio::test]
async fn what_a_cookie_opens_is_for_nobody_elses_memory_whoever_answers() {
    let auth = auth("https://notes.example.com");
    let files = Router::new().route("/salary", axum::routing::get(async || "a file"));
    let guarded = || ApiRouter::<Auth>::new();
    let routes = ApiRouter::<Auth>::new()
        .api_route("/open", get(async || "open"))
        .api_route("/page", get(async |csrf: Option<Csrf>| Json(csrf.is_some())))
        .route("/plain", axum::routing::get(async |_: ActiveUser| "in"))
        .merge(
            guarded()
                .route("/group", axum::routing::get(async || "a file"))
                .guard::<ActiveUser>(),
        )
        .merge(guarded().nest_service("/files", files).guard::<ActiveUser>())
        .nest("/rest", guarded().fallback(async || "the rest").guard::<ActiveUser>());
    let front = auth.front();
    let beside = Router::new()
        .route("/beside", axum::routing::get(async |_: ActiveUser| "in"))
        .layer(front.answering_layer())
        .with_state(auth.clone());
    let house = House {
        app: beside.merge(front.mount(routes)),
        auth,
        changed: Arc::default(),
    };
    let cookie = house.cookie().await;
    for path in ["/page", "/plain", "/group", "/files/salary", "/rest/any", "/beside"] {
        let answer = house.get(path, &[("cookie", &cookie)]).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.headers[CACHE_CONTROL], "no-store", "{path}");
    }
    let open = house.get("/open", &[("cookie", &cookie)]).await;
    assert!(!open.headers.contains_key(CACHE_CONTROL), "what is for all may be kept");
}

#[tokio::test]
async fn what_the_cookie_of_another_auth_opens_is_for_nobody_elses_memory_either() {
    let plain = Auth::builder(
        SigningKey::hs256("another secret for tests, long enough").unwrap(),
        MemoryUsers::new(),
    );
    let (plain, house) = (plain.build().unwrap(), house());
    let staff = Router::new()
        .route("/staff", axum::routing::get(async |_: ActiveUser| "in"))
        .with_state(house.auth.clone());
    let app = plain.front().mount(ApiRouter::new().nest_service("/below", staff));
    let cookie = house.cookie().await;
    let request = Request::get("/below/staff").header("cookie", &cookie);
    let response = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn a_strangers_form_is_not_read_before_a_guard_was_asked() {
    let house = house();
    let (own, other) = (house.cookie().await, house.cookie().await);
    let twice = format!("{own}; {other}");
    for cookie in ["a=b", "__Host-session=planted", "__Host-session=", twice.as_str()] {
        for path in ["/change", "/unknown", "/me"] {
            let request = Request::post(path).header("cookie", cookie).header(CONTENT_TYPE, FORM);
            let answer = house.ask(request.body(Body::new(Unread)).unwrap()).await;
            assert!(answer.status.is_client_error(), "{path} {cookie} {}", answer.status);
        }
    }
}

#[tokio::test]
async fn a_session_of_a_browser_stands_among_the_others_and_ends_with_them() {
    let house = house();
    let (own, other) = (house.cookie().await, house.cookie().await);
    let listed = house.get("/users/me/sessions", &[("cookie", &own)]).await.json();
    let current = |session: &&Value| session["current"] == true;
    assert_eq!(listed["sessions"].as_array().unwrap().len(), 2);
    assert_eq!(listed["sessions"].as_array().unwrap().iter().filter(current).count(), 1);
    let others = house
        .send("DELETE", "/users/me/sessions", &[("cookie", &own), OURS], "")
        .await;
    assert_eq!(others.status, StatusCode::NO_CONTENT);
    assert_eq!(house.get("/me", &[("cookie", &own)]).await.status, StatusCode::OK);
    assert_eq!(
        house.get("/me", &[("cookie", &other)]).await.status,
        StatusCode::UNAUTHORIZED
    );
}
