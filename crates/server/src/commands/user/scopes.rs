//! `user scopes`: what a user may be granted.

use clap::Args;
use portcullis_core::{ScopeSet, User as _};

use super::named::Named;
use crate::deployment::Deployment;
use crate::failure::{Failure, Outcome};
use crate::output::say;

#[derive(Debug, Args)]
pub(super) struct Scopes {
    #[command(flatten)]
    named: Named,
    /// The new scopes, and roles of [roles] in portcullis.toml, in place of the old ones
    scopes: Vec<String>,
    /// Every scope that there is: this server's own and those under [scopes] in portcullis.toml
    #[arg(long, conflicts_with = "scopes")]
    all: bool,
    /// Take all scopes away
    #[arg(long, conflicts_with_all = ["scopes", "all"])]
    none: bool,
}

impl Scopes {
    pub(super) async fn run(self) -> Outcome {
        let Self {
            named,
            scopes,
            all,
            none,
        } = self;
        if scopes.is_empty() && !all && !none {
            return say(named.account().await?.scopes().as_str());
        }
        let deployment = Deployment::open(&named.place.0, "warn").await?;
        let scopes = match all {
            true => declared(&deployment),
            false => parse(&scopes.join(" "))?,
        };
        let what = match scopes.is_empty() {
            true => "has no scopes".to_owned(),
            false => format!("may be granted: {scopes}"),
        };
        named.report(deployment.accounts.set_scopes(&named.name, scopes).await, &what)
    }
}

/// Every scope that tokens of this server may carry.
fn declared(deployment: &Deployment) -> ScopeSet {
    deployment.auth.scopes().iter().map(|scope| scope.name).collect()
}

/// Scopes with blanks between them.
pub(super) fn parse(text: &str) -> Outcome<ScopeSet> {
    ScopeSet::parse(text).map_err(|error| {
        Failure::usage(
            "the scopes cannot be read",
            "Separate them by blanks, as in \"users:read users:write\".",
        )
        .because(error)
    })
}
