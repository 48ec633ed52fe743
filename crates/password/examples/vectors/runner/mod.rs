//! Runs files of vectors through the public API, and decides nothing itself.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_password::schemes::{self, Named};
use portcullis_password::{HashError, HashString, Options, Password, Passwords, SchemeError, Verdict};
use serde::Deserialize;
use serde_json::Value;

mod context;
mod parallel;
mod policed;
mod rules;

#[allow(unused_imports, reason = "one of the two that share this file runs no contexts")]
pub use context::contexts;
use context::{Difference, Stays};
use parallel::in_parallel;

/// What came of a file.
#[derive(Debug, Default)]
pub struct Report {
    /// Cases that came out as they should.
    pub passed: usize,
    /// A line for each case that did not.
    pub failed: Vec<String>,
    /// Cases of schemes that are not known, by scheme.
    pub skipped: BTreeMap<String, usize>,
    /// Cases on which real implementations contradict each other, where we answer otherwise than the file.
    pub decided: Vec<String>,
    /// How many of them each rule of `decisions.json` decided.
    pub rules: BTreeMap<String, usize>,
}

impl Report {
    /// The closing line.
    pub fn summary(&self) -> String {
        let skipped: usize = self.skipped.values().sum();
        format!(
            "{} passed, {} failed, {skipped} skipped",
            self.passed,
            self.failed.len()
        )
    }

    fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Passed => self.passed += 1,
            Outcome::Failed(line) => self.failed.push(line),
            Outcome::Skipped(scheme) => *self.skipped.entry(scheme).or_default() += 1,
            Outcome::Decided { rule, line } => {
                self.passed += 1;
                *self.rules.entry(rule).or_default() += 1;
                self.decided.push(line);
            }
        }
    }
}

enum Outcome {
    Passed,
    Failed(String),
    Skipped(String),
    Decided { rule: String, line: String },
}

#[derive(Deserialize)]
struct Vectors {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    id: String,
    scheme: String,
    hash: String,
    secret: String,
    #[serde(default)]
    secret_encoding: Option<String>,
    #[serde(default)]
    context: Option<BTreeMap<String, Value>>,
    verify: bool,
    #[serde(default)]
    note: Option<String>,
    #[serde(default)]
    disputed: Option<String>,
    #[serde(default)]
    verified_by: Vec<String>,
}

/// What we answer where implementations contradict each other, or where we differ from passlib's context.
#[derive(Deserialize)]
struct Decisions {
    vectors: Vec<Decision>,
    context: Vec<Difference>,
    #[serde(default)]
    stays: Vec<Stays>,
}

#[derive(Deserialize)]
struct Decision {
    rule: String,
    scheme: Option<String>,
    /// A part of the vector's `disputed` text.
    says: Option<String>,
    /// One of the implementations that gave the file's answer.
    verified_by: Option<String>,
    verify: bool,
}

impl Decisions {
    fn read() -> Result<Self, serde_json::Error> {
        serde_json::from_str(include_str!("../../../testdata/decisions.json"))
    }

    /// The first rule that fits a disputed vector, if any.
    fn of(&self, vector: &Vector) -> Option<&Decision> {
        let disputed = vector.disputed.as_ref()?;
        self.vectors.iter().find(|decision| {
            let by = |name: &String| vector.verified_by.iter().any(|by| by.contains(name));
            decision.scheme.as_ref().is_none_or(|scheme| *scheme == vector.scheme)
                && decision.says.as_ref().is_none_or(|says| disputed.contains(says))
                && decision.verified_by.as_ref().is_none_or(by)
        })
    }
}

/// Runs vectors, those of one scheme or all, on every core.
///
/// # Errors
/// The text is not a file of vectors.
pub fn vectors(text: &str, only: Option<&str>) -> Result<Report, serde_json::Error> {
    let file: Vectors = serde_json::from_str(text)?;
    let decisions = Decisions::read()?;
    let wanted = |vector: &&Vector| only.is_none_or(|only| vector.scheme == only);
    Ok(in_parallel(
        &file.vectors.iter().filter(wanted).collect::<Vec<_>>(),
        |vector| vector.run(&decisions),
    ))
}

impl Vector {
    fn run(&self, decisions: &Decisions) -> Outcome {
        let options = self.options();
        let Ok(scheme) = schemes::named(&self.scheme, &options) else {
            return Outcome::Skipped(self.scheme.clone());
        };
        let secret = match self.secret_encoding.as_deref() {
            Some("base64") => match STANDARD.decode(&self.secret) {
                Ok(secret) => secret,
                Err(_) => return Outcome::Failed(format!("{}: the secret is not base64", self.id)),
            },
            _ => self.secret.clone().into_bytes(),
        };
        let answer = verify(scheme, &Password::from(secret), &self.stored(&options));
        let came = matches!(&answer, Ok(verdict) if verdict.is_match());
        let decision = decisions.of(self);
        let expected = decision.map_or(self.verify, |decision| decision.verify);
        let note = self.note.as_deref().unwrap_or_default();
        let line = format!("{} ({}, {note}): {answer:?}, not {}", self.id, self.scheme, self.verify);
        match (came == expected, came == self.verify) {
            (true, true) => Outcome::Passed,
            (true, false) => Outcome::Decided {
                rule: decision.map(|decision| decision.rule.clone()).unwrap_or_default(),
                line,
            },
            (false, _) => Outcome::Failed(line),
        }
    }

    fn options(&self) -> Options {
        let context = self.context.iter().flatten();
        context.fold(Options::new(), |options, (name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            options.with(name, text)
        })
    }

    /// The hash with what stands in other columns.
    fn stored(&self, options: &Options) -> HashString {
        let mut stored = HashString::new(self.hash.as_str());
        if let Some(user) = options.get("user") {
            stored = stored.with_user(user);
        }
        if let Some(salt) = options.get("salt") {
            stored = stored.with_salt(salt);
        }
        if let Some(algorithm) = options.get("algorithm").or_else(|| options.get("passwd_hash_algo")) {
            stored = stored.with_algorithm(algorithm);
        }
        stored
    }
}

/// Verifies in a context that accepts this scheme alone.
fn verify(scheme: Named, password: &Password, stored: &HashString) -> Result<Verdict, HashError> {
    Passwords::only(scheme).verify(password, Some(stored))
}

#[derive(Deserialize)]
struct Malformed {
    cases: Vec<Hostile>,
}

#[derive(Deserialize)]
struct Hostile {
    id: String,
    scheme: String,
    hash: Option<String>,
    hash_repeat: Option<Repeat>,
    secret: String,
    why: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    context: Option<BTreeMap<String, Value>>,
}

#[derive(Deserialize)]
struct Repeat {
    prefix: String,
    unit: String,
    count: usize,
    suffix: String,
}

/// Runs broken and hostile texts: each must be an error or false (an absurd cost an error), in a context of its scheme alone and in one that
/// accepts every scheme that reads without being asked for.
///
/// # Errors
/// The text is not a file of such cases.
pub fn malformed(text: &str) -> Result<Report, serde_json::Error> {
    let file: Malformed = serde_json::from_str(text)?;
    let all = Passwords::recommended();
    Ok(in_parallel(&file.cases, |case| case.run(&all)))
}

impl Hostile {
    fn run(&self, all: &Passwords) -> Outcome {
        let text = match (&self.hash, &self.hash_repeat) {
            (Some(hash), _) => hash.clone(),
            (None, Some(repeat)) => format!("{}{}{}", repeat.prefix, repeat.unit.repeat(repeat.count), repeat.suffix),
            (None, None) => return Outcome::Failed(format!("{}: no hash", self.id)),
        };
        let beside = Vector {
            id: String::new(),
            scheme: String::new(),
            hash: text,
            secret: String::new(),
            secret_encoding: None,
            context: self.context.clone(),
            verify: false,
            note: None,
            disputed: None,
            verified_by: Vec::new(),
        };
        let (options, password) = (beside.options(), Password::from(self.secret.as_str()));
        let stored = beside.stored(&options);
        let named = match schemes::named(&self.scheme, &options) {
            // What is broken is so whatever the application's realm or pepper may be.
            Err(SchemeError::MissingOption(name)) => schemes::named(&self.scheme, &options.clone().with(name, "none")),
            other => other,
        };
        let alone = match named {
            Ok(scheme) => verify(scheme, &password, &stored),
            Err(_) if self.scheme == "any" => Err(HashError::Unknown),
            Err(_) => {
                let family = format!("{}_", self.scheme);
                let kin = schemes::names().filter(|name| name.starts_with(&family));
                let readers: Vec<_> = kin.filter_map(|name| schemes::named(name, &options).ok()).collect();
                if readers.is_empty() {
                    return Outcome::Skipped(self.scheme.clone());
                }
                let mut answers = readers.into_iter().map(|scheme| verify(scheme, &password, &stored));
                let matched = answers.find(|answer| matches!(answer, Ok(verdict) if verdict.is_match()));
                matched.unwrap_or(Err(HashError::Unknown))
            }
        };
        let among_all = all.verify(&password, Some(&stored));
        if self.kind == "absurd cost" && alone.is_ok() {
            return Outcome::Failed(format!("{} ({}, {}): worked", self.id, self.scheme, self.why));
        }
        for answer in [alone, among_all] {
            if matches!(&answer, Ok(verdict) if verdict.is_match()) {
                return Outcome::Failed(format!("{} ({}, {}): {answer:?}", self.id, self.scheme, self.why));
            }
        }
        Outcome::Passed
    }
}
