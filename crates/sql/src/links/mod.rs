//! Links to a PostgreSQL server: what tables of ours and those of other applications have in common there.

mod answer;
mod backoff;
mod connector;
mod hosts;
mod lane;
mod link;
mod pooler;
mod role;
mod server;
mod shared;
mod tls;
mod url;
mod way;

pub(crate) use connector::Connector;
pub(crate) use hosts::PATIENCE;
pub(crate) use lane::{Held, Lane};
pub(crate) use link::{Fault, Link};
pub(crate) use role::{WHICH, which};
pub(crate) use server::{Patience, Server, UnfitUrl};
pub(crate) use shared::{Shared, Why};
