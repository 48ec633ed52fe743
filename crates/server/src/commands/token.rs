//! `token`: tokens for a user of a data folder, and a look into any token.

use std::error::Error;
use std::fmt::Write as _;

use clap::{Args, Subcommand};
use portcullis_core::jose::inspect::{Unverified, unverified};
use portcullis_core::jose::{Algorithm, KeySet, Policy, SigningKey, TypRule, Verifier};
use portcullis_core::{ScopeSet, User as _};
use serde_json::{Map, Value, json};

use crate::config::{Given, PlaceFlags};
use crate::data_dir::DataDir;
use crate::deployment::Deployment;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::output::{printable, say, say_json, tell};
use crate::{secrets, times};

/// The claims that are times (RFC 7519 §4.1, and OpenID Connect's `auth_time`).
const TIMES: [&str; 4] = ["exp", "nbf", "iat", "auth_time"];

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
    /// Show what a token says, when it ends, and whether its signature holds
    #[command(after_help = "Examples:\n  portcullis token inspect \"$TOKEN\"\n  \
        SECRET_KEY=... portcullis token inspect < token.txt\n\n\
        The signature is checked with the key of the data folder and with SECRET_KEY, where there are such.")]
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
            What::Inspect { token, json, place } => inspect(token, json, &place.0).await,
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
    if let Some(scope) = asked.iter().find(|scope| !account.scopes().contains(scope)) {
        let remedy = format!("The user may be granted: {}.", or_nothing(account.scopes()));
        return Err(Failure::new(format!("{name} may not be granted {scope}"), remedy));
    }
    let granted = deployment
        .auth
        .grant(&account, asked.clone())
        .or_fail("no token could be issued", "Try again.")?;
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
        "For {}, {minutes} minutes, scopes: {}.",
        printable(name),
        or_nothing(&scope)
    ));
    say(granted.access_token)
}

fn or_nothing(scopes: &ScopeSet) -> &str {
    if scopes.is_empty() { "none" } else { scopes.as_str() }
}

async fn inspect(token: Option<String>, json: bool, given: &Given) -> Outcome {
    let text = match token {
        Some(token) => token,
        None => secrets::first_line()?,
    };
    let text = text.trim();
    let token = text
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let token = token.map_or(text, |(_, token)| token.trim());
    let remedy = "A token is three parts of base64url with dots between, such as eyJhbGciOi….eyJzdWIi….c2lnbmF0dXJl.";
    let said = unverified(token).or_fail("this is not a JSON Web Token", remedy)?;
    let findings = Findings::look(token, &said, given).await?;
    if json {
        say_json(&findings.to_json(&said))
    } else {
        say(findings.to_text(&said))
    }
}

/// What came of checking.
struct Findings {
    /// Whose key the signature was held against, and whether it holds.
    signatures: Vec<(String, bool)>,
    /// What a server on this data folder would say; `None` without one.
    accepted: Option<Result<(), String>>,
}

impl Findings {
    async fn look(token: &str, said: &Unverified, given: &Given) -> Outcome<Self> {
        let mut findings = Self {
            signatures: Vec::new(),
            accepted: None,
        };
        if let Ok(secret) = std::env::var("SECRET_KEY") {
            let algorithm = said
                .header
                .get("alg")
                .and_then(Value::as_str)
                .and_then(|name| name.parse().ok());
            let key = SigningKey::allow_short_hmac_key(algorithm.unwrap_or(Algorithm::HS256), secret.as_bytes());
            let key = key.or_fail("SECRET_KEY cannot be used", "Make one with `portcullis key new`.")?;
            findings
                .signatures
                .push(("SECRET_KEY".to_owned(), holds(token, said, &key)));
        }
        let settings = given.settings()?;
        let ready = DataDir::at(&settings.data).expect_set_up();
        if ready.is_err() && given.values.is_empty() && given.config.is_none() {
            return Ok(findings);
        }
        ready?;
        let deployment = Deployment::open_with(settings, "error").await?;
        let name = format!("key {}", deployment.key.key_id().unwrap_or("without id"));
        findings.signatures.push((name, holds(token, said, &deployment.key)));
        let verdict = deployment.auth.authenticate(token).await;
        findings.accepted = Some(match verdict {
            Ok(principal) if principal.user.is_active() => Ok(()),
            Ok(_) => Err("the account is disabled".to_owned()),
            Err(error) => Err(sentence(&error)),
        });
        Ok(findings)
    }

    fn to_json(&self, said: &Unverified) -> Value {
        let now = now();
        let times = TIMES.iter().filter_map(|name| {
            let seconds = seconds(said.claims.get(*name)?)?;
            let words = json!({ "date": times::date(seconds), "relative": times::relative(seconds, now) });
            Some(((*name).to_owned(), words))
        });
        let signatures = self
            .signatures
            .iter()
            .map(|(key, holds)| json!({ "key": key, "holds": holds }));
        json!({
            "header": said.header,
            "claims": said.claims,
            "times": times.collect::<Map<_, _>>(),
            "signatures": signatures.collect::<Vec<_>>(),
            "accepted": self.accepted.as_ref().map(Result::is_ok),
            "reason": self.accepted.as_ref().and_then(|accepted| accepted.as_ref().err()),
        })
    }

    fn to_text(&self, said: &Unverified) -> String {
        let mut text = String::from("Header (unverified)\n");
        members(&mut text, &said.header);
        text.push_str("\nClaims (unverified)\n");
        members(&mut text, &said.claims);
        text.push_str("\nSignature\n");
        if self.signatures.is_empty() {
            text.push_str("  not checked: no data folder and no SECRET_KEY to check it with\n");
        }
        for (key, holds) in &self.signatures {
            let verdict = if *holds { "holds under" } else { "does NOT hold under" };
            let _ = writeln!(text, "  {verdict} {key}");
        }
        match &self.accepted {
            None => {}
            Some(Ok(())) => text.push_str("\nA server on this data folder accepts it.\n"),
            Some(Err(reason)) => {
                let _ = writeln!(
                    text,
                    "\nA server on this data folder refuses it: {}.",
                    printable(reason)
                );
            }
        }
        text.truncate(text.trim_end().len());
        text
    }
}

/// Whether the signature holds, whatever the claims say.
fn holds(token: &str, said: &Unverified, key: &SigningKey) -> bool {
    let typ = said.header.get("typ").and_then(Value::as_str);
    let rule = typ.map_or(TypRule::JwtOrAbsent, |typ| TypRule::Exactly(typ.to_owned()));
    let keys = KeySet::from(key.verifying_key());
    Verifier::new(keys, Policy::new(rule)).verify_bytes(token).is_ok()
}

fn members(text: &mut String, object: &Map<String, Value>) {
    let width = object.keys().map(|name| name.chars().count()).max().unwrap_or(0);
    for (name, value) in object {
        let shown = match value {
            Value::String(text) => printable(text),
            other => printable(&other.to_string()),
        };
        let _ = write!(text, "  {:<width$}  {shown}", printable(name));
        if let Some(seconds) = seconds(value).filter(|_| TIMES.contains(&name.as_str())) {
            let date = times::date(seconds).map(|date| format!("{date}, ")).unwrap_or_default();
            let _ = write!(text, "  ({date}{})", times::relative(seconds, now()));
        }
        text.push('\n');
    }
}

/// A NumericDate in whole seconds.
fn seconds(value: &Value) -> Option<i64> {
    let fraction = || i64::try_from(std::time::Duration::try_from_secs_f64(value.as_f64()?).ok()?.as_secs()).ok();
    value.as_i64().or_else(fraction)
}

fn now() -> i64 {
    i64::try_from(times::now().as_secs()).unwrap_or(i64::MAX)
}

/// An error with its causes in one sentence.
fn sentence(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}
