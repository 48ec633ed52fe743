//! `token inspect`: what a token says, and what of it holds.

use std::error::Error;
use std::fmt::Write as _;

use portcullis_core::jose::inspect::{Unverified, unverified};
use portcullis_core::jose::{Algorithm, KeySet, Policy, SigningKey, TypRule, Verifier};
use portcullis_core::{KeyStatus, User as _};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::config::{Given, Settings};
use crate::deployment::Deployment;
use crate::failure::{OrFail as _, Outcome};
use crate::output::{say, say_json};
use crate::place::Place;
use crate::shown::Shown;
use crate::signing::{self, Keys};
use crate::{secrets, times};

/// The claims that are times (RFC 7519 §4.1, and OpenID Connect's `auth_time`).
const TIMES: [&str; 4] = ["exp", "nbf", "iat", "auth_time"];

pub(super) async fn inspect(token: &str, json: bool, given: &Given) -> Outcome {
    let remedy = "A token is three parts of base64url with dots between, such as eyJhbGciOi….eyJzdWIi….c2lnbmF0dXJl.";
    let said = unverified(token).or_fail("this is not a JSON Web Token", remedy)?;
    let findings = Findings::look(token, &said, given).await?;
    if json {
        say_json(&findings.to_json(&said))
    } else {
        say(findings.to_text(&said))
    }
}

/// The token that is given, or the one on standard input; a header's `Bearer` before it is passed over.
pub(super) fn text_of(token: Option<String>) -> Outcome<Zeroizing<String>> {
    let text = match token {
        Some(token) => token.into(),
        None => secrets::first_line()?,
    };
    let text = text.trim();
    let token = text
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    Ok(Zeroizing::new(token.map_or(text, |(_, token)| token.trim()).to_owned()))
}

/// What a signature was held against, and what came of it.
struct Checked {
    /// Whose key: `SECRET_KEY`, or `key` and its id.
    key: String,
    algorithm: Option<Algorithm>,
    /// Where the key is in its life, in words; `None` for `SECRET_KEY`.
    state: Option<String>,
    /// Whether the signature holds; `None` where it could not be checked.
    holds: Option<bool>,
}

/// What came of checking.
struct Findings {
    checked: Vec<Checked>,
    /// The key that the token names, where the data folder does not know it.
    unknown_key: Option<String>,
    /// What a server on this data folder would say; `None` without one.
    accepted: Option<Result<(), String>>,
}

impl Findings {
    async fn look(token: &str, said: &Unverified, given: &Given) -> Outcome<Self> {
        let mut findings = Self {
            checked: Vec::new(),
            unknown_key: None,
            accepted: None,
        };
        findings.checked.extend(with_secret_key(token, said)?);
        let Some(settings) = ready(given)? else {
            return Ok(findings);
        };
        let deployment = Deployment::open_with(settings, "error").await?;
        findings.with_own_key(token, said, &deployment.keys).await?;
        let verdict = deployment.auth.authenticate(token).await;
        findings.accepted = Some(match verdict {
            Ok(principal) if principal.user.is_active() => Ok(()),
            Ok(_) => Err("the account is disabled".to_owned()),
            Err(error) => Err(sentence(&error)),
        });
        Ok(findings)
    }

    /// Holds it against the key of the data folder that it names.
    async fn with_own_key(&mut self, token: &str, said: &Unverified, keys: &Keys) -> Outcome {
        let named = said.header.get("kid").and_then(Value::as_str).unwrap_or_default();
        let all = keys.list().await.map_err(signing::failure)?;
        let Some(found) = all.iter().find(|key| key.record.id == named) else {
            self.unknown_key = Some(named.to_owned());
            return Ok(());
        };
        // The private half of a key that is long over is not kept.
        let key = keys.signing_key(named).await.ok();
        self.checked.push(Checked {
            key: format!("key {named}"),
            algorithm: Some(found.record.algorithm),
            state: Some(state_in_words(found)),
            holds: key.map(|key| holds(token, said, &key)),
        });
        Ok(())
    }

    fn to_json(&self, said: &Unverified) -> Value {
        let now = now();
        let times = TIMES.iter().filter_map(|name| {
            let seconds = seconds(said.claims.get(*name)?)?;
            let words = json!({ "date": times::date(seconds), "relative": times::relative(seconds, now) });
            Some(((*name).to_owned(), words))
        });
        let signatures = self.checked.iter().map(|checked| {
            json!({
                "key": checked.key,
                "algorithm": checked.algorithm.map(Algorithm::name),
                "state": checked.state,
                "holds": checked.holds,
            })
        });
        json!({
            "header": said.header,
            "claims": said.claims,
            "times": times.collect::<Map<_, _>>(),
            "signatures": signatures.collect::<Vec<_>>(),
            "accepted": self.accepted.as_ref().map(Result::is_ok),
            "reason": self.accepted.as_ref().and_then(|accepted| accepted.as_ref().err()),
        })
    }

    fn to_text(&self, said: &Unverified) -> Shown {
        let mut text = Shown::from("Header (unverified)");
        members(&mut text, &said.header);
        text.paragraph("Claims (unverified)");
        members(&mut text, &said.claims);
        text.paragraph("Signature");
        self.signature_to_text(&mut text);
        match &self.accepted {
            None => {}
            Some(Ok(())) => text.paragraph("A server on this data folder accepts it."),
            Some(Err(reason)) => text.paragraph(format!("A server on this data folder refuses it: {reason}.")),
        }
        text
    }

    fn signature_to_text(&self, text: &mut Shown) {
        for checked in &self.checked {
            let verdict = match checked.holds {
                Some(true) => "holds under",
                Some(false) => "does NOT hold under",
                None => "cannot be checked any more:",
            };
            let about: Vec<&str> = checked
                .algorithm
                .map(Algorithm::name)
                .into_iter()
                .chain(checked.state.as_deref())
                .collect();
            let about = if about.is_empty() {
                String::new()
            } else {
                format!(" ({})", about.join(", "))
            };
            text.line(format!("  {verdict} {}{about}", checked.key));
        }
        match self.unknown_key.as_deref() {
            Some("") => {
                text.line("  not checked: it names no key (kid), and every key of this data folder has an id");
            }
            Some(id) => text.line(format!("  not checked: this data folder has no key {id}")),
            None if self.checked.is_empty() => {
                text.line("  not checked: no data folder and no SECRET_KEY to check it with");
            }
            None => {}
        }
    }
}

/// The settings of the data folder, where there is one; it must be there where it is named.
pub(super) fn ready(given: &Given) -> Outcome<Option<Settings>> {
    let settings = given.settings()?;
    let ready = Place::of(&settings).expect_folder_set_up();
    if ready.is_err() && given.values.is_empty() && given.config.is_none() {
        return Ok(None);
    }
    ready.map(|()| Some(settings))
}

/// Holds it against `SECRET_KEY`, where that is set and the token says that a shared secret signed it.
fn with_secret_key(token: &str, said: &Unverified) -> Outcome<Option<Checked>> {
    let Ok(secret) = std::env::var("SECRET_KEY") else {
        return Ok(None);
    };
    let secret = zeroize::Zeroizing::new(secret);
    let named = said
        .header
        .get("alg")
        .and_then(Value::as_str)
        .and_then(|name| name.parse().ok());
    let algorithm = named.filter(|algorithm: &Algorithm| algorithm.is_symmetric());
    let key = SigningKey::allow_short_hmac_key(algorithm.unwrap_or(Algorithm::HS256), secret.as_bytes());
    let key = key.or_fail("SECRET_KEY cannot be used", "Make one with `portcullis key new`.")?;
    Ok(Some(Checked {
        key: "SECRET_KEY".to_owned(),
        algorithm,
        state: None,
        holds: Some(holds(token, said, &key)),
    }))
}

/// `active since 2026-11-24 01:22:28 UTC`.
fn state_in_words(key: &KeyStatus) -> String {
    let since = i64::try_from(key.since()).ok().and_then(times::date);
    match since {
        Some(since) => format!("{} since {since}", key.state),
        None => key.state.to_string(),
    }
}

/// Whether the signature holds, whatever the claims say.
fn holds(token: &str, said: &Unverified, key: &SigningKey) -> bool {
    let typ = said.header.get("typ").and_then(Value::as_str);
    let rule = typ.map_or(TypRule::JwtOrAbsent, |typ| TypRule::Exactly(typ.to_owned()));
    let keys = KeySet::from(key.verifying_key());
    Verifier::new(keys, Policy::new(rule)).verify_bytes(token).is_ok()
}

fn members(text: &mut Shown, object: &Map<String, Value>) {
    let rows: Vec<(&str, String)> = object
        .iter()
        .map(|(name, value)| {
            let mut shown = match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            if let Some(seconds) = seconds(value).filter(|_| TIMES.contains(&name.as_str())) {
                let date = times::date(seconds).map(|date| format!("{date}, ")).unwrap_or_default();
                let _ = write!(shown, "  ({date}{})", times::relative(seconds, now()));
            }
            (name.as_str(), shown)
        })
        .collect();
    text.indented(Shown::sheet(&rows));
}

/// A NumericDate in whole seconds.
fn seconds(value: &Value) -> Option<i64> {
    let fraction = || i64::try_from(std::time::Duration::try_from_secs_f64(value.as_f64()?).ok()?.as_secs()).ok();
    value.as_i64().or_else(fraction)
}

pub(super) fn now() -> i64 {
    i64::try_from(times::now().as_secs()).unwrap_or(i64::MAX)
}

/// An error with its causes in one sentence.
pub(super) fn sentence(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}
