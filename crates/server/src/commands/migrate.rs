//! `migrate`: the tables of a deployment are brought up to date.

use clap::Args;

use crate::config::AllFlags;
use crate::deployment::Deployment;
use crate::failure::Outcome;
use crate::logging;
use crate::output::say;
use crate::place::Place;

/// Bring the tables of a deployment up to date
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  portcullis migrate                 what `serve` does by itself when it starts\n  \
    portcullis migrate --contract      when no server of an older version runs any more\n\n\
    Several versions may serve one PostgreSQL database while servers are replaced one after the other. `serve` carries out\n\
    the steps that older servers do not notice; those that they would not live with wait for --contract. Until then the way\n\
    back is to start the older version again. --contract is refused while such a server was heard of within a minute, and\n\
    names it; in a data folder while anything has the database open."
)]
pub(crate) struct Migrate {
    /// Carry out what older versions do not live with, if none of their servers is at work
    #[arg(long)]
    contract: bool,
    #[command(flatten)]
    flags: AllFlags,
}

impl Migrate {
    pub(crate) async fn run(self) -> Outcome {
        let settings = self.flags.0.settings()?;
        logging::start(settings.log, "warn");
        let place = match self.contract {
            true => Place::of(&settings).contracting(),
            false => Place::of(&settings),
        };
        let own = place.users().await?;
        Deployment::over(settings, place, own).await?;
        say("the tables are up to date")
    }
}
