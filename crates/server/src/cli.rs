//! The command line.

use std::future::Future;

use clap::{Parser, Subcommand};

use crate::commands::{
    adopt, audit, backup, client, demo, doctor, hash, health, init, key, migrate, mover, openapi, restore, serve,
    service, session, test_server, token, user,
};
use crate::failure::{OrFail as _, Outcome};

/// What `portcullis --help` teaches.
const EXAMPLES: &str = "\
First steps:
  portcullis demo                     The tutorial's application, ready to be tried
  portcullis init                     A data folder with a key and an administrator
  portcullis serve                    Serve it on http://127.0.0.1:8000 (see /docs)
  portcullis user add alice           Another user; the password is asked for
  portcullis backup FILE              A checked copy of the database, while it is served
  portcullis adopt URL                The users of a Django, Flask, Laravel … application, where they are
  portcullis test-server --json       Ready tokens for the tests of your program, in any language

Exit codes: 0 done, 1 failed, 2 not understood.";

/// OAuth2 password logins and JWT bearer tokens for HTTP APIs.
#[derive(Debug, Parser)]
#[command(name = "portcullis", version, after_help = EXAMPLES, arg_required_else_help = true)]
#[command(subcommand_required = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the tutorial's application with its demo users
    Demo(demo::Demo),
    /// Make a data folder: a signing key, the database and a first administrator
    Init(init::Init),
    /// Serve a data folder
    Serve(serve::Serve),
    /// Look at another application's users and use them where they are
    Adopt(adopt::Adopt),
    /// Add, list and change users
    User(user::User),
    /// Add, list and change clients: programs that ask for tokens
    Client(client::ClientCommand),
    /// List and end the sessions of users
    Session(session::SessionCommand),
    /// Make, list and change signing keys
    Key(key::KeyCommand),
    /// Show who did what, and whether anybody tampered with that
    Audit(audit::AuditCommand),
    /// Copy the database while it is in use, and check copies
    Backup(backup::Backup),
    /// Bring a copy of the database back
    Restore(restore::Restore),
    /// Move all of a deployment into another database
    Move(mover::Move),
    /// Bring the tables of a deployment up to date
    Migrate(migrate::Migrate),
    /// Issue tokens and look into them
    Token(token::Token),
    /// Look whether all is as it should be
    Doctor(doctor::Doctor),
    /// Ask this machine's server whether it is well
    Health(health::Health),
    /// Print a unit for systemd
    Service(service::Service),
    /// Serve made-up users and ready tokens for the tests of other programs
    TestServer(test_server::TestServer),
    /// Make, verify and identify password hashes
    Hash(hash::Hash),
    /// Print the OpenAPI document
    Openapi(openapi::OpenApi),
}

impl Command {
    /// Runs it to its end.
    pub(crate) fn run(self) -> Outcome {
        match self {
            Self::Demo(demo) => on_threads(demo.run()),
            Self::Init(init) => on_one_thread(init.run()),
            Self::Serve(serve) => on_threads(serve.run()),
            Self::Adopt(adopt) => on_one_thread(adopt.run()),
            Self::User(user) => on_one_thread(user.run()),
            Self::Client(client) => on_one_thread(client.run()),
            Self::Session(session) => on_one_thread(session.run()),
            Self::Key(key) => on_one_thread(key.run()),
            Self::Audit(audit) => on_one_thread(audit.run()),
            Self::Backup(backup) => on_one_thread(backup.run()),
            Self::Restore(restore) => on_one_thread(restore.run()),
            Self::Move(it) => on_one_thread(it.run()),
            Self::Migrate(migrate) => on_one_thread(migrate.run()),
            Self::Token(token) => on_one_thread(token.run()),
            Self::Doctor(doctor) => on_one_thread(doctor.run()),
            Self::Health(health) => on_one_thread(health.run()),
            Self::Service(service) => on_one_thread(service.run()),
            Self::TestServer(server) => on_threads(server.run()),
            Self::Hash(hash) => on_one_thread(hash.run()),
            Self::Openapi(openapi) => on_one_thread(openapi.run()),
        }
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
