//! The kit itself: what it lets in, what it refuses, and that it can fail.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code: a failure is a panic"
)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use portcullis::core::AuthBuilder;
use portcullis::prelude::*;
use portcullis_testing::{PASSWORD, TestAuth, TestUsers, attack};
use serde_json::{Value, json};

scopes! {
    /// Read about oneself.
    pub Me = "me";
    /// Read items.
    pub Items = "items";
}

#[derive(Clone, FromRef)]
struct App {
    auth: Auth,
    notes: Notes,
}

type Notes = Arc<Mutex<Vec<String>>>;

async fn read_me(user: ActiveUser) -> Json<Profile> {
    Json(user.profile())
}

async fn read_items(user: Scoped<(Items, Me)>, State(notes): State<Notes>) -> Json<Vec<String>> {
    drop(user);
    Json(notes.lock().unwrap().clone())
}

async fn add_item(_: Scoped<Items>, State(notes): State<Notes>, Json(note): Json<String>) -> Json<usize> {
    let mut notes = notes.lock().unwrap();
    notes.push(note);
    Json(notes.len())
}

async fn greet(user: Option<ActiveUser>) -> String {
    user.map_or("stranger".into(), |user| user.username().to_owned())
}

async fn health() -> &'static str {
    "ok"
}

fn settings(auth: AuthBuilder<Account>) -> AuthBuilder<Account> {
    auth.scopes::<(Me, Items)>()
        .issuer("https://notes.example")
        .audience("notes")
        .sessions(MemorySessions::new())
}

fn app(auth: Auth) -> Router {
    let routes = ApiRouter::new()
        .api_route("/me", get(read_me))
        .api_route("/items/{item_id}", get(read_items).post(add_item))
        .api_route("/greeting", get(greet))
        .api_route("/health", get(health))
        .merge(sessions_api(&auth));
    let notes = Notes::default();
    auth.front().answers(Answers::rfc()).mount_with(
        routes,
        App {
            auth: auth.clone(),
            notes,
        },
    )
}

fn notes() -> TestAuth {
    TestAuth::builder().settings(settings).app(app)
}

#[tokio::test]
async fn every_attack_is_refused_and_what_it_was_made_of_is_taken() {
    let test = notes();
    for attack in attack::all() {
        assert!(attack.applies_to(&test), "{attack}");
        let alice = test.as_user(&format!("alice, {}", attack.name())).scopes((Items, Me));
        let attacked = alice.attacked_by(attack);
        let refused = attacked.get("/items/1").await;
        assert!(refused.is_refused(), "{attack}: {refused:?}");
        assert_eq!(alice.get("/items/1").await.status(), 200, "{attack}");
    }
}

#[tokio::test]
async fn what_shows_a_user_is_a_pair_for_any_client() {
    let test = notes();
    let alice = test.as_user("alice").scopes(Me);
    let (name, value) = alice.header().await;
    assert_eq!(name, "authorization");
    assert_eq!(value.to_str().unwrap(), format!("Bearer {}", alice.token().await));
    let answer = test
        .as_nobody()
        .get("/me")
        .header(name.as_str(), value.to_str().unwrap());
    assert_eq!(answer.await.status(), 200);
    let refresh = alice.refresh_token().await.unwrap();
    let form = [("grant_type", "refresh_token"), ("refresh_token", &*refresh)];
    assert_eq!(test.as_nobody().post("/token").form(&form).await.status(), 200);
}

#[tokio::test]
async fn a_user_who_is_named_is_made_once_and_logs_in_with_the_password_of_all() {
    let test = notes();
    let alice = test.as_user("alice");
    assert_eq!(alice.get("/me").await.json::<Value>()["username"], "alice");
    assert_eq!(test.users().count().await.unwrap(), 1);
    let login = [("username", "alice"), ("password", PASSWORD), ("scope", "me")];
    let granted = test.as_nobody().post("/token").form(&login).await.json::<Value>();
    assert_eq!(granted["scope"], "me");
    let wrong = [("username", "alice"), ("password", "wrong")];
    assert_eq!(test.as_nobody().post("/token").form(&wrong).await.status(), 400);
}

#[tokio::test]
async fn a_request_brings_its_body_and_an_answer_its_status_headers_and_json() {
    let test = notes();
    let alice = test.as_user("alice").scopes((Items,));
    let added = alice.post("/items/1").json(&"a & b").await;
    assert_eq!((added.status().as_u16(), added.json::<usize>()), (200, 1));
    assert_eq!(added.header("cache-control"), Some("no-store"));
    let missing = alice.post("/items/1").await;
    assert_eq!(missing.status(), 422);
    assert!(missing.refusal().is_none());
    let too_little = alice.get("/items/1").await;
    assert_eq!(too_little.status(), 403);
    assert!(matches!(too_little.refusal(), Some(Refusal::MissingScope { .. })));
    assert_eq!(test.as_nobody().get("/greeting").await.text(), "stranger");
    let both = test.as_user("bob").scopes((Items, Me));
    assert_eq!(both.get("/items/1").await.json::<Value>(), json!(["a & b"]));
}

#[tokio::test]
async fn the_clock_is_moved_by_hand_and_a_token_stays_what_it_was() {
    let test = notes();
    let alice = test.as_user("alice");
    assert_eq!(alice.get("/me").await.status(), 200);
    test.clock().advance(Duration::from_secs(30 * 60));
    assert_eq!(alice.get("/me").await.status(), 401);
    assert_eq!(test.as_user("alice").get("/me").await.status(), 200);
}

#[tokio::test]
async fn no_key_is_derived_for_two_hundred_tests() {
    for number in 0..200 {
        let test = TestAuth::builder().settings(settings).app(app);
        let user = test.as_user(&format!("user {number}")).scopes((Items, Me));
        assert_eq!(user.get("/items/1").await.status(), 200);
        assert_eq!(test.as_nobody().get("/items/1").await.status(), 401);
        assert_eq!(test.auth().gate_metrics().done, 0);
        // And where a password is looked at, it is by the hash that costs nothing.
        assert_eq!(test.auth().passwords().unwrap().current(), "portcullis_testing");
    }
}

#[tokio::test]
async fn a_walk_goes_over_every_route_and_tells_which_are_open() {
    let report = notes().walk().open(["/token", "/revoke", "/health"]).report().await;
    assert_eq!(report.failures(), [""; 0], "{report}");
    assert_eq!(report.guarded(), 10);
}

#[tokio::test]
async fn a_second_walk_finds_what_the_first_did_and_streams_are_not_waited_for() {
    async fn leave(user: ActiveUser, State(users): State<MemoryUsers>) -> Result<(), Refusal> {
        users.delete(&user.id()).await?;
        Ok(())
    }
    async fn ticks(_: ActiveUser) -> portcullis::openapi::Undescribed<axum::body::Body> {
        portcullis::openapi::Undescribed(axum::body::Body::new(Endless))
    }
    #[derive(Clone, FromRef)]
    struct App {
        auth: Auth,
        users: MemoryUsers,
    }
    let users = MemoryUsers::new();
    let test = TestAuth::over(users.clone()).app(|auth| {
        let routes = ApiRouter::new()
            .api_route("/ticks", get(ticks))
            .api_route("/users/me", delete(leave));
        let front = auth.front();
        front.mount_with(routes, App { auth, users })
    });
    for _ in 0..2 {
        let report = test.walk().open(["/token"]).await;
        assert_eq!((report.guarded(), report.refused()), (2, 38), "{report}");
    }
}

/// A body that never ends, and of which nothing comes.
struct Endless;

impl axum::body::HttpBody for Endless {
    type Data = axum::body::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
        std::task::Poll::Pending
    }
}

fn failing(app: impl FnOnce(Auth) -> Router) -> TestAuth {
    TestAuth::builder()
        .settings(|auth| auth.scopes::<(Me, Items)>())
        .app(app)
}

/// What a walk over one route complains of.
async fn complaints(method: portcullis::ApiMethod<Auth>) -> Vec<String> {
    let test = failing(|auth| auth.mount(ApiRouter::new().api_route("/x", method)));
    test.walk().report().await.failures().to_vec()
}

#[tokio::test]
async fn a_route_that_reads_the_body_before_it_looks_who_asks_is_told_with_the_attack() {
    async fn body_first(note: Json<String>) -> Json<String> {
        note
    }
    /// Says that it guards, and lets everyone in.
    struct Asleep;
    impl<S: Sync> axum::extract::FromRequestParts<S> for Asleep {
        type Rejection = Refusal;
        async fn from_request_parts(_: &mut axum::http::request::Parts, _: &S) -> Result<Self, Refusal> {
            Ok(Self)
        }
    }
    impl portcullis::openapi::Describe for Asleep {
        fn describe(operation: &mut portcullis::openapi::Operation) {
            ActiveUser::<Account>::describe(operation);
        }
    }
    async fn asleep(_: Asleep) -> &'static str {
        "come in"
    }
    async fn late(_: Query<Needed>, _: ActiveUser) {}
    async fn never(_: ActiveUser) -> Refusal {
        Refusal::BadToken {
            scope: ScopeSet::empty(),
        }
    }
    assert_eq!(complaints(post(body_first)).await, [""; 0]);
    let found = complaints(get(asleep)).await;
    assert_eq!(found[0], "GET /x: a request without credentials was answered 200 OK");
    let other_key = "other_key (a token signed with another key under the name of the right one) was answered 200 OK";
    assert!(found.iter().any(|line| line.ends_with(other_key)), "{found:?}");
    assert!(
        found.iter().any(|line| line.contains("a token of a disabled user")),
        "{found:?}"
    );
    let found = complaints(get(late)).await;
    assert!(found[0].ends_with("name the guard first in the signature"), "{found:?}");
    let found = complaints(get(never)).await;
    assert_eq!(
        found,
        ["GET /x: a good token was answered 401 Unauthorized: then the refusals say nothing"]
    );
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Needed {
    #[allow(dead_code, reason = "it is asked for and not read")]
    page: u32,
}

roles! {
    /// Looks after the items.
    Editor = "editor" => (Items, Me);
    /// Reads about themselves.
    Reader = "reader" => Me;
}

/// What a walk over one route complains of where there are roles.
async fn complaints_with_roles(method: portcullis::ApiMethod<Auth>) -> Vec<String> {
    let test: TestAuth = TestAuth::builder()
        .settings(|auth| auth.scopes::<(Me, Items)>().roles::<(Editor, Reader)>())
        .app(|auth| auth.mount(ApiRouter::new().api_route("/x", method)));
    test.walk().report().await.failures().to_vec()
}

#[tokio::test]
async fn a_handler_that_overlooks_what_roles_hold_is_told() {
    /// Looks at the user's own scopes instead of the token's.
    async fn own_scopes(user: Scoped<Items>) -> Result<(), Refusal> {
        let scope = ScopeSet::of::<Items>();
        let may = user.scopes().contains("items");
        may.then_some(()).ok_or(Refusal::MissingScope { scope })
    }
    async fn items(_: Scoped<Items>) {}
    assert_eq!(complaints_with_roles(get(items)).await, [""; 0]);
    assert_eq!(complaints_with_roles(get(read_me)).await, [""; 0]);
    let found = complaints_with_roles(get(own_scopes)).await;
    let editor = "GET /x: a good token of a user of the role `editor` was answered 401 Unauthorized: then the refusals say nothing";
    assert_eq!(found, [editor]);
}

#[tokio::test]
async fn an_open_route_that_nobody_allowed_and_one_that_is_not_open_are_told() {
    let test = failing(|auth| {
        let plain = axum::routing::get(health);
        auth.mount(
            ApiRouter::new()
                .api_route("/a", get(health))
                .api_route("/b", get(read_me))
                .route("/c", plain),
        )
    });
    assert_eq!(
        test.walk().open(["/token", "/a", "/c"]).report().await.failures(),
        [""; 0]
    );
    let report = test.walk().open(["/token", "/b", "/d"]).report().await;
    assert_eq!(
        report.failures(),
        [
            "GET /a: no guard, and it is not among the open ones",
            "? /c: no guard, and it is not among the open ones",
            "/b: it may be open, and there is no such route, or it has a guard",
            "/d: it may be open, and there is no such route, or it has a guard",
        ]
    );
    assert_eq!(report.open().collect::<Vec<_>>(), ["/token", "/a", "/c"]);
}

#[tokio::test]
#[should_panic(expected = "WRONG: GET /a: no guard, and it is not among the open ones")]
async fn a_walk_that_found_something_fails_the_test() {
    let test = failing(|auth| auth.mount(ApiRouter::new().api_route("/a", get(health))));
    drop(test.walk().open(["/token"]).await);
}

/// The right to change a note.
struct Edit;

#[derive(Clone)]
struct Note {
    owner: UserId,
}

type Board = Arc<Mutex<HashMap<u32, Note>>>;

impl Guarded<Edit> for Note {
    type User = Account;
    type Key = u32;
    type State = Board;

    const PARAMETER: Option<&'static str> = Some("note_id");
    const SCOPES: &'static [portcullis::core::Declared] = <Items as portcullis::core::Scopes>::LIST;

    async fn load(board: &Board, id: u32) -> Result<Option<Self>, StoreError> {
        Ok(board.lock().unwrap().get(&id).cloned())
    }

    fn allows(&self, user: &Account) -> bool {
        self.owner == user.id()
    }
}

/// Notes of which `allowed` says to whom they are open, behind the guard or beside it.
fn board(auth: Auth, board: Board, watched: bool) -> Router {
    #[derive(Clone, FromRef)]
    struct Own {
        auth: Auth,
        board: Board,
    }
    async fn read(note: Allowed<Edit, Note>) -> String {
        note.owner.to_string()
    }
    async fn remove(_: Allowed<Edit, Note>, State(board): State<Board>, Path(ids): Path<(u32, u32)>) {
        board.lock().unwrap().remove(&ids.1);
    }
    async fn careless(_: ActiveUser, State(board): State<Board>, Path(ids): Path<(u32, u32)>) -> Json<usize> {
        Json(board.lock().unwrap().len() + ids.1 as usize)
    }
    let path = "/boards/{board_id}/notes/{note_id}";
    let routes = match watched {
        // Taken away first, in the order of the document.
        true => ApiRouter::new().api_route(path, delete(remove).get(read).put(read)),
        false => ApiRouter::new().api_route(path, get(careless).put(read)),
    };
    auth.front().mount_with(
        routes,
        Own {
            auth: auth.clone(),
            board,
        },
    )
}

fn notes_of_alice(watched: bool) -> TestAuth {
    let kept = Board::default();
    let owner = UserId::new("alice");
    kept.lock().unwrap().insert(7, Note { owner });
    failing(move |auth| board(auth, kept, watched))
}

#[tokio::test]
async fn what_is_somebody_elses_is_refused_to_others_and_open_to_its_owner() {
    let walk = notes_of_alice(true).walk().open(["/token"]);
    let report = walk.object("Note", "alice", [("note_id", "7")]).await;
    assert_eq!(report.guarded(), 3);
    let table = report.to_string();
    assert!(table.contains("object Note to Edit by note_id"), "{table}");
}

#[tokio::test]
async fn an_object_that_is_not_named_or_not_its_owners_is_told() {
    let told = |report: &portcullis_testing::Report| report.failures().join("\n");
    let report = notes_of_alice(true).walk().report().await;
    let why = "it guards a Note, and the walk knows none: name one with `object`";
    assert_eq!(told(&report).matches(why).count(), 3, "{report}");
    let walk = notes_of_alice(true).walk().object("Note", "bob", [("note_id", "7")]);
    let report = walk.report().await;
    assert_eq!(
        told(&report).matches("a good token was answered 404").count(),
        3,
        "{report}"
    );
    // Whoever has the right of everyone's is no stranger.
    let walk = notes_of_alice(true).walk().object("Note", "alice", [("note_id", "7")]);
    let report = walk.stranger("alice").report().await;
    assert_eq!(
        told(&report).matches("no right to the object was answered 200").count(),
        3,
        "{report}"
    );
    // A route that does not ask for the object is not known to have one.
    let walk = notes_of_alice(false).walk().object("Note", "alice", [("note_id", "7")]);
    assert_eq!(walk.report().await.failures(), [""; 0]);
}

#[tokio::test]
async fn a_nested_application_is_walked_below_its_path_and_complains_elsewhere() {
    let nested =
        || failing(|auth| Router::new().nest("/api", auth.mount(ApiRouter::new().api_route("/me", get(read_me)))));
    let report = nested().walk().below(["/api"]).open(["/api/token"]).await;
    assert_eq!(report.guarded(), 1);
    let report = nested().walk().report().await;
    assert!(report.failures()[0].ends_with("name its path with `below`"), "{report}");
}

/// A user model and a store of the application's own.
#[derive(Clone, Debug)]
struct Customer {
    number: u32,
    scopes: ScopeSet,
}

impl User for Customer {
    fn id(&self) -> UserId {
        UserId::new(self.number.to_string())
    }

    fn password_hash(&self) -> Option<&HashString> {
        None
    }

    fn is_active(&self) -> bool {
        true
    }

    fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }
}

#[derive(Clone, Default)]
struct Customers(Arc<Mutex<HashMap<String, Customer>>>);

impl UserStore for Customers {
    type User = Customer;

    async fn by_login(&self, login: &str) -> Result<Option<Customer>, StoreError> {
        Ok(self.0.lock().unwrap().get(login).cloned())
    }

    async fn by_id(&self, id: &UserId) -> Result<Option<Customer>, StoreError> {
        Ok(self
            .0
            .lock()
            .unwrap()
            .values()
            .find(|customer| customer.id() == *id)
            .cloned())
    }

    async fn swap_hash(&self, _: &UserId, _: &HashString, _: &HashString) -> Result<bool, StoreError> {
        Ok(false)
    }
}

impl TestUsers for Customers {}

fn orders(auth: Auth<Customer>) -> Router {
    async fn read_orders(customer: Scoped<Items, Customer>) -> Json<u32> {
        Json(customer.number)
    }
    auth.mount(ApiRouter::new().api_route("/orders", get(read_orders)))
}

#[tokio::test]
async fn an_application_with_users_of_its_own_is_tested_with_those_that_were_put_there() {
    let customers = Customers::default();
    let ada = Customer {
        number: 7,
        scopes: ScopeSet::of::<Items>(),
    };
    customers.0.lock().unwrap().insert("ada@example.com".into(), ada);
    let test = TestAuth::over(customers)
        .settings(|auth| auth.scopes::<Items>())
        .start(async |auth| orders(auth))
        .await;
    let ada = test.as_user("ada@example.com").scopes(Items);
    assert_eq!(ada.get("/orders").await.json::<u32>(), 7);
    let report = test.walk().as_user("ada@example.com").open(["/token"]).await;
    assert_eq!(report.guarded(), 1);
}

#[tokio::test]
#[should_panic(expected = "the store of the test has no user `bob`: put one there first")]
async fn a_user_whom_an_own_store_does_not_have_is_said() {
    let test = TestAuth::over(Customers::default())
        .settings(|auth| auth.scopes::<Items>())
        .app(orders);
    drop(test.as_user("bob").get("/orders").await);
}

fn with_cookies(app: impl FnOnce(Auth) -> Router) -> TestAuth {
    let test = TestAuth::builder().settings(settings);
    test.settings(|auth| auth.cookies(portcullis::core::Cookies::lax()))
        .app(app)
}

#[tokio::test]
async fn a_page_of_the_application_is_let_in_with_its_cookie_and_another_sites_is_not() {
    let test = with_cookies(app);
    let alice = test.as_user("alice").scopes((Items, Me)).in_browser();
    assert_eq!(alice.get("/me").await.json::<Value>()["username"], "alice");
    assert_eq!(alice.post("/items/1").json(&"a note").await.status(), 200);
    let (name, value) = alice.cookie().await;
    assert_eq!(name, "cookie");
    let other = test
        .as_nobody()
        .post("/items/1")
        .header("cookie", value.to_str().unwrap());
    assert_eq!(
        other.header("sec-fetch-site", "cross-site").json(&"x").await.status(),
        403
    );
    let report = test.walk().open(["/token", "/revoke", "/health", "/login"]).await;
    assert_eq!(report.guarded(), 10, "{report}");
}

#[tokio::test]
async fn a_change_that_any_page_may_ask_for_is_told() {
    /// Looks at the cookie by itself, whoever sends it.
    struct Careless;
    impl axum::extract::FromRequestParts<Auth> for Careless {
        type Rejection = Refusal;
        async fn from_request_parts(parts: &mut axum::http::request::Parts, auth: &Auth) -> Result<Self, Refusal> {
            let cookie = parts
                .headers
                .get("cookie")
                .and_then(|value| value.to_str().ok()?.split_once('='));
            let cookie = cookie.map(|(_, value)| value.to_owned());
            match cookie {
                Some(cookie) if auth.authenticate_cookie(&cookie).await.is_ok() => Ok(Self),
                _ => ActiveUser::<Account>::from_request_parts(parts, auth)
                    .await
                    .map(|_| Self),
            }
        }
    }
    impl portcullis::openapi::Describe for Careless {
        fn describe(operation: &mut portcullis::openapi::Operation) {
            ActiveUser::<Account>::describe(operation);
        }
    }
    async fn add(_: Careless) {}
    let test = with_cookies(|auth| auth.mount(ApiRouter::new().api_route("/x", post(add))));
    let report = test.walk().report().await;
    let told = report.failures().join("\n");
    for what in [
        "a cookie and a token was answered 200 OK",
        "a change that another site's page asks for with the user's cookie was answered 200 OK",
        "a change with a cookie of which nothing says whose page asks for it was answered 200 OK",
    ] {
        assert!(told.contains(&format!("POST /x: {what}")), "{told}");
    }
}
