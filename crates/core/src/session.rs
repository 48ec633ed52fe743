//! Sessions: what lasts from a login to a logout, and the refresh tokens that keep it alive.

pub mod contract;
mod memory;
mod record;
mod settings;
mod store;

pub use memory::MemorySessions;
pub use record::{Activity, Ahead, Digest, EndReason, Ended, Family, FamilyKey, Rotation, Session};
pub use settings::{LateRetry, SessionSettings};
pub use store::{Ending, SessionStore};
