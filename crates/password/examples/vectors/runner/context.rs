//! Policies, against what passlib's context answers.

use portcullis_password::{
    HashString, Password, Passwords, Policy, PolicyError, Scheme as _, SchemeError, Verdict, schemes,
};
use serde::Deserialize;
use serde_json::Value;

use super::parallel::in_parallel;
use super::policed::Policed;
use super::rules::Rule;
use super::{Decisions, Outcome, Report};

/// A rule that is in force; beside it in the file stands its reason.
#[derive(Deserialize)]
pub struct Difference {
    rule: Rule,
}

/// Schemes whose hashes stay at a good login; beside them in the file stands the reason.
#[derive(Deserialize)]
pub struct Stays {
    schemes: Vec<String>,
}

#[derive(Deserialize)]
struct Contexts {
    cases: Vec<Policed>,
}

/// What passlib's context answers; an exception is `None`.
#[derive(Debug, PartialEq, Clone)]
struct Answers {
    identify: Option<String>,
    needs_update: bool,
    verify: Option<bool>,
    is_enabled: bool,
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
            is_enabled: passwords.is_enabled(&stored),
        };
        let passlibs = Answers {
            identify: self.identify.as_str().map(str::to_owned),
            // An exception: what nobody knows is to be replaced.
            needs_update: self.needs_update.as_bool().unwrap_or(true),
            verify: self.verify.as_bool(),
            // An exception, or not asked: what nobody knows is no marker.
            is_enabled: self.is_enabled.as_bool().unwrap_or(ours.is_enabled),
        };
        let mut rules = decisions.context.iter().map(|difference| difference.rule);
        let decided = rules.find_map(|rule| Some((rule, rule.decide(self)?)));
        let mut expected = passlibs.clone();
        if let Some((_, decided)) = &decided {
            expected.needs_update = decided.needs_update;
            if let Some(reader) = decided.read_as.as_deref().and_then(schemes::hasher) {
                expected.identify = Some(reader.name().to_owned());
                let answer = Passwords::new(reader).verify(&secret, Some(&stored));
                expected.verify = answer.ok().map(Verdict::is_match);
            }
        }
        let line = format!(
            "{} ({}): {ours:?}, not {passlibs:?}",
            self.id,
            self.note.as_deref().unwrap_or_default()
        );
        if ours != expected {
            return Outcome::Failed(line);
        }
        let stays = |name: &String| decisions.stays.iter().any(|stays| stays.schemes.contains(name));
        let stays = ours.identify.as_ref().is_some_and(stays);
        if let Some(unsettled) = unsettled(&passwords, &secret, &stored, (&ours, stays)) {
            return Outcome::Failed(format!("{}: {unsettled}", self.id));
        }
        match decided {
            Some((rule, _)) if ours != passlibs => Outcome::Decided {
                rule: serde_json::json!(rule).as_str().unwrap_or_default().to_owned(),
                line,
            },
            _ => Outcome::Passed,
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
/// then up to date, unless it stays whatever it is, and a wrong one never does.
fn unsettled(
    passwords: &Passwords,
    secret: &Password,
    stored: &HashString,
    (ours, stays): (&Answers, bool),
) -> Option<&'static str> {
    let right = ours.verify?;
    match passwords.verify_and_update(secret, Some(stored)) {
        Ok((true, better)) if right && stays => better.map(|_| "the new hash is of more than the old one saw"),
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
