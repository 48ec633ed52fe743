//! OAuth2 password login and JWT bearer tokens for axum: the handler's signature is the guard and the documentation.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod accounts_api;
mod allowed;
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
mod hidden_field;
mod input;
mod keys_api;
mod matched;
mod mount;
mod oauth;
pub mod openapi;
mod ours;
mod peer;
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
pub use input::{InputRefusal, Json, JsonLimit, Path, Query};
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
pub use portcullis_sql::{PostgresDatabase, PostgresError, PostgresUsers};
pub use profile::Profile;
pub use refusal::{OAuthRefusal, Refusal};
#[cfg(feature = "resource-server")]
pub use resource_server::{CheckTokens, FetchError, FollowingClient, FromIssuer, IssuerKeys, IssuerStatus};
pub use router::{
    ApiMethod, ApiRouter, RootPath, RouteEntry, RouteLayer, RouteTable, delete, get, head, options, patch, post, put,
};
pub use schemars;
pub use serve::{Exchange, Limits, Observe, ServeError, Server, end_signal, serve};
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
    pub use crate::input::{Json, Path, Query};
    pub use crate::keys_api::keys_api;
    pub use crate::mount::{Front, Mount};
    pub use crate::openapi::Undescribed;
    pub use crate::profile::Profile;
    pub use crate::refusal::Refusal;
    #[cfg(feature = "resource-server")]
    pub use crate::resource_server::CheckTokens;
    pub use crate::router::{ApiRouter, delete, get, patch, post, put};
    pub use crate::schemes::{AnyOf, BasicCredentials, BearerToken, RawApiKey, RawToken, Security};
    pub use crate::sessions_api::sessions_api;
}

/// The README's program, compiled.
#[cfg(all(doctest, feature = "sqlite"))]
#[doc = include_str!("../README.md")]
struct Readme;
