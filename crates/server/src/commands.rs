//! The commands, one file each.

pub(crate) mod adopt;
pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod client;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod hash;
pub(crate) mod health;
pub(crate) mod init;
pub(crate) mod key;
pub(crate) mod migrate;
pub(crate) mod mover;
pub(crate) mod openapi;
pub(crate) mod restore;
pub(crate) mod serve;
pub(crate) mod service;
pub(crate) mod session;
pub(crate) mod test_server;
pub(crate) mod token;
pub(crate) mod user;
