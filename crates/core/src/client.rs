//! Clients: programs that ask for tokens in a name of their own or for users (RFC 6749 §2).

mod assertion;
mod authenticate;
pub mod contract;
mod error;
mod imaginary;
mod keys;
mod memory;
mod proof;
mod proven;
mod record;
mod rules;
mod secret;
mod service;
mod store;
mod told;
mod words;

pub use assertion::ASSERTION_LIFETIME;
pub use error::{ClientAuthError, ClientError};
pub use memory::MemoryClients;
pub use proof::{ClientProof, ProofMethod};
pub use record::{Client, ClientSecret, GrantType};
pub use rules::{AUDIENCE_MAX, CLIENT_ID_MAX, CLIENT_KEYS_MAX, ClientRule, NewClient};
pub use secret::SECRETS_MAX;
pub use service::{CLIENTS_PAGE_MAX, Clients};
pub(crate) use store::ErasedClients;
pub use store::{ClientChange, ClientStore};
pub use words::{AddedClient, ClientPage};
