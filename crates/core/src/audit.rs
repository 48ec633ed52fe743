//! The trail: who did what, when, from where and by which client, in rows that nobody can alter unseen.
//!
//! Each row has a code that only a server with the secret can make, and is written in the step of the act it tells of.
//! Once a second the rows since the last time are bound by a signed seal, which binds the seal before it.

mod act;
mod anchor;
pub mod contract;
mod error;
mod event;
mod keys;
mod memory;
mod report;
mod reset;
mod row;
mod seal;
mod service;
mod store;
mod verify;

pub(crate) use act::Act;
pub use anchor::{Anchor, NoAnchor};
pub use error::AuditError;
pub use event::{AuditEvent, AuditKind, DETAIL_MAX_BYTES};
pub use memory::MemoryAudit;
pub use report::{AuditReport, Finding, Remark};
pub use row::{AuditRow, MAC_LEN, Position, StoredRow};
pub use seal::{Hash, Seal};
pub use service::{Audit, RefreshRows};
pub(crate) use store::ErasedAudit;
pub use store::{AuditFilter, AuditStore, Head, actor_of};
