//! Who is who: users, scopes, login and access tokens, without HTTP and without SQL.
//!
//! [`Auth`] answers the two questions an application asks: [`Auth::log_in`] (credentials → token) and
//! [`Auth::authenticate`] (token → user). The user model and the store stay the application's choice: [`User`] and
//! [`UserStore`] are the joint.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod account;
mod api_key;
mod attempt;
mod audit;
mod auth;
mod auth_error;
mod breached;
mod builder;
mod cause;
mod client;
mod clock;
mod condition;
mod cookies;
mod counts;
mod date;
mod decoy;
mod detached;
mod durations;
mod entity;
mod facts;
mod flights;
mod foreign;
mod grant;
mod hashing;
mod issue_error;
mod keeper;
mod keyed;
mod keys;
mod lately;
mod memory;
mod origin;
mod principal;
mod record_id;
mod resource;
mod revocation;
mod role;
mod scope;
mod secret_text;
mod secrets;
mod seen;
mod session;
mod signing_keys;
mod store;
mod subject;
mod throttle;
mod token;
mod token_kind;
mod token_setters;
mod trouble;
mod user;
mod users;

pub mod accounts;
pub mod contract;

pub use account::{Account, AccountChange, Comparison, Login, LoginKind};
pub use accounts::{AccountError, Accounts, NewAccount};
pub use api_key::{
    API_KEY_LEN, API_KEY_LIFETIME_MAX, API_KEY_NAME_MAX, API_KEYS_AN_HOUR, API_KEYS_MAX, AddedApiKey, ApiKeyError,
    ApiKeyRecord, ApiKeyRefusal, ApiKeyRoom, ApiKeyRule, ApiKeyStore, ApiKeys, MemoryApiKeys, NewApiKey, id_of_api_key,
    is_api_key,
};
pub use attempt::{AGENT_MAX_BYTES, Attempt, DeviceToken};
pub use audit::{
    Anchor, Audit, AuditError, AuditEvent, AuditFilter, AuditKind, AuditReport, AuditRow, AuditStore, DETAIL_MAX_BYTES,
    Finding, Hash, Head, MAC_LEN, MemoryAudit, NoAnchor, Position, RefreshRows, Remark, Seal, StoredRow, actor_of,
};
pub use auth::{Auth, CookieGranted, Introspection, REMEMBER_PASSWORD};
pub use auth_error::{AuthError, CookieRefusal};
pub use breached::{BreachedBuilder, BreachedError, BreachedPasswords, LineError, ListError};
pub use builder::{AuthBuilder, BuildError};
pub use cause::Cause;
pub use client::{
    ASSERTION_LIFETIME, AUDIENCE_MAX, AddedClient, CLIENT_ID_MAX, CLIENT_KEYS_MAX, CLIENTS_PAGE_MAX, Client,
    ClientAuthError, ClientChange, ClientError, ClientPage, ClientProof, ClientRule, ClientSecret, ClientStore,
    Clients, GrantType, MemoryClients, NewClient, ProofMethod, SECRETS_MAX,
};
pub use clock::{Clock, ManualClock, SystemClock};
pub use condition::{ADMINISTRATOR, Condition, Revision, Unmet};
pub use cookies::{Cookies, CookiesError, SessionCookie};
pub use counts::{Counters, Counts};
pub use date::rfc3339;
pub use durations::{Durations, DurationsBy};
pub use entity::EntityKind;
pub use facts::TokenFacts;
pub use flights::{Doors, Flights};
pub use grant::client_credentials::ClientGrantError;
pub use grant::password::{Credentials, LoginError};
pub use grant::refresh_token::RefreshGrantError;
pub use hashing::{GateError, GateMetrics, GateSettings, HashingGate, Place};
pub use issue_error::IssueError;
pub use keys::{KeyRing, KeySource, Keys, Refreshing};
pub use memory::MemoryUsers;
pub use origin::canonical_origin;
pub use principal::{ClientPrincipal, Granted, Principal};
pub use record_id::{ApiKeyId, FamilyId, ID_LEN, NotAnId, SessionId};
pub use resource::{FromToken, ResourceServer};
pub use revocation::{
    Batch, Cursor, Entry, FeedError, Freshness, Learnt, MAX_FEED_LEN, Occasion, Page, PageError, REVOCATIONS_TYP,
    RevocationStore, Revocations, Revoked, StaleFeed, Subject16, WAIT_AT_MOST, WHOLE_FOR, read_page,
};
pub use role::{DeclaredRole, Role, RoleError, Roles};
pub use scope::{Declared, Scope, ScopeError, ScopeSet, Scopes, is_scope_token, trim_sentence};
pub use secrets::{MemorySecrets, SECRET_LEN, SecretNumber, SecretRecord, SecretStore, Secrets, SecretsError};
pub use seen::{REMEMBER, REMEMBER_AT_MOST};
pub use session::{
    Activity, Ahead, Begun, Digest, EndReason, Ended, Ending, Family, FamilyKey, Inspected, LateRetry, MemorySessions,
    NewSession, Presented, REFRESH_TOKEN_LEN, RefreshError, RefreshRefusal, RefreshRevocation, RefreshSecrets,
    RefreshSecretsError, Refreshed, Rotation, Session, SessionError, SessionSettings, SessionStore, Sessions, Standing,
    is_refresh_token,
};
pub use signing_keys::{
    KeyChange, KeyRecord, KeySchedule, KeyState, KeyStatus, KeyStore, KeysError, MasterKey, MasterKeyError, MemoryKeys,
    SigningKeys, timeline,
};
pub use store::{AccountStore, StoreError, StoredCredentials, UserStore};
pub use subject::{Kind, Subject, SubjectError};
pub use throttle::{
    AccountKey, AccountSeen, DEVICE_TOKEN_LEN, Dispensable, KnownNetwork, Limit, MemoryThrottle, ROWS_AT_MOST,
    STATE_MAX, SideKey, SideState, Throttle, ThrottleStore, Throttled,
};
pub use token_kind::{ACCESS_TOKEN_LIFETIME, AccessTokenType};
pub use user::{User, UserId, epoch_of};

pub use api_key::contract as api_key_contract;
pub use audit::contract as audit_contract;
pub use client::contract as client_contract;
pub use revocation::contract as revocation_contract;
pub use secrets::contract as secret_contract;
pub use session::contract as session_contract;
pub use signing_keys::contract as key_contract;
pub use throttle::contract as throttle_contract;

pub use portcullis_jose as jose;
pub use portcullis_password as password;
pub use portcullis_password::{HashString, Password, PasswordRules, Passwords, Unusable};

/// The README's program, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
