//! API keys: what a user, or a machine that has an account, shows in place of a token, for as long as they like.

pub mod contract;
mod digests;
mod error;
mod memory;
mod record;
mod rules;
mod service;
mod store;
mod text;
mod uses;

pub use error::{ApiKeyError, ApiKeyRefusal};
pub use memory::MemoryApiKeys;
pub use record::ApiKeyRecord;
pub use rules::{API_KEY_LIFETIME_MAX, API_KEY_NAME_MAX, API_KEYS_AN_HOUR, API_KEYS_MAX, ApiKeyRule, NewApiKey};
pub(crate) use service::ApiKeyParts;
pub use service::{AddedApiKey, ApiKeys};
pub(crate) use store::ErasedApiKeys;
pub use store::{ApiKeyRoom, ApiKeyStore};
pub(crate) use text::is_meant;
pub use text::{API_KEY_LEN, id_of_api_key, is_api_key};
