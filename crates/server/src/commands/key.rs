//! `key`: secrets from the system's randomness.

use clap::{Args, Subcommand};

use crate::failure::{OrFail as _, Outcome};
use crate::key_file;
use crate::output::say;

/// Make keys
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct KeyCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print a new secret of 256 bits as 64 hexadecimal digits, as `openssl rand -hex 32` does
    #[command(after_help = "Example:\n  SECRET_KEY=$(portcullis key new) portcullis demo")]
    New,
}

impl KeyCommand {
    pub(crate) fn run(self) -> Outcome {
        let What::New = self.what;
        let secret = key_file::hex_secret(&key_file::random());
        say(secret.or_fail("no secret could be made", "Try again.")?.as_str())
    }
}
