//! Rows of the audit trail for people and for programs.

use portcullis_core::{AuditKind, SessionId, StoredRow, rfc3339};
use serde_json::{Value, json};

use crate::failure::{OrFail as _, Outcome};
use crate::output::say;
use crate::shown::Shown;

/// What the columns of [`line`] are.
pub(super) fn header() -> Outcome {
    say(columns(
        ["TIME", "WHAT", "WHO", "OF", "FROM", "MORE"].map(str::to_owned),
    ))
}

/// A row as a line of a table.
pub(super) fn line(stored: &StoredRow) -> Outcome {
    let row = &stored.row;
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let mut more = Vec::new();
    if let Some(client) = &row.client {
        more.push(format!("client={client}"));
    }
    if let Some(session) = row.session {
        more.push(format!("session={}", SessionId::from_bytes(session)));
    }
    if let Some(Value::Object(detail)) = detail(stored) {
        more.extend(detail.iter().map(|(name, value)| match value {
            Value::String(text) => format!("{name}={text}"),
            value => format!("{name}={value}"),
        }));
    }
    say(columns([
        rfc3339(row.at / 1_000),
        what(stored),
        or_none(&row.actor),
        or_none(&row.subject),
        or_none(&row.peer),
        more.join(" "),
    ]))
}

/// A row as one line of JSON.
pub(super) fn json(stored: &StoredRow) -> Outcome {
    let row = &stored.row;
    let value = json!({
        "position": stored.position,
        "time": rfc3339(row.at / 1_000),
        "millis": row.at,
        "kind": what(stored),
        "actor": row.actor,
        "subject": row.subject,
        "client_id": row.client,
        "session": row.session.map(|session| SessionId::from_bytes(session).to_string()),
        "address": row.peer,
        "agent": row.agent,
        "detail": detail(stored),
        "node": row.node,
    });
    let line = serde_json::to_string(&value).or_fail("the answer cannot be written as JSON", "")?;
    say(Shown::json(&line))
}

/// What happened; of what only a newer version knows, its number.
fn what(stored: &StoredRow) -> String {
    let known = stored.row.what().map(AuditKind::name);
    known.map_or_else(|| format!("kind_{}", stored.row.kind), str::to_owned)
}

fn detail(stored: &StoredRow) -> Option<Value> {
    let text = stored.row.detail.as_deref()?;
    Some(serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())))
}

/// Columns that are as wide as most of what stands in them: rows come one after the other.
fn columns([time, what, who, of, from, more]: [String; 6]) -> String {
    let line = format!("{time:<20}  {what:<20}  {who:<16}  {of:<16}  {from:<15}  {more}");
    line.trim_end().to_owned()
}
