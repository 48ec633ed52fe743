//! Links to a PostgreSQL server: what tables of ours and those of other applications have in common there.

mod lane;
mod link;
mod server;
mod shared;
mod tls;

pub(crate) use lane::{Held, Lane};
pub(crate) use link::{Fault, Link};
pub(crate) use server::{Server, UnfitUrl};
pub(crate) use shared::{Shared, Why};
