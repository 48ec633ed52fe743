//! What the routes of sessions read and answer.

use portcullis_core::{Session, SessionId, rfc3339};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::agent::in_words;
use super::refusal::SessionRefusal;

/// Where somebody is logged in.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SessionList {
    /// The one used last first.
    sessions: Vec<SessionDetails>,
}

/// One session.
#[derive(Debug, Serialize, JsonSchema)]
struct SessionDetails {
    /// The `sid` of its access tokens.
    id: String,
    /// Whether it is the one that asks.
    current: bool,
    /// What its user calls it; empty until then.
    label: String,
    /// The program that logged in, in words.
    agent: Option<String>,
    /// The client that it began with; `null`: the server's own.
    client_id: Option<String>,
    /// When it began (RFC 3339).
    created: String,
    /// When it was used last, to the minute (RFC 3339).
    last_seen: String,
    /// From where it began.
    first_address: Option<String>,
    /// From where it was used last.
    last_address: Option<String>,
}

impl SessionList {
    pub(super) fn of(sessions: &[Session], current: Option<SessionId>) -> Self {
        let time = |millis: u64| rfc3339(millis / 1_000);
        let details = |session: &Session| SessionDetails {
            id: session.id.to_string(),
            current: Some(session.id) == current,
            label: session.label.clone(),
            agent: session.agent.as_deref().map(in_words),
            client_id: session.client.as_deref().map(str::to_owned),
            created: time(session.created),
            // To the minute, and yet not before it began.
            last_seen: time(session.seen.max(session.created)),
            first_address: session.first_address.map(|address| address.to_string()),
            last_address: session.last_address.map(|address| address.to_string()),
        };
        Self {
            sessions: sessions.iter().map(details).collect(),
        }
    }
}

/// What a session is to be called.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LabelChange {
    /// Such as "work laptop"; empty takes it away.
    #[schemars(length(max = 100))]
    label: String,
}

impl LabelChange {
    pub(super) fn label(self) -> Result<String, SessionRefusal> {
        match self.label.chars().any(char::is_control) {
            true => Err(SessionRefusal::Label),
            false => Ok(self.label),
        }
    }
}
