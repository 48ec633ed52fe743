//! A user who is named on the command line.

use clap::Args;
use portcullis_core::accounts::Field;
use portcullis_core::{Account, AccountError, Accounts};

use crate::config::PlaceFlags;
use crate::deployment::Deployment;
use crate::failure::{Failure, Outcome};
use crate::output::say;
use crate::users::Users;

#[derive(Debug, Args)]
pub(super) struct Named {
    /// The user's login name
    pub(super) name: String,
    #[command(flatten)]
    pub(super) place: PlaceFlags,
}

/// The accounts of the data folder.
pub(super) async fn accounts(place: &PlaceFlags) -> Outcome<Accounts<Users>> {
    Ok(Deployment::open(&place.0, "warn").await?.accounts)
}

/// The same, to set passwords there.
pub(super) async fn accounts_with_passwords(place: &PlaceFlags) -> Outcome<Accounts<Users>> {
    let deployment = Deployment::open(&place.0, "warn").await?;
    deployment.expect_breached()?;
    Ok(deployment.accounts)
}

impl Named {
    /// The user of that name.
    pub(super) async fn account(&self) -> Outcome<Account> {
        let accounts = accounts(&self.place).await?;
        accounts.find(&self.name).await.map_err(|error| self.failure(error))
    }

    /// What is said of this user where that went wrong.
    pub(super) fn failure(&self, error: AccountError) -> Failure {
        let remedy = match &error {
            AccountError::Unknown => "See `portcullis user list` for those that there are.",
            AccountError::Taken => "Choose another name, or change that user.",
            AccountError::Unfit(unfit) if unfit.field == Field::Password => {
                "Choose another password, or have one made with --generate."
            }
            AccountError::Unfit(_) => "Give it another value.",
            AccountError::Hashing(_) | AccountError::Store(_) => "Try again.",
            _ => "",
        };
        Failure::new(format!("user {}", self.name), remedy).because(error)
    }

    /// Says that it is done, or what went wrong.
    pub(super) fn report<T>(&self, done: Result<T, AccountError>, what: &str) -> Outcome {
        done.map_err(|error| self.failure(error))?;
        say(format!("{} {what}", self.name))
    }
}
