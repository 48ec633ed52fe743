//! Clients: programs that ask for tokens in a name of their own or for users (RFC 6749 §2).

pub mod contract;
mod memory;
mod proof;
mod record;
mod store;

pub use memory::MemoryClients;
pub use proof::{ClientProof, ProofMethod};
pub use record::{Client, ClientSecret, GrantType};
pub use store::{ClientChange, ClientStore};
