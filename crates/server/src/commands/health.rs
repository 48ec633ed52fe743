//! `health`: whether this machine's server is well, for images without a shell.

use clap::Args;

use crate::ask::ask;
use crate::config::AllFlags;
use crate::failure::{Failure, Outcome};
use crate::output::say;

/// Ask this machine's server whether it is well: 0 if it is, else 1
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  portcullis health --data /var/lib/portcullis\n  \
    HEALTHCHECK CMD [\"portcullis\", \"health\"]      in a container file\n\n\
    It asks GET /health/ready where the settings say that the server listens: the database answers, a key signs, and it is\n\
    known what was revoked. Nothing of the data folder is opened but its settings.")]
pub(crate) struct Health {
    #[command(flatten)]
    flags: AllFlags,
}

impl Health {
    pub(crate) async fn run(self) -> Outcome {
        let answered = ask(&self.flags.0.settings()?, "/health/ready").await?;
        if answered.status == 200 {
            return say("ok");
        }
        let what = format!(
            "the server at {} is not ready: it answers {}",
            answered.address, answered.status
        );
        Err(Failure::new(what, "Its log says why."))
    }
}
