//! Signing keys with a life: made, published, used, retired, each at its time, by however many processes share a store.
//!
//! A key's states follow from the records and the time alone ([`timeline`]), so that several servers and the command
//! line agree without talking to each other. What a record holds only ever changes in one direction: it may begin
//! earlier, end, or sign for longer-lived tokens.

pub mod contract;
mod error;
mod master;
mod memory;
mod record;
mod schedule;
mod service;
mod store;

pub use error::{KeysError, MasterKeyError};
pub use master::MasterKey;
pub use memory::MemoryKeys;
pub use record::{KeyRecord, KeyState, KeyStatus, timeline};
pub use schedule::KeySchedule;
pub use service::SigningKeys;
pub use store::{KeyChange, KeyStore};
