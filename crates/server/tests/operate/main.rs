//! What an operator meets: proxies in front, and the programs that watch a server. `scripts/peers` installs those of others;
//! without them this says so and leaves them out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code: a failure is a panic"
)]

#[path = "../support/cli.rs"]
mod support;

mod doctor;
mod image;
mod log;
mod metrics;
mod page;
mod programs;
mod proxies;
mod service;
