//! `user key`: what a user, or a machine that has an account, shows in place of tokens.

use std::time::Duration;

use clap::{Args, Subcommand};
use portcullis::{ApiKeyDetails, ApiKeyWithText};
use portcullis_core::{Account, ApiKeyError, ApiKeyId, ApiKeys, NewApiKey, User as _, id_of_api_key, rfc3339};

use super::named::Named;
use crate::config::PlaceFlags;
use crate::deployment::Deployment;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::output::{say, say_json};
use crate::shown::Shown;
use crate::times;

/// Make, list and end the API keys of users
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
#[command(after_help = "A key is sent in place of a token: Authorization: Bearer pc_...\n\
    It ends with its owner's tokens: with a new password, and when the owner is disabled or removed.\n\
    A running server honours every change within half a second.")]
pub(super) struct KeyCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a key for a user; it is printed once
    #[command(
        after_help = "Examples:\n  portcullis user key add alice --name \"backup on host7\" --scopes users:read\n  \
        portcullis user key add ci --name deploy --scopes items,me --expires 90d --json"
    )]
    Add(Add),
    /// List a user's keys, the oldest first
    #[command(after_help = "Example:\n  portcullis user key list alice")]
    List {
        #[command(flatten)]
        named: Named,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// End a key, whosever it is, or all keys of a user
    #[command(after_help = "Examples:\n  portcullis user key end 0Mb5TnqKJx2yZ7sQwV4c1e\n  \
        portcullis user key end --all alice\n\n\
        The id is what stands behind pc_ in the key, 22 characters: whoever finds a key in a log knows which one to end.")]
    End {
        /// The key's id, as `user key list` shows it and as it begins behind pc_
        #[arg(required_unless_present = "all")]
        id: Option<String>,
        /// End all keys of this user
        #[arg(long, value_name = "NAME", conflicts_with = "id")]
        all: Option<String>,
        #[command(flatten)]
        place: PlaceFlags,
    },
}

#[derive(Debug, Args)]
struct Add {
    #[command(flatten)]
    named: Named,
    /// What it is for
    #[arg(long = "name", id = "key_name", value_name = "TEXT")]
    key_name: String,
    /// The most that it may do, separated by commas: nothing that its owner may not; without it, it tells who it is and no more
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    scopes: Vec<String>,
    /// How long it is good, such as 12h, 90d, 52w; without it, until it is ended
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl KeyCommand {
    pub(super) async fn run(self) -> Outcome {
        match self.what {
            What::Add(add) => add.run().await,
            What::List { named, json } => {
                let (account, _, keys) = of_user(&named.name, &named.place).await?;
                list(&account, &keys, json).await
            }
            What::End {
                id: Some(id), place, ..
            } => end(&id, &open(&place).await?.1).await,
            What::End { all, place, .. } => end_all(&all.unwrap_or_default(), &place).await,
        }
    }
}

async fn open(place: &PlaceFlags) -> Outcome<(Deployment, ApiKeys)> {
    Deployment::open_with_keys(place.0.settings()?, "warn").await
}

async fn of_user(name: &str, place: &PlaceFlags) -> Outcome<(Account, Deployment, ApiKeys)> {
    let (deployment, keys) = open(place).await?;
    let account = deployment.accounts.find(name).await.or_fail(
        format!("user {name}"),
        "See `portcullis user list` for those that there are.",
    )?;
    Ok((account, deployment, keys))
}

impl Add {
    async fn run(self) -> Outcome {
        let lifetime = self.expires.as_deref().map(lifetime).transpose()?;
        let new = NewApiKey {
            name: self.key_name,
            scopes: super::scopes::parse(&self.scopes.join(" "))?,
            lifetime,
        };
        let name = &self.named.name;
        if !self.named.place.0.settings()?.api_keys {
            return Err(Failure::new(
                "API keys are switched off",
                "`serve` would not take it: set api_keys to true.",
            ));
        }
        let (account, deployment, keys) = of_user(name, &self.named.place).await?;
        let added = keys.add(&account, new).await.map_err(|error| {
            let remedy = match &error {
                ApiKeyError::Beyond => format!(
                    "The user may be granted: {}.",
                    or_none(deployment.auth.may_do(&account).as_str())
                ),
                ApiKeyError::Inactive => format!("Enable it first: portcullis user enable {name}"),
                ApiKeyError::TooMany => format!("End some: portcullis user key list {name}"),
                ApiKeyError::Unfit(_) => "See `portcullis user key add --help`.".to_owned(),
                _ => "Try again.".to_owned(),
            };
            Failure::new(format!("no key for {name}"), remedy).because(error)
        })?;
        if self.json {
            return say_json(&ApiKeyWithText::from(added));
        }
        say(Shown::sheet(&[
            ("key", added.text.to_string()),
            ("id", added.record.id.to_string()),
            ("scopes", or_none(added.record.scopes.as_str()).to_owned()),
            ("expires", until(added.record.expires)),
        ]))?;
        say("The key is shown this once and stored only as a digest.")
    }
}

async fn list(account: &Account, keys: &ApiKeys, json: bool) -> Outcome {
    let found = keys.keys_of(&account.id(), account.token_epoch()).await;
    let listed = found.or_fail("the keys cannot be listed", "Try again.")?;
    let listed: Vec<_> = listed.iter().map(ApiKeyDetails::from).collect();
    if json {
        return say_json(&listed);
    }
    let row = |key: &ApiKeyDetails| {
        [
            key.id.clone(),
            key.name.clone(),
            or_none(&key.scopes.join(" ")).to_owned(),
            key.expires.clone().unwrap_or_else(|| "never".to_owned()),
            key.last_used.clone().unwrap_or_else(|| "never".to_owned()),
        ]
    };
    let rows: Vec<_> = listed.iter().map(row).collect();
    say(Shown::table(
        ["KEY", "NAME", "SCOPES", "EXPIRES", "LAST USED"],
        &rows,
        "There are no API keys.",
    ))
}

async fn end(text: &str, keys: &ApiKeys) -> Outcome {
    let remedy = "The id is what `portcullis user key list NAME` shows.";
    // Not repeated: it may be a whole key.
    let id: ApiKeyId = id_of_api_key(text).or_fail("this is no id of an API key", remedy)?;
    let failure = |error| Failure::new(format!("the key {id} cannot be ended"), remedy).because(error);
    let record = keys.find(id).await.map_err(failure)?;
    keys.end(id, &record.user).await.map_err(failure)?;
    say(format!("{id} of {} has ended", record.user))
}

async fn end_all(name: &str, place: &PlaceFlags) -> Outcome {
    let (account, _, keys) = of_user(name, place).await?;
    let ended = keys.end_all(&account.id()).await;
    let ended = ended.or_fail("the keys cannot be ended", "Try again.")?;
    say(format!("{ended} API keys of {name} have ended"))
}

/// A time such as `90d`.
fn lifetime(text: &str) -> Outcome<Duration> {
    let seconds = times::span(text).ok_or_else(|| {
        Failure::usage(
            "the time in --expires cannot be read",
            "Write a number with s, m, h, d or w, such as 90d.",
        )
    })?;
    Ok(Duration::from_secs(seconds))
}

fn until(expires: Option<u64>) -> String {
    expires.map_or_else(|| "never".to_owned(), |millis| rfc3339(millis / 1_000))
}

fn or_none(scopes: &str) -> &str {
    if scopes.is_empty() { "none" } else { scopes }
}
