//! What ends tokens before their time, and how everybody who checks tokens learns of it.

pub mod contract;
mod entry;
mod erased;
mod feed;
mod freshness;
mod ledger;
mod log;
mod memory;
mod page;
mod reader;
mod signed;
mod store;
mod table;

pub use entry::{Entry, Occasion, Revoked, Subject16};
pub(crate) use erased::ErasedRevocations;
pub use feed::Revocations;
pub(crate) use freshness::Unhurried;
pub use freshness::{Freshness, StaleFeed, WHOLE_FOR};
pub use ledger::Learnt;
pub(crate) use ledger::Marks;
pub(crate) use memory::MemoryEntries;
pub(crate) use page::Shared;
pub use page::{Page, PageError, WAIT_AT_MOST};
pub(crate) use signed::sign;
pub use signed::{FeedError, MAX_FEED_LEN, REVOCATIONS_TYP, read_page};
pub use store::{Batch, Cursor, RevocationStore};

#[cfg(test)]
mod tests;
