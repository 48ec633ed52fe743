//! Guessing is slowed, and nobody can lock an owner out.
//!
//! What is counted are *distinct wrong passwords* of an account, and all attempts of a network. Before a password is hashed
//! its place in the budgets is taken, so that the limit holds for a hundred attempts at once in several processes; a right
//! one gives it back. Who logged in before, on a device or from a network, has budgets of their own: strangers can close an
//! account to strangers alone. A name that nobody has goes the same way.

mod budgets;
mod closed;
pub mod contract;
mod device;
mod erased;
mod error;
mod event;
mod flights;
mod keys;
mod known;
mod memory;
mod networks;
mod prefix;
mod refusal;
mod service;
mod sprayed;
mod state;
mod step;
mod store;
mod today;

pub use device::DEVICE_TOKEN_LEN;
pub(crate) use erased::ErasedThrottle;
pub(crate) use error::ThrottleError;
pub use memory::MemoryThrottle;
pub use refusal::{Limit, Throttled};
pub(crate) use service::{Entered, Reserved, ThrottleParts};
pub use service::{ROWS_AT_MOST, Throttle};
pub use state::STATE_MAX;
pub use store::{AccountKey, AccountSeen, Dispensable, KnownNetwork, SideKey, SideState, ThrottleStore};
