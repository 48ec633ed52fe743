//! Scopes: what each guard asks for, on its own and within another.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use portcullis::core::Scopes;
use portcullis::openapi::{Describe, Operation, SecurityScheme};
use portcullis::prelude::*;
use portcullis::schemes::{BearerToken, RawToken, Security};
use serde_json::{Value, json};

use super::authorization::pair;
use super::{Application, at, mount};

portcullis::core::scopes! {
    /// Read yourself.
    Me = "me";
    /// Read items.
    Items = "items";
    /// Do anything.
    Admin = "admin";
    /// Declared nowhere.
    Secret = "secret";
    /// Of a scheme that has none.
    Role = "role";
    /// Read access
    Read = "read";
    /// Write access
    Write = "write";
    /// The first.
    Scope1 = "scope1";
    /// The second.
    Scope2 = "scope2";
    /// The third.
    Scope3 = "scope3";
    /// Foo.
    Foo = "foo";
    /// Bar.
    Bar = "bar";
}

portcullis::token_scheme! {
    Login = SecurityScheme::password_bearer("token").scopes::<(Me, Items, Admin)>();
    Code = SecurityScheme::code_bearer("authorize", "token").scopes::<(Read, Write)>();
    SimpleCode = SecurityScheme::code_bearer("api/oauth/authorize", "/api/oauth/token").scopes::<(Read, Write)>();
}

/// The names of scopes, each once.
fn names<Q: Scopes>() -> Vec<&'static str> {
    let mut names = Vec::new();
    for declared in Q::LIST {
        if !names.contains(&declared.name) {
            names.push(declared.name);
        }
    }
    names
}

const TOKENS: [(&str, &str, &[&str]); 5] = [
    ("none-token", "nina", &[]),
    ("me-token", "mia", &["me"]),
    ("items-token", "ian", &["items"]),
    ("both-token", "bea", &["me", "items"]),
    ("admin-token", "adam", &["me", "items", "admin"]),
];

/// Whoever holds a token with the scopes `Q`.
struct Holder<Q> {
    user: &'static str,
    scopes: PhantomData<fn() -> Q>,
}

impl<S: Send + Sync, Q: Scopes> FromRequestParts<S> for Holder<Q> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let token = Security::<RawToken<Login>, Q>::from_request_parts(parts, state).await?;
        let scope: ScopeSet = names::<Q>().into_iter().collect();
        let Some((_, user, scopes)) = TOKENS.iter().find(|(known, ..)| known == &&**token) else {
            return Err(Refusal::BadToken { scope });
        };
        if names::<Q>().iter().any(|name| !scopes.contains(name)) {
            return Err(Refusal::MissingScope { scope });
        }
        Ok(Self {
            user,
            scopes: PhantomData,
        })
    }
}

impl<Q: Scopes> Describe for Holder<Q> {
    fn describe(operation: &mut Operation) {
        Security::<RawToken<Login>, Q>::describe(operation);
    }
}

async fn read<Q: Scopes>(holder: Holder<Q>) -> Json<Value> {
    let scopes = names::<Q>();
    Json(json!({ "user": holder.user, "scopes": scopes, "scope_str": scopes.join(" ") }))
}

async fn read_aside(_: Holder<Items>) -> Json<Value> {
    Json(json!({ "message": "aside" }))
}

async fn read_admin(_: Holder<Admin>, holder: Holder<(Items, Me)>) -> Json<Value> {
    read(holder).await
}

async fn read_siblings(_: Holder<Me>, _: Holder<Items>) -> Json<Value> {
    Json(json!({ "a": names::<Me>(), "b": names::<Items>() }))
}

async fn read_bearer(given: Security<BearerToken, Role>) -> Json<Value> {
    Json(pair(&given))
}

fn security_scopes(mut answers: Answers) -> axum::Router {
    answers.missing_scope.status = axum::http::StatusCode::FORBIDDEN;
    let routes = ApiRouter::new()
        .api_route("/plain", get(read::<()>).name("read_plain").untyped())
        .api_route("/me", get(read::<Me>).name("read_me").untyped())
        .api_route("/undeclared", get(read::<Secret>).name("read_undeclared").untyped())
        .api_route("/twice", get(read::<(Me, Me)>).name("read_twice").untyped())
        .api_route("/items", get(read::<(Items, Me)>).name("read_items").untyped())
        .api_route(
            "/order",
            get(read::<(Items, Me, Me, Admin)>).name("read_order").untyped(),
        )
        .api_route("/aside", get(read_aside).untyped())
        .api_route("/admin/", get(read_admin).untyped())
        .api_route("/siblings", get(read_siblings).untyped())
        .api_route("/bearer", get(read_bearer).untyped());
    mount(answers, routes)
}

type CodeToken<Q> = Security<RawToken<Code>, Q>;

/// An application that is guarded as a whole, and a router in it that asks for more.
mod guarded {
    use super::*;

    async fn root() -> Json<Value> {
        Json(json!({ "message": "Hello World" }))
    }

    async fn message() -> Json<Value> {
        Json(json!({ "message": "Admin Access" }))
    }

    async fn items(token: RawToken<Code>) -> Json<Value> {
        Json(json!({ "token": *token }))
    }

    pub(super) fn app(answers: Answers) -> axum::Router {
        let scheme = get(message)
            .guard::<CodeToken<(Read, Write)>>()
            .name("read_with_oauth2_scheme");
        let token = get(message)
            .guard::<CodeToken<(Read, Write)>>()
            .name("read_with_get_token");
        let create = post(items).guard::<CodeToken<(Read, Write)>>().name("create_item");
        let router = ApiRouter::new()
            .api_route("/items/", get(items).name("read_items").untyped())
            .api_route("/items/", create.untyped());
        let routes = ApiRouter::new()
            .api_route("/", get(root).untyped())
            .api_route("/with-oauth2-scheme", scheme.untyped())
            .api_route("/with-get-token", token.untyped())
            .merge(router.guard::<CodeToken<Read>>());
        mount(answers, routes.guard::<RawToken<Code>>())
    }

    pub(super) fn simple(answers: Answers) -> axum::Router {
        let admin = get(message).guard::<Security<RawToken<SimpleCode>, (Read, Write)>>();
        at("/admin", answers, admin.name("read_admin"))
    }
}

/// What is made within a request, with its number: a session once, everything that looks at scopes once for each set of
/// them.
mod made {
    use super::*;

    /// How often each was made for this request.
    #[derive(Clone, Default)]
    struct Counts {
        sessions: u32,
        users: u32,
        users_me: u32,
    }

    /// Made once for a request, whoever asks.
    #[derive(Clone)]
    pub(super) struct Session(u32);

    impl<S: Send + Sync> FromRequestParts<S> for Session {
        type Rejection = Refusal;

        async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
            if let Some(session) = parts.extensions.get::<Self>() {
                return Ok(session.clone());
            }
            let counts = parts.extensions.get_or_insert_default::<Counts>();
            counts.sessions = counts.sessions.saturating_add(1);
            let session = Self(counts.sessions);
            parts.extensions.insert(session.clone());
            Ok(session)
        }
    }

    impl Describe for Session {
        fn describe(_: &mut Operation) {}
    }

    /// The user behind scopes.
    pub(super) struct UserMe<Q> {
        value: Value,
        scopes: PhantomData<fn() -> Q>,
    }

    impl<S: Send + Sync, Q: Scopes> FromRequestParts<S> for UserMe<Q> {
        type Rejection = Refusal;

        async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
            let Session(session) = Session::from_request_parts(parts, state).await?;
            let counts = parts.extensions.get_or_insert_default::<Counts>();
            counts.users = counts.users.saturating_add(1);
            counts.users_me = counts.users_me.saturating_add(1);
            let user = json!({
                "user": format!("user_{}", counts.users), "scopes": names::<Q>(),
                "db_session": format!("db_session_{session}")
            });
            Ok(Self {
                value: json!({ "user_me": format!("user_me_{}", counts.users_me), "current_user": user }),
                scopes: PhantomData,
            })
        }
    }

    impl<Q> Describe for UserMe<Q> {
        fn describe(_: &mut Operation) {}
    }

    /// It asks for a session, as the route does.
    pub(super) struct AlsoInSession;

    impl<S: Send + Sync> FromRequestParts<S> for AlsoInSession {
        type Rejection = Refusal;

        async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
            Session::from_request_parts(parts, state).await.map(|_| Self)
        }
    }

    impl Describe for AlsoInSession {
        fn describe(_: &mut Operation) {}
    }

    pub(super) async fn endpoint(_: AlsoInSession, Session(number): Session) -> Json<Value> {
        Json(json!({ "db": format!("db_{number}") }))
    }

    pub(super) async fn path_operation(me: UserMe<Me>, items: UserMe<(Items, Me)>) -> Json<Value> {
        Json(json!({
            "user_me": me.value, "user_items": { "user_items": "user_items_1", "user_me": items.value }
        }))
    }
}

async fn get_scopes() -> Json<Value> {
    Json(json!({ "dep1": names::<(Scope3, Scope1)>(), "dep2": names::<(Scope3, Scope2)>() }))
}

async fn read_user() -> Json<Value> {
    Json(json!({ "user": "john", "scopes": names::<(Foo, Bar)>(), "data": [1, 2, 3] }))
}

pub const APPLICATIONS: &[Application] = &[
    ("security-scopes", security_scopes),
    ("oauth2-authorization-code-bearer-scopes-openapi", guarded::app),
    (
        "oauth2-authorization-code-bearer-scopes-openapi-simple",
        guarded::simple,
    ),
    ("scopes", |answers| at("/", answers, get(made::endpoint))),
    ("scopes-dont-propagate", |answers| {
        at("/scopes", answers, get(get_scopes))
    }),
    ("scopes-sub-dependency", |answers| {
        at("/", answers, get(made::path_operation))
    }),
    ("security-overrides", |answers| at("/user", answers, get(read_user))),
];
