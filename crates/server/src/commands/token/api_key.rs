//! `token inspect` of an API key.

use portcullis_core::{ApiKeyId, ApiKeyRecord, id_of_api_key, is_api_key};
use serde_json::json;

use super::inspect::{now, ready, sentence};
use crate::config::Given;
use crate::deployment::Deployment;
use crate::failure::{OrFail as _, Outcome};
use crate::output::{say, say_json};
use crate::shown::Shown;
use crate::times;

/// How one begins.
const PREFIX: &str = "pc_";

/// What is known of a key.
struct Known {
    id: ApiKeyId,
    /// Whether all of it was given, as the checksum says.
    whole: bool,
    /// What is stored of it, unless it has ended.
    stored: Option<ApiKeyRecord>,
    /// What a server on this data folder would say of the whole key; `None`: not known.
    accepted: Option<Result<(), String>>,
}

/// Whether a text is meant as one, or begins as one.
pub(super) fn is_meant(text: &str) -> bool {
    text.starts_with(PREFIX)
}

/// Shows what is known of it. It may have been cut, as logs do.
pub(super) async fn inspect(text: &str, json: bool, given: &Given) -> Outcome {
    // Not repeated: it may be a whole key but for a letter.
    let remedy = "Give all of it, or at least the first 25 letters.";
    let id = id_of_api_key(text).or_fail("this is no API key, nor the beginning of one", remedy)?;
    let known = Known::look(text, id, given).await?;
    match json {
        true => say_json(&known.to_json()),
        false => say(known.to_text()),
    }
}

impl Known {
    async fn look(text: &str, id: ApiKeyId, given: &Given) -> Outcome<Self> {
        let mut known = Self {
            id,
            whole: is_api_key(text),
            stored: None,
            accepted: None,
        };
        let Some(settings) = ready(given)? else {
            return Ok(known);
        };
        let on = settings.api_keys;
        let (deployment, keys) = Deployment::open_with_keys(settings, "error").await?;
        known.stored = keys.find(id).await.ok();
        if known.whole {
            known.accepted = Some(match (deployment.auth.authenticate(text).await, on) {
                (Ok(_), true) => Ok(()),
                (Ok(_), false) => Err("API keys are switched off (api_keys)".to_owned()),
                (Err(error), _) => Err(sentence(&error)),
            });
        }
        Ok(known)
    }

    fn to_json(&self) -> serde_json::Value {
        let stored = self.stored.as_ref().map(|key| {
            json!({
                "owner": key.user.as_str(),
                "name": key.name,
                "scopes": key.scopes.iter().collect::<Vec<_>>(),
                "created": time(key.created),
                "expires": key.expires.map(time),
                "last_used": key.used.map(time),
            })
        });
        json!({
            "api_key": self.id.to_string(),
            "whole": self.whole,
            "stored": stored,
            "accepted": self.accepted.as_ref().map(Result::is_ok),
            "reason": self.accepted.as_ref().and_then(|accepted| accepted.as_ref().err()),
        })
    }

    fn to_text(&self) -> Shown {
        let mut text = Shown::from("API key");
        let checksum = match self.whole {
            true => "right",
            false => "wrong: a part of a key, or a letter is another one",
        };
        let mut rows = vec![("id", self.id.to_string()), ("checksum", checksum.to_owned())];
        if let Some(key) = &self.stored {
            let or = |time: Option<u64>| time.map_or_else(|| "never".to_owned(), in_words);
            rows.extend([
                ("owner", key.user.to_string()),
                ("name", key.name.clone()),
                ("scopes", key.scopes.to_string()),
                ("created", in_words(key.created)),
                ("expires", or(key.expires)),
                ("last used", or(key.used)),
            ]);
        }
        text.indented(Shown::sheet(&rows));
        match &self.accepted {
            None => {}
            Some(Ok(())) => text.paragraph("A server on this data folder accepts it."),
            Some(Err(reason)) => text.paragraph(format!("A server on this data folder refuses it: {reason}.")),
        }
        if self.stored.is_some() {
            text.paragraph(format!("portcullis user key end {} ends it.", self.id));
        }
        text
    }
}

fn time(millis: u64) -> String {
    portcullis_core::rfc3339(millis / 1_000)
}

fn in_words(millis: u64) -> String {
    let seconds = i64::try_from(millis / 1_000).unwrap_or(i64::MAX);
    let date = times::date(seconds).unwrap_or_default();
    format!("{date}, {}", times::relative(seconds, now()))
}
