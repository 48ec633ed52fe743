//! What ends tokens before their time, and how everybody who checks tokens learns of it.

mod entry;
mod store;

pub use entry::{Entry, Occasion, Revoked, Subject16};
pub use store::{Batch, Cursor, RevocationStore};
