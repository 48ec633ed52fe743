//! What ends tokens before their time, and how everybody who checks tokens learns of it.

pub mod contract;
mod entry;
mod memory;
mod store;

pub use entry::{Entry, Occasion, Revoked, Subject16};
pub(crate) use memory::MemoryEntries;
pub use store::{Batch, Cursor, RevocationStore};
