//! The commands, one file each.

pub(crate) mod adopt;
pub(crate) mod demo;
pub(crate) mod hash;
pub(crate) mod init;
pub(crate) mod key;
pub(crate) mod openapi;
pub(crate) mod serve;
pub(crate) mod token;
pub(crate) mod user;

use std::future::Future;

use crate::cli::Command;
use crate::failure::{OrFail as _, Outcome};

/// Runs one command to its end.
pub(crate) fn run(command: Command) -> Outcome {
    match command {
        Command::Demo(demo) => on_threads(demo.run()),
        Command::Init(init) => on_one_thread(init.run()),
        Command::Serve(serve) => on_threads(serve.run()),
        Command::Adopt(adopt) => on_one_thread(adopt.run()),
        Command::User(user) => on_one_thread(user.run()),
        Command::Key(key) => on_one_thread(key.run()),
        Command::Token(token) => on_one_thread(token.run()),
        Command::Hash(hash) => on_one_thread(hash.run()),
        Command::Openapi(openapi) => on_one_thread(openapi.run()),
    }
}

fn on_threads(command: impl Future<Output = Outcome>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime
        .or_fail(
            "the threads cannot be started",
            "Check the limits of this user (ulimit -u).",
        )?
        .block_on(command)
}

fn on_one_thread(command: impl Future<Output = Outcome>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime
        .or_fail(
            "the command cannot be started",
            "Check the limits of this user (ulimit -u).",
        )?
        .block_on(command)
}
