//! Posts that belong to people: rights on single ones, and roles.
//!
//! ```console
//! $ SECRET_KEY=$(openssl rand -hex 32) cargo run --example posts
//! $ TOKEN=$(curl -s -d 'username=ada&password=secret&scope=posts:write' http://127.0.0.1:8000/token | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
//! $ curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8000/posts/1
//! $ curl -H "Authorization: Bearer $TOKEN" -X PUT --json '"Better"' http://127.0.0.1:8000/posts/1
//! $ curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8000/posts/2  # 404: ben's, and not published
//! $ curl -H "Authorization: Bearer $TOKEN" -X POST http://127.0.0.1:8000/posts/2/publication  # only an editor
//! ```

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use axum::http::StatusCode;
use portcullis::prelude::*;

scopes! {
    /// Write posts.
    pub Write = "posts:write";
    /// Decide what is published.
    pub Publish = "posts:publish";
}

roles! {
    /// Writes.
    pub Author = "author" => Write;
    /// Writes, and decides what is published.
    pub Editor = "editor" => (Write, Publish);
}

/// The right to read a post: everybody's once it is published, before that its author's.
struct Read;

/// The right to change a post: its author's.
struct Edit;

#[derive(Clone)]
struct Post {
    id: u32,
    author: UserId,
    text: String,
    published: bool,
}

#[derive(Clone, Default)]
struct Posts(Arc<RwLock<BTreeMap<u32, Post>>>);

impl Posts {
    fn find(&self, id: u32) -> Option<Post> {
        let posts = self.0.read().unwrap_or_else(PoisonError::into_inner);
        posts.get(&id).cloned()
    }

    fn change(&self, id: u32, change: impl FnOnce(&mut Post)) -> Result<StatusCode, Refusal> {
        let mut posts = self.0.write().unwrap_or_else(PoisonError::into_inner);
        posts.get_mut(&id).map(change).ok_or(Refusal::NoObject)?;
        Ok(StatusCode::NO_CONTENT)
    }
}

impl Guarded<Read> for Post {
    type User = Account;
    type Key = u32;
    type State = Posts;

    async fn load(posts: &Posts, id: u32) -> Result<Option<Self>, StoreError> {
        Ok(posts.find(id))
    }

    fn allows(&self, user: &Account) -> bool {
        self.published || self.author == user.id()
    }
}

impl Guarded<Edit> for Post {
    type User = Account;
    type Key = u32;
    type State = Posts;

    const SCOPES: &'static [Declared] = Write::LIST;

    async fn load(posts: &Posts, id: u32) -> Result<Option<Self>, StoreError> {
        Ok(posts.find(id))
    }

    fn allows(&self, user: &Account) -> bool {
        self.author == user.id()
    }
}

async fn read_post(post: Allowed<Read, Post>) -> Json<String> {
    Json(post.into_inner().text)
}

async fn change_post(
    post: Allowed<Edit, Post>,
    State(posts): State<Posts>,
    Json(text): Json<String>,
) -> Result<StatusCode, Refusal> {
    posts.change(post.id, |post| post.text = text)
}

async fn publish_post(
    _: Scoped<Publish>,
    State(posts): State<Posts>,
    Path(post_id): Path<u32>,
) -> Result<StatusCode, Refusal> {
    posts.change(post_id, |post| post.published = true)
}

#[derive(Clone, FromRef)]
struct App {
    auth: Auth,
    posts: Posts,
}

/// The whole application: ada writes, ben decides.
pub fn app(key: SigningKey) -> Result<axum::Router, portcullis::Error> {
    let password = Passwords::recommended().hash(&Password::from("secret"))?;
    let person = |name: &str, role: &str| {
        Account::new(name)
            .with_scopes([role].into_iter().collect())
            .with_password_hash(password.clone())
    };
    let people = [person("ada", Author::NAME), person("ben", Editor::NAME)];
    let posts = Posts::default();
    for (id, author) in (1..).zip(&people) {
        let post = Post {
            id,
            author: author.id(),
            text: format!("What {} thinks", author.username()),
            published: false,
        };
        posts.0.write().unwrap_or_else(PoisonError::into_inner).insert(id, post);
    }
    let auth = Auth::builder(key, MemoryUsers::from_iter(people))
        .scopes::<(Write, Publish)>()
        .roles::<(Author, Editor)>()
        .build()?;
    let routes = ApiRouter::new()
        .title("Posts")
        .api_route(
            "/posts/{post_id}",
            get(read_post).put(change_post).status(StatusCode::NO_CONTENT),
        )
        .api_route(
            "/posts/{post_id}/publication",
            post(publish_post).status(StatusCode::NO_CONTENT),
        );
    Ok(auth.front().mount_with(
        routes,
        App {
            auth: auth.clone(),
            posts,
        },
    ))
}

#[tokio::main]
async fn main() -> Result<(), portcullis::Error> {
    let app = app(SigningKey::from_env("SECRET_KEY")?)?;
    println!("listening on http://127.0.0.1:8000, docs at http://127.0.0.1:8000/docs");
    portcullis::serve("127.0.0.1:8000", app).await?;
    Ok(())
}
