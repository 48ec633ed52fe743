//! The command line.

use clap::{Parser, Subcommand};

use crate::commands::{adopt, demo, hash, init, key, openapi, serve, token, user};

/// What `portcullis --help` teaches.
const EXAMPLES: &str = "\
First steps:
  portcullis demo                     The tutorial's application, ready to be tried
  portcullis init                     A data folder with a key and an administrator
  portcullis serve                    Serve it on http://127.0.0.1:8000 (see /docs)
  portcullis user add alice           Another user; the password is asked for
  portcullis adopt URL                The users of a Django, Flask, Laravel … application, where they are

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
    /// Make, list and change signing keys
    Key(key::KeyCommand),
    /// Issue tokens and look into them
    Token(token::Token),
    /// Make, verify and identify password hashes
    Hash(hash::Hash),
    /// Print the OpenAPI document
    Openapi(openapi::OpenApi),
}
