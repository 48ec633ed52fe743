//! Policies, against what passlib's context answers.

use std::collections::BTreeMap;

use portcullis_password::explain::{Cost, explain};
use portcullis_password::schemes::{self, Named};
use portcullis_password::{HashString, Options, Password, Passwords, Policy, PolicyError, SchemeError, Verdict};
use serde::Deserialize;
use serde_json::Value;

use super::{Decisions, Outcome, Report, in_parallel};

/// Where the context differs from passlib's on purpose: every part that is given must fit the case.
#[derive(Deserialize)]
pub struct Difference {
    id: Option<String>,
    /// The scheme that passlib identifies makes no new hashes here.
    makes_none: Option<bool>,
    /// The hash is of the scheme for new hashes, and a guess at it costs no less than at a new one.
    not_weaker: Option<bool>,
    /// passlib identifies this scheme.
    scheme: Option<String>,
    identify: Option<String>,
    verify: Option<bool>,
    needs_update: Option<bool>,
}

impl Difference {
    fn fits(&self, case: &Policed, passwords: &Passwords) -> bool {
        let scheme = case.identify.as_str().unwrap_or_default();
        let makes_none = schemes::named(scheme, &Options::new());
        let makes_none = !matches!(makes_none, Ok(Named::Current(_) | Named::Disabled(_)));
        self.id.as_ref().is_none_or(|id| *id == case.id)
            && self.scheme.as_ref().is_none_or(|known| known == scheme)
            && self.makes_none.is_none_or(|wanted| wanted == makes_none)
            && self
                .not_weaker
                .is_none_or(|wanted| wanted == not_weaker(case, passwords))
    }
}

/// By the costs that stand in the two texts, and not by what the context says of them.
fn not_weaker(case: &Policed, passwords: &Passwords) -> bool {
    let current = case.identify.as_str() == Some(passwords.current());
    let Ok(fresh) = passwords.hash(&Password::from("a password")) else {
        return false;
    };
    let cost = |hash: &HashString| explain(hash).cost;
    let costs = (cost(&HashString::new(case.hash.as_str())), cost(&fresh));
    let (Some(stored), Some(fresh)) = costs else {
        return false;
    };
    current
        && match (stored, fresh) {
            (
                Cost::Argon2 { memory_kib, passes, .. },
                Cost::Argon2 {
                    memory_kib: new_memory,
                    passes: new_passes,
                    ..
                },
            ) => {
                // Of the type, version and length that are made now.
                let tag = case.hash.rsplit('$').next().unwrap_or_default();
                let kind = case.hash.starts_with("$argon2id$v=19$") && tag.len() >= 43;
                kind && memory_kib >= new_memory && passes >= new_passes
            }
            (Cost::Bcrypt(stored), Cost::Bcrypt(fresh)) => stored >= fresh,
            (Cost::Pbkdf2 { rounds: stored, .. }, Cost::Pbkdf2 { rounds: fresh, .. }) => stored >= fresh,
            (Cost::ShaCrypt(stored), Cost::ShaCrypt(fresh)) => stored >= fresh,
            (
                Cost::Scrypt { n, r, p },
                Cost::Scrypt {
                    n: new_n,
                    r: new_r,
                    p: new_p,
                },
            ) => n >= new_n && r >= new_r && p >= new_p,
            _ => false,
        }
}

#[derive(Deserialize)]
struct Contexts {
    cases: Vec<Policed>,
}

#[derive(Deserialize)]
struct Policed {
    id: String,
    policy: BTreeMap<String, Value>,
    #[serde(default)]
    category: Option<String>,
    hash: String,
    secret: String,
    identify: Value,
    needs_update: Value,
    verify: Value,
    #[serde(default)]
    note: Option<String>,
}

/// What passlib's context answers; an exception is `None`.
#[derive(Debug, PartialEq, Clone)]
struct Answers {
    identify: Option<String>,
    needs_update: bool,
    verify: Option<bool>,
}

/// Runs passlib's answers to policy questions, and sees that an update settles the matter.
///
/// # Errors
/// The text is not a file of such cases.
pub fn contexts(text: &str) -> Result<Report, serde_json::Error> {
    let (file, decisions): (Contexts, _) = (serde_json::from_str(text)?, Decisions::read()?);
    Ok(in_parallel(&file.cases, |case| case.run(&decisions)))
}

impl Policed {
    fn run(&self, decisions: &Decisions) -> Outcome {
        let passwords = match self.policy().passwords(self.category.as_deref()) {
            Ok(passwords) => passwords,
            Err(PolicyError::Scheme {
                name,
                cause: SchemeError::Unknown,
            }) => return Outcome::Skipped(name),
            Err(error) => return Outcome::Failed(format!("{}: {error}", self.id)),
        };
        let (secret, stored) = (
            Password::from(self.secret.as_str()),
            HashString::new(self.hash.as_str()),
        );
        let ours = Answers {
            identify: passwords.identify(&stored).map(str::to_owned),
            needs_update: passwords.needs_update(&stored),
            verify: passwords.verify(&secret, Some(&stored)).ok().map(Verdict::is_match),
        };
        let passlibs = Answers {
            identify: self.identify.as_str().map(str::to_owned),
            // An exception: what nobody knows is to be replaced.
            needs_update: self.needs_update.as_bool().unwrap_or(true),
            verify: self.verify.as_bool(),
        };
        let mut expected = passlibs.clone();
        for difference in decisions
            .context
            .iter()
            .filter(|difference| difference.fits(self, &passwords))
        {
            expected.identify = difference.identify.clone().or(expected.identify);
            expected.needs_update = difference.needs_update.unwrap_or(expected.needs_update);
            expected.verify = difference.verify.or(expected.verify);
        }
        let line = format!(
            "{} ({}): {ours:?}, not {passlibs:?}",
            self.id,
            self.note.as_deref().unwrap_or_default()
        );
        if ours != expected {
            return Outcome::Failed(line);
        }
        if let Some(unsettled) = unsettled(&passwords, &secret, &stored, &ours) {
            return Outcome::Failed(format!("{}: {unsettled}", self.id));
        }
        if ours == passlibs {
            Outcome::Passed
        } else {
            Outcome::Decided(line)
        }
    }

    fn policy(&self) -> Policy {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        self.policy
            .iter()
            .fold(Policy::new(), |policy, (key, value)| match value {
                Value::Array(values) => policy.with(key, values.iter().map(text)),
                value => policy.with(key, [text(value)]),
            })
    }
}

/// What is wrong with the update of a hash, if anything: the right password gets a new one where one is due, which is
/// then up to date, and a wrong one never does.
fn unsettled(passwords: &Passwords, secret: &Password, stored: &HashString, ours: &Answers) -> Option<&'static str> {
    let right = ours.verify?;
    match passwords.verify_and_update(secret, Some(stored)) {
        Ok((true, None)) if right && !ours.needs_update => None,
        Ok((false, None)) if !right => None,
        Ok((true, Some(better))) if right && ours.needs_update => {
            match passwords.verify_and_update(secret, Some(&better)) {
                Ok((true, None)) => None,
                _ => Some("the new hash is not settled"),
            }
        }
        _ => Some("the update does not follow from verify and needs_update"),
    }
}
