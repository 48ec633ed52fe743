//! OAuth2 password login and JWT bearer tokens for axum: the handler's signature is the guard and the documentation.
//!
//! ```no_run
//! use portcullis::core::MemoryUsers;
//! use portcullis::prelude::*;
//!
//! async fn read_users_me(user: ActiveUser) -> Json<Profile> {
//!     Json(user.profile())
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), portcullis::Error> {
//!     let hash = Passwords::recommended().hash(&Password::from("secret"))?;
//!     let users = MemoryUsers::from_iter([Account::new("johndoe").with_password_hash(hash)]);
//!     let auth = Auth::builder(SigningKey::from_env("SECRET_KEY")?, users).build()?;
//!     let app = auth.mount(ApiRouter::new().api_route("/users/me/", get(read_users_me)));
//!     portcullis::serve("127.0.0.1:8000", app).await?;
//!     Ok(())
//! }
//! ```
//!
//! That is all of it: `POST /token`, the guard, its refusals, and the documentation at `/docs`, with a lock. From here:
//!
//! | for | see |
//! |---|---|
//! | who calls: users, scopes, tokens about things | [`ActiveUser`], [`Scoped`], [`Authenticated`], [`Permit`], [`ClientToken`] |
//! | other credentials: keys, Basic, either of two, the query | [`schemes`] |
//! | routes, guards of groups, layers | [`ApiRouter`], [`ApiMethod`] |
//! | bodies, queries, paths, validated by their schema | [`Json`], [`Query`], [`Path`] |
//! | what a type says in the document | [`openapi`] |
//! | answers, documentation, CORS, prefixes, errors | [`Front`], [`Answers`] |
//! | users, logins, sessions, clients, API keys | [`core`] |
//! | the server: limits, its end, proxies | [`Server`], [`Limits`], [`Ending`] |
//! | everything that a first application names | [`prelude`] |
//!
//! Pages: [testing](guide::testing), [streams](guide::streams), [layers and errors](guide::layers_and_errors),
//! [tables of your own](guide::own_tables). The repository has a README with a line for each step from here, and programs of a hundred
//! lines in `examples/`.
#![cfg_attr(
    not(feature = "sqlite"),
    allow(rustdoc::broken_intra_doc_links, reason = "pages speak of SQLite")
)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod accounts_api;
mod allowed;
mod answered;
mod answers;
mod asked;
mod attempt;
mod authorization;
mod basic;
mod bearer;
mod body;
mod browser;
mod by;
mod challenge;
mod client_token;
mod clients_api;
mod cookie_header;
mod cors;
mod credentials;
mod cross_site;
mod csrf;
mod detail;
mod device;
mod docs_ui;
mod error;
mod error_bodies;
mod etag;
mod extract;
mod form;
#[cfg(doc)]
pub mod guide;
mod hidden_field;
mod input;
mod keys_api;
mod matched;
mod mount;
mod oauth;
pub mod openapi;
mod ours;
mod peer;
mod personal;
mod profile;
mod refusal;
mod render;
#[cfg(feature = "resource-server")]
mod resource_server;
mod router;
pub mod schemes;
mod serve;
mod session_cookie;
mod sessions_api;
mod site;
mod statuses;
mod well_known;

pub use accounts_api::{UserDetails, UserPage, UsersRead, UsersWrite, accounts_api};
pub use allowed::{Allowed, Guarded, ObjectRefusal};
pub use answers::{Answer, Answers, Challenge, OAuthAnswers};
pub use challenge::WwwAuthenticate;
pub use client_token::ClientToken;
pub use clients_api::{ClientsRead, ClientsWrite, clients_api};
pub use cors::{Cors, CorsError};
pub use csrf::Csrf;
pub use detail::{FieldError, Loc, ValidationErrors};
pub use device::DEVICE_HEADER;
pub use docs_ui::Docs;
pub use error::Error;
pub use error_bodies::ErrorAnswer;
pub use extract::{ActiveUser, Authenticated, CurrentUser, Permit, Scoped};
pub use form::{FormError, FormLimits, LoginForm, StrictLoginForm};
pub use input::{Form, InputRefusal, Json, JsonLimit, Path, Query};
pub use keys_api::{ApiKeyDetails, ApiKeyWithText, keys_api, user_keys_api};
pub use mount::{Front, Mount};
pub use peer::{ForwardedHeader, Network, NetworkError, TrustedProxies};
pub use portcullis_core as core;
pub use portcullis_core::{AccessTokenType, TokenFacts};
#[cfg(feature = "foreign")]
pub use portcullis_sql::foreign;
#[cfg(feature = "sqlite")]
pub use portcullis_sql::rusqlite;
#[cfg(feature = "postgres")]
pub use portcullis_sql::{
    Monotonic, PostgresClock, PostgresLease, PostgresLevel, PostgresNode, PostgresNodes, PostgresOptions, Replication,
};
#[cfg(feature = "postgres")]
pub use portcullis_sql::{
    PostgresApiKeys, PostgresAudit, PostgresClients, PostgresDatabase, PostgresError, PostgresKeys, PostgresSecrets,
    PostgresSessions, PostgresStandby, PostgresSurvey, PostgresThrottle, PostgresUsers,
};
pub use profile::Profile;
pub use refusal::{OAuthRefusal, Refusal};
#[cfg(feature = "resource-server")]
pub use resource_server::{CheckTokens, FetchError, FollowingClient, FromIssuer, IssuerKeys, IssuerStatus};
pub use router::{
    ApiMethod, ApiRouter, MethodsOf, RootPath, RouteEntry, RouteLayer, RouteTable, StateFor, delete, get, head,
    options, patch, post, put,
};
pub use schemars;
pub use serve::{Ending, Exchange, Limits, Observe, ServeError, Server, UntilEnding, end_signal, serve};
pub use sessions_api::{sessions_api, user_sessions_api};
pub use site::Site;
pub use well_known::well_known;

#[doc(hidden)]
pub use basic::parse_basic;
#[doc(hidden)]
pub use bearer::parse_bearer;
#[doc(hidden)]
pub use cors::{Crossed, Crossing};
#[doc(hidden)]
pub use form::{parse_form, parse_strict_form};
#[doc(hidden)]
pub use router::{Telling, Told};

/// What a first application names: `use portcullis::prelude::*;`.
///
/// `Path` is the extractor here; where `std::path::Path` is imported by name, that one is meant.
pub mod prelude {
    pub use axum::extract::{FromRef, State};
    pub use portcullis_core::jose::SigningKey;
    pub use portcullis_core::{
        Account, AccountStore, Auth, Cookies, Declared, HashString, MemoryApiKeys, MemoryClients, MemorySessions,
        MemoryThrottle, MemoryUsers, Password, Passwords, Role, ScopeSet, Scopes, StoreError, User, UserId, UserStore,
        entities, roles, scopes,
    };

    #[cfg(feature = "sqlite")]
    pub use portcullis_sql::{
        Database, SqliteApiKeys, SqliteClients, SqliteKeys, SqliteSessions, SqliteThrottle, SqliteUsers,
    };

    pub use crate::allowed::{Allowed, Guarded};
    pub use crate::answers::Answers;
    pub use crate::client_token::ClientToken;
    pub use crate::csrf::Csrf;
    pub use crate::extract::{ActiveUser, Authenticated, CurrentUser, Permit, Scoped};
    pub use crate::input::{Form, Json, Path, Query};
    pub use crate::keys_api::keys_api;
    pub use crate::mount::{Front, Mount};
    pub use crate::openapi::{Created, Undescribed};
    pub use crate::profile::Profile;
    pub use crate::refusal::Refusal;
    #[cfg(feature = "resource-server")]
    pub use crate::resource_server::CheckTokens;
    pub use crate::router::{ApiRouter, delete, get, patch, post, put};
    pub use crate::schemes::{AnyOf, BasicCredentials, BearerToken, RawApiKey, RawToken, Security};
    pub use crate::sessions_api::sessions_api;
    /// The derive of schemas, and the crate that what it writes names.
    pub use schemars::{self, JsonSchema};
}

/// The README's program, compiled.
#[cfg(all(doctest, feature = "sqlite"))]
#[doc = include_str!("../README.md")]
struct Readme;
