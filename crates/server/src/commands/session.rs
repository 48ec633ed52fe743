//! `session`: who is logged in where, and the end of it.

use clap::{Args, Subcommand};
use portcullis_core::{Account, EndReason, Ending, Session, SessionId, Sessions, User as _, rfc3339};
use serde::Serialize;

use crate::config::PlaceFlags;
use crate::deployment::Deployment;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::output::{say, say_json};
use crate::shown::Shown;
use crate::whoever::whoever;

/// List and end the sessions of users
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct SessionCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List a user's sessions, the one used last first
    List {
        /// The user's login name
        name: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        place: PlaceFlags,
    },
    /// End one session of a user, or all of them; their tokens end with them
    #[command(
        after_help = "Examples:\n  portcullis session end alice AZxY2l1tT0m3kq8Jw7mP4g\n  portcullis session end alice --all"
    )]
    End {
        /// The user's login name
        name: String,
        /// The session's id, as `session list` shows it
        #[arg(required_unless_present = "all")]
        id: Option<String>,
        /// End all of them
        #[arg(long, conflicts_with = "id")]
        all: bool,
        #[command(flatten)]
        place: PlaceFlags,
    },
}

/// A session as JSON, with the members that the API has.
#[derive(Serialize)]
struct Listed {
    id: String,
    label: String,
    agent: Option<String>,
    client_id: Option<String>,
    created: String,
    last_seen: String,
    first_address: Option<String>,
    last_address: Option<String>,
}

impl From<&Session> for Listed {
    fn from(session: &Session) -> Self {
        let time = |millis: u64| rfc3339(millis / 1_000);
        Self {
            id: session.id.to_string(),
            label: session.label.clone(),
            agent: session.agent.as_deref().map(str::to_owned),
            client_id: session.client.as_deref().map(str::to_owned),
            created: time(session.created),
            last_seen: time(session.seen.max(session.created)),
            first_address: session.first_address.map(|address| address.to_string()),
            last_address: session.last_address.map(|address| address.to_string()),
        }
    }
}

impl SessionCommand {
    pub(crate) async fn run(self) -> Outcome {
        match self.what {
            What::List { name, json, place } => {
                let (account, sessions) = of_user(&name, &place).await?;
                list(&account, &sessions, json).await
            }
            What::End { name, id, place, .. } => {
                let (account, sessions) = of_user(&name, &place).await?;
                end(&account, &sessions, id.as_deref()).await
            }
        }
    }
}

async fn of_user(name: &str, place: &PlaceFlags) -> Outcome<(Account, Sessions)> {
    let deployment = Deployment::open(&place.0, "warn").await?;
    let account = deployment.accounts.find(name).await.or_fail(
        format!("user {name}"),
        "See `portcullis user list` for those that there are.",
    )?;
    let sessions = deployment.auth.sessions().cloned();
    let sessions = sessions.map(|sessions| sessions.by(whoever()));
    Ok((
        account,
        sessions.or_fail("sessions are not kept", "Please report this.")?,
    ))
}

async fn list(account: &Account, sessions: &Sessions, json: bool) -> Outcome {
    let found = sessions.sessions_of(&account.id(), account.token_epoch()).await;
    let found = found.or_fail("the sessions cannot be listed", "Try again.")?;
    let listed: Vec<_> = found.iter().map(Listed::from).collect();
    if json {
        return say_json(&listed);
    }
    let or_none = |text: &Option<String>| {
        text.as_deref()
            .filter(|text| !text.is_empty())
            .unwrap_or("-")
            .to_owned()
    };
    let row = |session: &Listed| {
        [
            session.id.clone(),
            or_none(&Some(session.label.clone())),
            or_none(&session.agent),
            or_none(&session.last_address),
            session.last_seen.clone(),
        ]
    };
    let rows: Vec<_> = listed.iter().map(row).collect();
    say(Shown::table(
        ["SESSION", "LABEL", "AGENT", "ADDRESS", "LAST SEEN"],
        &rows,
        "There are no sessions.",
    ))
}

async fn end(account: &Account, sessions: &Sessions, id: Option<&str>) -> Outcome {
    let name = account.username();
    let remedy = format!("See `portcullis session list {name}` for those that there are.");
    let which = match id {
        None => Ending::OfUser(account.id(), None),
        Some(text) => {
            let id: SessionId = text.parse().or_fail(format!("{text} is no session"), &*remedy)?;
            Ending::SessionOf(id, account.id())
        }
    };
    let ended = sessions.end(&which, EndReason::Administrator, &[]).await;
    let ended = ended.or_fail("the sessions cannot be ended", "Try again.")?;
    match (id, ended.len()) {
        (Some(text), 0) => Err(Failure::new(format!("{name} has no session {text} that lasts"), remedy)),
        (Some(text), _) => say(format!("{text} has ended, and its tokens with it")),
        (None, count) => say(format!(
            "{count} sessions of {name} have ended, and their tokens with them"
        )),
    }
}
