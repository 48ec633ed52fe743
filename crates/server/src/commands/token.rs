//! `token`: tokens for a user of a data folder, and a look into any token.

use clap::{Args, Subcommand};
use portcullis_core::{Auth, EndReason, Ending, ScopeSet, User as _};

use crate::config::{Given, PlaceFlags};
use crate::deployment::Deployment;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::output::{say, tell};
use crate::whoever::whoever;

mod api_key;
mod inspect;

use inspect::{inspect, text_of};

/// Issue tokens and look into them
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct Token {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Issue an access token for a user, without a password
    #[command(
        after_help = "Example:\n  curl -H \"Authorization: Bearer $(portcullis token issue admin \
        --scopes users:read)\" http://127.0.0.1:8000/users/"
    )]
    Issue {
        /// The user's login name
        name: String,
        /// What the token may be used for, separated by blanks; nothing unless asked for
        #[arg(long, default_value = "", hide_default_value = true)]
        scopes: String,
        /// How long it lives, in minutes, instead of access_token_minutes
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1440))]
        minutes: Option<u32>,
        #[command(flatten)]
        place: PlaceFlags,
    },
    /// End one token before its time, whatever kind of ours it is
    #[command(after_help = "Example:\n  printf %s \"$TOKEN\" | portcullis token revoke\n\n\
        Others on this machine see arguments: better pipe a token in than give it as one.")]
    Revoke {
        /// The token; without it, it is read from standard input
        token: Option<String>,
        #[command(flatten)]
        place: PlaceFlags,
    },
    /// Show what a token says, when it ends, and whether its signature holds; of an API key, whose it is
    #[command(after_help = "Examples:\n  printf %s \"$TOKEN\" | portcullis token inspect\n  \
        SECRET_KEY=... portcullis token inspect < token.txt\n\n\
        Others on this machine see arguments: better pipe a token in than give it as one.\n\
        The signature is checked with the key of the data folder that the token names, and with SECRET_KEY.")]
    Inspect {
        /// The token; without it, it is read from standard input
        token: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        place: PlaceFlags,
    },
}

impl Token {
    pub(crate) async fn run(self) -> Outcome {
        match self.what {
            What::Issue {
                name,
                scopes,
                minutes,
                place,
            } => issue(&name, &scopes, minutes, &place.0).await,
            What::Revoke { token, place } => revoke(token, &place.0).await,
            What::Inspect { token, json, place } => {
                let token = text_of(token)?;
                match api_key::is_meant(&token) {
                    true => api_key::inspect(&token, json, &place.0).await,
                    false => inspect(&token, json, &place.0).await,
                }
            }
        }
    }
}

async fn issue(name: &str, scopes: &str, minutes: Option<u32>, given: &Given) -> Outcome {
    let asked = ScopeSet::parse(scopes)
        .map_err(|error| Failure::usage("the scopes cannot be read", "Separate them by blanks.").because(error))?;
    let mut settings = given.settings()?;
    settings.access_token_minutes = minutes.unwrap_or(settings.access_token_minutes);
    let deployment = Deployment::open_with(settings, "warn").await?;
    let found = deployment.accounts.find(name).await;
    let account = found.or_fail(
        format!("user {name}"),
        "See `portcullis user list` for those that there are.",
    )?;
    if !account.is_active() {
        let remedy = format!("Enable it first: portcullis user enable {name}");
        return Err(Failure::new(format!("the user {name} is disabled"), remedy));
    }
    let own = deployment.auth.may_do(&account);
    if let Some(scope) = asked.iter().find(|scope| !own.contains(scope)) {
        let remedy = format!("The user may be granted: {}.", or_nothing(&own));
        return Err(Failure::new(format!("{name} may not be granted {scope}"), remedy));
    }
    let granted = deployment
        .auth
        .grant_by(&account, asked.clone(), whoever())
        .or_fail("no token could be issued", "Try again.")?;
    written(&deployment.auth).await?;
    let scope = granted.scope.unwrap_or_default();
    if let Some(missing) = asked.iter().find(|asked| !scope.contains(asked)) {
        let remedy = "Leave it out; an application that declares it can grant it.";
        return Err(Failure::new(
            format!("the scope {missing} is not one that `serve` declares"),
            remedy,
        ));
    }
    let minutes = granted.expires_in.as_secs() / 60;
    tell(format!(
        "For {name}, {minutes} minutes, scopes: {}.",
        or_nothing(&scope)
    ));
    say(granted.access_token)
}

/// Ends an access token or one about a thing alone; a refresh token with its session.
async fn revoke(token: Option<String>, given: &Given) -> Outcome {
    let token = text_of(token)?;
    let auth = Deployment::open(given, "warn").await?.auth;
    let sessions = auth
        .sessions()
        .or_fail("sessions are not kept", "Please report this.")?;
    let found = sessions.inspect(&token).await;
    if let Some(found) = found.or_fail("the token cannot be ended", "Try again.")? {
        let ending = Ending::Session(found.session);
        let sessions = sessions.clone().by(whoever());
        let ended = sessions.end(&ending, EndReason::Administrator, &[]).await;
        ended.or_fail("the session cannot be ended", "Try again.")?;
        return say(format!(
            "the session {} has ended, and its tokens with it",
            found.session
        ));
    }
    let ended = auth.revoke_by(&token, whoever()).await;
    ended.or_fail("the token cannot be ended", "One that is not good has nothing to end.")?;
    say("the token has ended")
}

/// Nothing is given out that is not written down.
async fn written(auth: &Auth) -> Outcome {
    match auth.audit() {
        Some(audit) => audit
            .flush()
            .await
            .or_fail("it cannot be written down", "Look at the disk."),
        None => Ok(()),
    }
}

fn or_nothing(scopes: &ScopeSet) -> &str {
    if scopes.is_empty() { "none" } else { scopes.as_str() }
}
