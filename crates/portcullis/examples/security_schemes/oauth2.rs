//! OAuth2 and OpenID Connect: tokens from where the document says.

use axum::response::Response;
use portcullis::openapi::{Flow, SecurityScheme};
use portcullis::prelude::*;
use portcullis::schemes::{RawAuthorization, RawToken, Security, TokenScheme};
use portcullis::{Answer, LoginForm, StrictLoginForm};
use serde_json::{Value, json};

use super::{Application, at, mount, told};

/// OAuth2 with a password flow and two scopes.
fn users() -> SecurityScheme {
    SecurityScheme::oauth2([Flow::password("token")])
        .scope("read:users", "Read the users")
        .scope("write:users", "Create users")
}

portcullis::token_scheme! {
    Users = users();
    DescribedUsers = users().described("OAuth2 security scheme");
    EveryFlow = SecurityScheme::oauth2([
        Flow::implicit("https://login.example.com/authorize").scope("read", "Read."),
        Flow::password("token").refresh_url("token/refresh"),
        Flow::client_credentials("/token").scope("admin", "Do anything."),
        Flow::authorization_code("authorize", "token").refresh_url("refresh").scope("read", "Read.").scope("write", "Write."),
    ]).named("everyFlow").described("Every flow there is.");
    NoFlow = SecurityScheme::oauth2([]).named("noFlow");
    Password = SecurityScheme::password_bearer("token");
    AbsolutePassword = SecurityScheme::password_bearer("/token");
    DescribedPassword = SecurityScheme::password_bearer("/token").described("OAuth2PasswordBearer security scheme");
    FullPassword = SecurityScheme::password_bearer("https://login.example.com/token")
        .refresh_url("https://login.example.com/refresh")
        .scope("me", "Read yourself.").scope("items", "Read items.")
        .named("login").described("Log in with a password.");
    Code = SecurityScheme::code_bearer("authorize", "token");
    DescribedCode = SecurityScheme::code_bearer("authorize", "token").described("OAuth2 Code Bearer");
    FullCode = SecurityScheme::code_bearer("https://login.example.com/authorize", "https://login.example.com/token")
        .refresh_url("https://login.example.com/refresh").scope("read", "Read.")
        .named("code").described("Log in elsewhere.");
    Oidc = SecurityScheme::openid_connect("/openid");
    DescribedOidc = SecurityScheme::openid_connect("/openid").described("OpenIdConnect security scheme");
    NamedOidc = SecurityScheme::openid_connect("https://login.example.com/.well-known/openid-configuration").named("oidc");
}

portcullis::core::scopes! {
    /// Read.
    Read = "read";
    /// Write.
    Write = "write";
    /// Log in.
    OpenId = "openid";
    /// Know the address.
    Email = "email";
}

async fn whole<D: TokenScheme>(header: RawAuthorization<D>) -> Json<Value> {
    Json(json!({ "username": *header }))
}

async fn optional_whole<D: TokenScheme>(header: Option<RawAuthorization<D>>) -> Response {
    told(header.map(|header| json!({ "username": *header })))
}

async fn asked<D: TokenScheme, Q: portcullis::core::Scopes>(header: Security<RawAuthorization<D>, Q>) -> Json<Value> {
    Json(json!({ "username": **header }))
}

async fn token<D: TokenScheme>(token: RawToken<D>) -> Json<Value> {
    Json(json!({ "token": *token }))
}

async fn optional_token<D: TokenScheme>(token: Option<RawToken<D>>) -> Response {
    told(token.map(|token| json!({ "token": *token })))
}

/// What the form of a login holds.
fn form(form: &LoginForm) -> Json<Value> {
    let scopes: Vec<&str> = form.scopes().collect();
    Json(json!({
        "grant_type": form.grant_type, "username": form.username, "password": *form.password, "scopes": scopes,
        "client_id": form.client_id, "client_secret": form.client_secret.as_deref()
    }))
}

async fn login(sent: LoginForm) -> Result<Json<Value>, Refusal> {
    Ok(form(&sent.unambiguous()?))
}

async fn strict_login(sent: StrictLoginForm) -> Json<Value> {
    form(&sent)
}

async fn current_user(token: RawToken<Password>) -> Json<Value> {
    Json(json!({
        "username": format!("{}fakedecoded", &*token), "email": "john@example.com", "full_name": "John Doe", "disabled": null
    }))
}

/// An application with the strict form at `/login`.
fn with_form(answers: Answers, method: portcullis::ApiMethod) -> axum::Router {
    let routes = ApiRouter::new()
        .api_route("/users/me", method.untyped())
        .api_route("/login", post(strict_login).name("login").untyped());
    mount(answers, routes)
}

/// One application: what it is called, and what answers where.
macro_rules! one {
    ($name:literal, $path:literal, $handler:expr, $called:literal) => {
        ($name, |answers| at($path, answers, get($handler).name($called)))
    };
    ($name:literal, $handler:expr) => {
        one!($name, "/items/", $handler, "read_items")
    };
}

pub const APPLICATIONS: &[Application] = &[
    ("oauth2", |answers| {
        with_form(answers, get(whole::<Users>).name("read_current_user"))
    }),
    ("oauth2-optional", |answers| {
        with_form(answers, get(optional_whole::<Users>).name("read_users_me"))
    }),
    ("oauth2-optional-description", |answers| {
        with_form(answers, get(optional_whole::<DescribedUsers>).name("read_users_me"))
    }),
    ("oauth2-flows", |answers| {
        let asked = get(asked::<EveryFlow, (Read, Write)>).name("read_users_me").untyped();
        let routes = ApiRouter::new()
            .api_route("/users/me", asked)
            .api_route("/none", get(whole::<NoFlow>).name("read_none").untyped());
        mount(answers, routes)
    }),
    ("password-form", |answers| at("/login", answers, post(login))),
    one!("oauth2-password-bearer", token::<Password>),
    one!("oauth2-password-bearer-optional", optional_token::<AbsolutePassword>),
    one!(
        "oauth2-password-bearer-optional-description",
        optional_token::<DescribedPassword>
    ),
    one!("password-bearer-full", token::<FullPassword>),
    one!("oauth2-authorization-code-bearer", token::<Code>),
    one!("oauth2-authorization-code-bearer-description", token::<DescribedCode>),
    one!("code-bearer-full", optional_token::<FullCode>),
    one!("current-user", "/users/me", current_user, "read_users_me"),
    ("simple-oauth2", simple::app),
    one!("openid-connect", "/users/me", whole::<Oidc>, "read_current_user"),
    one!(
        "openid-connect-description",
        "/users/me",
        whole::<DescribedOidc>,
        "read_current_user"
    ),
    one!(
        "openid-connect-optional",
        "/users/me",
        optional_whole::<Oidc>,
        "read_current_user"
    ),
    one!(
        "openid-connect-scopes",
        "/users/me",
        asked::<NamedOidc, (OpenId, Email)>,
        "read_users_me"
    ),
];

/// A login whose token is the name.
mod simple {
    use super::*;

    struct User {
        username: &'static str,
        full_name: &'static str,
        email: &'static str,
        hashed_password: &'static str,
        disabled: bool,
    }

    const USERS: [User; 2] = [
        User {
            username: "johndoe",
            full_name: "John Doe",
            email: "johndoe@example.com",
            hashed_password: "fakehashedsecret",
            disabled: false,
        },
        User {
            username: "alice",
            full_name: "Alice Wonderson",
            email: "alice@example.com",
            hashed_password: "fakehashedsecret2",
            disabled: true,
        },
    ];

    fn find(name: &str) -> Option<&'static User> {
        USERS.iter().find(|user| user.username == name)
    }

    async fn login(sent: LoginForm) -> Result<Json<Value>, Refusal> {
        let sent = sent.unambiguous()?;
        let user = find(&sent.username).ok_or(Refusal::WrongLogin)?;
        if user.hashed_password != format!("fakehashed{}", &*sent.password) {
            return Err(Refusal::WrongLogin);
        }
        Ok(Json(json!({ "access_token": user.username, "token_type": "bearer" })))
    }

    fn active(token: &str) -> Result<&'static User, Refusal> {
        let user = find(token).ok_or(Refusal::NoToken)?;
        let scope = ScopeSet::empty();
        if user.disabled {
            Err(Refusal::Inactive { scope })
        } else {
            Ok(user)
        }
    }

    /// A stored record, without its hash.
    async fn read_users_me(token: RawToken<Password>) -> Result<Json<Value>, Refusal> {
        let user = active(&token)?;
        Ok(Json(json!({
            "username": user.username, "full_name": user.full_name, "email": user.email, "disabled": user.disabled
        })))
    }

    /// The same as it was recorded, with the hash.
    async fn whole_record(token: RawToken<Password>) -> Result<Json<Value>, Refusal> {
        let user = active(&token)?;
        Ok(Json(json!({
            "username": user.username, "full_name": user.full_name, "email": user.email, "disabled": user.disabled,
            "hashed_password": user.hashed_password
        })))
    }

    pub(super) fn app(mut answers: Answers) -> axum::Router {
        let me = match answers.document_as_fastapi {
            true => get(whole_record).name("read_users_me"),
            false => get(read_users_me),
        };
        answers.wrong_login = Answer {
            status: axum::http::StatusCode::BAD_REQUEST,
            challenge: portcullis::Challenge::None,
            ..answers.wrong_login
        };
        let routes = ApiRouter::new()
            .api_route("/token", post(login).untyped())
            .api_route("/users/me", me.untyped());
        mount(answers, routes)
    }
}
