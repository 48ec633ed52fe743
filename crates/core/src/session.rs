//! Sessions: what lasts from a login to a logout, and the refresh tokens that keep it alive.

mod activity;
pub mod contract;
mod cookie;
mod erased;
mod error;
mod event;
mod flight;
mod memory;
mod record;
mod refresh;
mod request;
mod secrets;
mod service;
mod settings;
mod store;
mod text;
mod told;

pub(crate) use cookie::CookieToken;
pub(crate) use erased::ErasedSessions;
pub use error::{RefreshError, RefreshRefusal, SessionError};
pub use memory::MemorySessions;
pub use record::{Activity, Ahead, Digest, EndReason, Ended, Family, FamilyKey, Rotation, Session};
pub(crate) use record::{millis, to_the_minute};
pub use request::{Begun, Inspected, NewSession, Presented, RefreshRevocation, Refreshed, Standing};
pub use secrets::{RefreshSecrets, RefreshSecretsError};
pub use service::Sessions;
pub(crate) use service::{Apply, SessionParts};
pub use settings::{LateRetry, SessionSettings};
pub use store::{Ending, SessionStore};
pub use text::{REFRESH_TOKEN_LEN, is_refresh_token};
