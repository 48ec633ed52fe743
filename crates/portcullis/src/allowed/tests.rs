use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use http::header::{AUTHORIZATION, RETRY_AFTER};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use portcullis_core::jose::SigningKey;
use portcullis_core::{Account, MemoryUsers, ScopeSet, UserId, scopes};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;
use crate::answers::Answers;
use crate::error_bodies::ErrorAnswer;
use crate::extract::ActiveUser;
use crate::input::Path;
use crate::mount::{Front, Mount as _};
use crate::router::{ApiRouter, get};

scopes! {
    /// Write posts.
    Posts = "posts";
    /// Look around.
    Me = "me";
}

struct Read;
struct Edit;
/// As `Edit`, but whoever may not hears that there is one.
struct Rename;

#[derive(Clone, FromRef)]
struct App {
    auth: Auth,
    shelf: Shelf,
}

/// Posts by blog and number, with their authors.
#[derive(Clone, Default)]
struct Shelf(Arc<Inner>);

#[derive(Default)]
struct Inner {
    posts: BTreeMap<(String, u32), &'static str>,
    loads: AtomicUsize,
    is_away: AtomicBool,
}

impl Shelf {
    fn author(&self, blog: &str, number: u32) -> Result<Option<&'static str>, StoreError> {
        self.0.loads.fetch_add(1, Ordering::Relaxed);
        if self.0.is_away.load(Ordering::Relaxed) {
            return Err(StoreError::unavailable("the disk at /srv/posts is gone"));
        }
        Ok(self.0.posts.get(&(blog.to_owned(), number)).copied())
    }

    fn loads(&self) -> usize {
        self.0.loads.load(Ordering::Relaxed)
    }
}

struct Post {
    author: &'static str,
    number: u32,
}

impl Post {
    fn is_by(&self, user: &Account) -> bool {
        UserId::new(self.author) == user.id()
    }
}

impl Guarded<Edit> for Post {
    type User = Account;
    type Key = u32;
    type State = Shelf;

    const SCOPES: &'static [Declared] = Posts::LIST;

    async fn load(shelf: &Shelf, number: u32) -> Result<Option<Self>, StoreError> {
        Ok(shelf.author("blog", number)?.map(|author| Self { author, number }))
    }

    fn allows(&self, user: &Account) -> bool {
        self.is_by(user)
    }
}

impl Guarded<Rename> for Post {
    type User = Account;
    type Key = u32;
    type State = Shelf;

    const HIDDEN: bool = false;

    async fn load(shelf: &Shelf, number: u32) -> Result<Option<Self>, StoreError> {
        <Self as Guarded<Edit>>::load(shelf, number).await
    }

    fn allows(&self, user: &Account) -> bool {
        self.is_by(user)
    }
}

#[derive(Deserialize, schemars::JsonSchema)]
struct PostKey {
    blog: String,
    post: u32,
}

impl Guarded<Read> for Post {
    type User = Account;
    type Key = PostKey;
    type State = Shelf;

    async fn load(shelf: &Shelf, key: PostKey) -> Result<Option<Self>, StoreError> {
        Ok(shelf.author(&key.blog, key.post)?.map(|author| Self {
            author,
            number: key.post,
        }))
    }

    fn allows(&self, user: &Account) -> bool {
        self.is_by(user)
    }
}

/// A blog, which belongs to who has its first post.
struct Blog(String);

impl Guarded<Read> for Blog {
    type User = Account;
    type Key = String;
    type State = Shelf;

    const PARAMETER: Option<&'static str> = Some("blog");

    async fn load(shelf: &Shelf, name: String) -> Result<Option<Self>, StoreError> {
        Ok(shelf
            .author(&name, 1)?
            .map(|author| Self(format!("{name} of {author}"))))
    }

    fn allows(&self, user: &Account) -> bool {
        self.0.ends_with(user.username())
    }
}

/// A line of a post, by all three that the path names.
struct Line(String);

impl Guarded<Read> for Line {
    type User = Account;
    type Key = (String, u32, u8);
    type State = Shelf;

    async fn load(shelf: &Shelf, (blog, post, line): (String, u32, u8)) -> Result<Option<Self>, StoreError> {
        let author = shelf.author(&blog, post)?;
        Ok(author.map(|author| Self(format!("{line} of {author}"))))
    }

    fn allows(&self, user: &Account) -> bool {
        self.0.ends_with(user.username())
    }
}

async fn edit(user: ActiveUser, post: Allowed<Edit, Post>) -> String {
    format!("{} edits {}", user.username(), post.into_inner().number)
}

async fn rename(post: Allowed<Rename, Post>) -> String {
    format!("{} is renamed", post.number)
}

async fn read(blog: Allowed<Read, Blog>, post: Allowed<Read, Post>) -> String {
    format!("{} in {}", post.number, blog.0)
}

async fn read_line(line: Allowed<Read, Line>) -> String {
    line.0.clone()
}

async fn plain(_: ActiveUser, Path(_): Path<u32>) {}

fn routes() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/posts/{post_id}", get(edit).put(rename))
        .api_route("/blogs/{blog}/posts/{post}", get(read))
        .api_route("/blogs/{blog}/posts/{post}/{line}", get(read_line))
        .api_route("/plain/{post_id}", get(plain))
}

struct House {
    app: App,
}

impl House {
    fn new() -> Self {
        let users: MemoryUsers = ["ada", "ben"]
            .map(|name| Account::new(name).with_scopes(ScopeSet::of::<(Posts, Me)>()))
            .into_iter()
            .chain([Account::new("gone")
                .with_scopes(ScopeSet::of::<Posts>())
                .with_disabled(true)])
            .collect();
        let key = SigningKey::hs256("a secret for tests that is long enough").unwrap();
        let auth = Auth::builder(key, users).scopes::<(Posts, Me)>().build().unwrap();
        let posts = [
            ("blog", 1, "ada"),
            ("blog", 2, "ben"),
            ("other", 1, "ben"),
            ("other", 2, "ada"),
        ];
        let posts = posts.map(|(blog, number, author)| ((blog.to_owned(), number), author));
        let shelf = Shelf(Arc::new(Inner {
            posts: posts.into_iter().collect(),
            ..Inner::default()
        }));
        Self {
            app: App { auth, shelf },
        }
    }

    fn front(&self) -> Front<Account> {
        self.app.auth.front()
    }

    fn mounted(&self, front: Front<Account>) -> Router {
        front.mount_with(routes(), self.app.clone())
    }

    fn token(&self, name: &str, scope: &str) -> String {
        let scopes = ScopeSet::of::<(Posts, Me)>();
        let granted = self
            .app
            .auth
            .grant(&Account::new(name).with_scopes(scopes), ScopeSet::parse(scope).unwrap());
        granted.unwrap().access_token
    }

    async fn ask(&self, method: &str, path: &str, who: &str) -> (StatusCode, HeaderMap, Bytes) {
        let token = (!who.is_empty()).then(|| self.token(who, "posts"));
        send(&self.mounted(self.front()), method, path, token.as_deref()).await
    }
}

async fn send(app: &Router, method: &str, path: &str, token: Option<&str>) -> (StatusCode, HeaderMap, Bytes) {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    let response = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (head, body) = response.into_parts();
    (head.status, head.headers, body.collect().await.unwrap().to_bytes())
}

#[derive(Serialize, schemars::JsonSchema)]
struct Problem {
    title: String,
}

#[tokio::test]
async fn somebody_elses_object_is_answered_byte_for_byte_as_one_that_does_not_exist() {
    let house = House::new();
    let token = house.token("ada", "posts");
    let as_problem = |error: &ErrorAnswer<'_>| Problem {
        title: error.detail.to_string(),
    };
    let fronts = [
        house.front(),
        house.front().answers(Answers::rfc()),
        house.front().error_bodies(as_problem),
    ];
    for front in fronts {
        let app = house.mounted(front);
        let loaded = || house.app.shelf.0.loads.swap(0, Ordering::Relaxed);
        let other = send(&app, "GET", "/posts/2", Some(&token)).await;
        let for_other = loaded();
        let none = send(&app, "GET", "/posts/3", Some(&token)).await;
        assert_eq!(other, none);
        assert_eq!(other.0, StatusCode::NOT_FOUND);
        assert_eq!((for_other, loaded()), (1, 1), "the same work");
    }
    let recorded = house.ask("GET", "/posts/2", "ada").await;
    assert_eq!(recorded.2, r#"{"detail":"Not Found"}"#);
}

#[tokio::test]
async fn an_object_that_is_not_hidden_is_403_and_one_that_does_not_exist_404() {
    let house = House::new();
    let (status, _, body) = house.ask("PUT", "/posts/2", "ada").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(body, r#"{"detail":"Not allowed"}"#);
    assert_eq!(house.ask("PUT", "/posts/3", "ada").await.0, StatusCode::NOT_FOUND);
    assert_eq!(house.ask("PUT", "/posts/1", "ada").await.2, "1 is renamed");
}

#[tokio::test]
async fn nothing_is_loaded_for_nobody_for_a_disabled_user_and_without_the_scope_of_the_right() {
    let house = House::new();
    let app = house.mounted(house.front());
    let narrow = house.token("ada", "me");
    let gone = house.token("gone", "posts");
    for (token, status) in [
        (None, StatusCode::UNAUTHORIZED),
        (Some("bad"), StatusCode::UNAUTHORIZED),
        (Some(narrow.as_str()), StatusCode::UNAUTHORIZED),
        (Some(gone.as_str()), StatusCode::BAD_REQUEST),
    ] {
        for path in ["/posts/1", "/posts/3", "/posts/x"] {
            assert_eq!(send(&app, "GET", path, token).await.0, status, "{path} {token:?}");
        }
    }
    assert_eq!(house.app.shelf.loads(), 0);
    // A right that asks for no scope: any token of an active user will do.
    assert_eq!(send(&app, "PUT", "/posts/1", Some(&narrow)).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_key_of_another_type_is_refused_as_path_refuses_it() {
    let house = House::new();
    for text in ["x", "-1", "4294967296", "%ff", "1.5"] {
        let refused = house.ask("GET", &format!("/posts/{text}"), "ada").await;
        let plain = house.ask("GET", &format!("/plain/{text}"), "ada").await;
        assert_eq!(refused.0, StatusCode::UNPROCESSABLE_ENTITY, "{text}");
        assert_eq!(refused, plain, "{text}");
    }
    assert_eq!(house.app.shelf.loads(), 0);
}

#[tokio::test]
async fn a_store_that_is_away_is_503_and_never_404_and_says_nothing_of_the_cause() {
    let house = House::new();
    house.app.shelf.0.is_away.store(true, Ordering::Relaxed);
    for path in ["/posts/1", "/posts/2", "/posts/3", "/blogs/blog/posts/1"] {
        let (status, headers, body) = house.ask("GET", path, "ada").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(headers[RETRY_AFTER], "1");
        assert!(!String::from_utf8_lossy(&body).contains("/srv"));
    }
}

#[tokio::test]
async fn who_has_the_right_gets_the_object() {
    let house = House::new();
    assert_eq!(house.ask("GET", "/posts/1", "ada").await.2, "ada edits 1");
    assert_eq!(house.ask("GET", "/posts/2", "ben").await.2, "ben edits 2");
}

#[tokio::test]
async fn of_several_objects_in_one_path_each_is_looked_at() {
    let house = House::new();
    for (path, who, said) in [
        ("/blogs/blog/posts/1", "ada", "1 in blog of ada"),
        // The blog is hers and the post is not; the other way about; neither is there.
        ("/blogs/blog/posts/2", "ada", r#"{"detail":"Not Found"}"#),
        ("/blogs/other/posts/2", "ada", r#"{"detail":"Not Found"}"#),
        ("/blogs/none/posts/1", "ada", r#"{"detail":"Not Found"}"#),
        ("/blogs/other/posts/1", "ben", "1 in other of ben"),
        ("/blogs/blog/posts/1/7", "ada", "7 of ada"),
        ("/blogs/blog/posts/1/7", "ben", r#"{"detail":"Not Found"}"#),
    ] {
        assert_eq!(house.ask("GET", path, who).await.2, said, "{path} {who}");
    }
    let (status, _, body) = house.ask("GET", "/blogs/blog/posts/x", "ada").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["detail"][0]["loc"], json!(["path", "post"]));
}

#[tokio::test]
async fn a_guard_of_a_group_hides_all_of_it_also_where_it_is_mounted() {
    async fn list() -> &'static str {
        "in"
    }
    let house = House::new();
    let inside = ApiRouter::new().api_route("/list", get(list));
    let nested = ApiRouter::new().guard::<Allowed<Read, Blog>>().merge(inside);
    let mounted = ApiRouter::new().api_route("/list", get(list));
    let around = ApiRouter::new()
        .guard::<Allowed<Read, Blog>>()
        .mount("/mounted/{blog}", mounted)
        .nest("/nested/{blog}", nested);
    let table = around.routes().to_string();
    let app = house.front().mount_with(around, house.app.clone());
    let ada = house.token("ada", "posts");
    for place in ["mounted", "nested"] {
        let hers = send(&app, "GET", &format!("/{place}/blog/list"), Some(&ada)).await;
        assert_eq!(hers.2, "in", "{place}");
        let other = send(&app, "GET", &format!("/{place}/other/list"), Some(&ada)).await;
        let none = send(&app, "GET", &format!("/{place}/none/list"), Some(&ada)).await;
        assert_eq!(other.0, StatusCode::NOT_FOUND, "{place}");
        assert_eq!(other, none, "{place}");
        assert!(table.contains(&format!(
            "/{place}/{{blog}}/list  token, active user, object Blog to Read by blog"
        )));
    }
}

#[test]
fn the_document_tells_lock_parameter_and_refusals_in_every_preset() {
    let house = House::new();
    for (answers, shown) in [(Answers::fastapi(), false), (Answers::rfc(), true)] {
        let document = house.front().answers(answers).openapi(routes());
        let document: Value = serde_json::from_slice(&document).unwrap();
        let one = &document["paths"]["/posts/{post_id}"];
        let edit = &one["get"];
        assert_eq!(edit["security"], json!([{ "OAuth2PasswordBearer": ["posts"] }]));
        assert_eq!(
            edit["parameters"],
            document["paths"]["/plain/{post_id}"]["get"]["parameters"]
        );
        assert_eq!(edit["parameters"][0]["name"], "post_id");
        assert_eq!(edit["responses"]["404"]["description"], "Not Found");
        assert_eq!(edit["responses"].get("403").is_some(), shown, "the missing scope alone");
        assert_eq!(one["put"]["responses"]["403"]["description"], "Not allowed");
        assert!(edit["responses"].get("422").is_some());
        assert_eq!(edit["responses"].get("503").is_some(), shown);
        let two = &document["paths"]["/blogs/{blog}/posts/{post}"]["get"]["parameters"];
        let names: Vec<&Value> = two.as_array().unwrap().iter().map(|one| &one["name"]).collect();
        assert_eq!(names, ["blog", "post"]);
        assert_eq!(two[1]["schema"]["type"], "integer");
    }
}

#[test]
fn the_list_of_routes_tells_which_object_is_guarded_and_what_names_it() {
    let table = routes().routes();
    let expected = "GET     /posts/{post_id}  token, active user, scopes posts, object Post to Edit by post_id\n\
        PUT     /posts/{post_id}  token, active user, object Post to Rename by post_id\n\
        GET     /blogs/{blog}/posts/{post}  token, active user, object Blog to Read by blog, object Post to Read by blog post\n\
        GET     /blogs/{blog}/posts/{post}/{line}  token, active user, object Line to Read by blog post line\n\
        GET     /plain/{post_id}  token, active user\n";
    assert_eq!(table.to_string(), expected);
    let [first, second, ..] = table.operations() else {
        panic!("routes")
    };
    assert!(first.objects[0].hidden && !second.objects[0].hidden);
    assert_eq!(first.objects[0].parameters(), ["post_id"]);
}

#[test]
fn a_path_that_does_not_name_the_object_ends_the_program_where_it_is_mounted() {
    for (path, method) in [
        ("/posts", get(edit)),
        ("/posts/{post_id}/{line}", get(edit)),
        ("/blog/{blog}", get(read)),
        ("/blogs/{name}/posts/{post}", get(read)),
        ("/blogs/{blog}/{post}", get(read_line)),
    ] {
        let mount = || {
            let house = House::new();
            house
                .front()
                .mount_with(ApiRouter::new().api_route(path, method), house.app)
        };
        let told = catch_unwind(std::panic::AssertUnwindSafe(mount)).expect_err(path);
        let told = told.downcast_ref::<String>().unwrap();
        assert!(told.contains("does not name the object"), "{told}");
    }
}
