//! The commands, run as a user would run them.
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

mod adopt;
mod api_key;
mod audit;
mod backup;
mod client;
mod cut_over;
mod explain;
mod exports;
mod general;
mod init;
mod key;
mod keycloak;
mod passwords;
mod policy;
mod serve;
mod sources;
mod token;
mod trail;
mod transfer;
mod user;
mod walk;
mod wordpress;
mod wrap;
