//! `firebase auth:export`: modified scrypt, whose parameters stand in the project's console.

use std::io::BufRead;
use std::str::FromStr;

use serde_json::Value;

use super::json::{self, Element};
use super::{Fault, Record, Row, Sink, Stopped};

/// The project's hash parameters, as the Firebase console shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FirebaseConfig {
    signer_key: String,
    salt_separator: String,
    rounds: u32,
    mem_cost: u32,
}

impl FirebaseConfig {
    /// What Firebase gives to projects, with a key that is nobody's: for a look at an export whose own are not at hand.
    pub(crate) fn assumed() -> Self {
        Self {
            signer_key: format!("{}==", "A".repeat(86)),
            salt_separator: "Bw==".to_owned(),
            rounds: 8,
            mem_cost: 14,
        }
    }

    /// With everything in one text, as Supabase keeps it.
    fn hash(&self, salt: &str, hash: &str) -> String {
        let Self {
            signer_key,
            salt_separator,
            rounds,
            mem_cost,
        } = self;
        format!(
            "$fbscrypt$v=1,n={mem_cost},r={rounds},p=1,ss={salt_separator},sk={signer_key}${}${}",
            standard(salt),
            standard(hash)
        )
    }
}

impl FromStr for FirebaseConfig {
    type Err = &'static str;

    /// Reads `base64_signer_key: …` and its like, with or without braces around them.
    fn from_str(text: &str) -> Result<Self, &'static str> {
        let value = |name: &str| {
            let (_, rest) = text.split_once(name)?;
            let rest = rest.trim_start_matches(['"', ' ', ':', '\t']);
            rest.split([',', '\n', '"', ' ', '}'])
                .next()
                .filter(|value| !value.is_empty())
        };
        let number = |name| value(name).and_then(|value| value.parse().ok());
        let key = value("base64_signer_key").ok_or("it has no base64_signer_key")?;
        Ok(Self {
            signer_key: standard(key),
            salt_separator: standard(value("base64_salt_separator").ok_or("it has no base64_salt_separator")?),
            rounds: number("rounds").ok_or("it has no rounds")?,
            mem_cost: number("mem_cost").ok_or("it has no mem_cost")?,
        })
    }
}

/// What a row of its CSV holds, which has no first line that names the columns (`transUserToArray` of firebase-tools).
const CSV: &[(usize, &str)] = &[
    (0, "localId"),
    (1, "email"),
    (2, "emailVerified"),
    (3, "passwordHash"),
    (4, "salt"),
    (5, "displayName"),
    (6, "photoUrl"),
    (23, "createdAt"),
    (24, "lastSignedInAt"),
    (25, "phoneNumber"),
    (26, "disabled"),
    (27, "customAttributes"),
];

/// Whether a row is one of its CSV: so many columns, the third a truth, the fifth one base64 or nothing.
pub(super) fn is_csv(row: &str) -> bool {
    let cells: Vec<&str> = row.split(',').collect();
    let truth = cells.get(2).is_some_and(|cell| matches!(*cell, "true" | "false"));
    truth && cells.len() > 25 && cells.first().is_some_and(|id| !id.is_empty())
}

pub(super) fn read(
    mut input: impl BufRead,
    config: Option<&FirebaseConfig>,
    sink: &mut Sink<'_>,
) -> Result<(), Stopped> {
    let config = config.ok_or_else(|| {
        let reason = "the hash parameters of the project are missing: give them with --firebase-config FILE";
        Stopped::Unreadable(Fault::last(1, reason))
    })?;
    let head = input.fill_buf().map_err(|error| cut(1, &error))?;
    match head.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{' | b'[') | None => json::each_user(input, sink, |line, element, sink| {
            Some(row(line, element, config, sink))
        }),
        Some(_) => read_csv(input, config, sink),
    }
}

fn row(line: u64, element: Element, config: &FirebaseConfig, sink: &mut Sink<'_>) -> Row {
    let element = match element {
        // The address is the name, and the id where there is none.
        Element::Object(members) if members.iter().any(|(name, value)| name == "email" && value.is_string()) => {
            Element::Object(members.into_iter().filter(|(name, _)| name != "localId").collect())
        }
        element => element,
    };
    let row = json::row(line, element, sink).unwrap_or_else(|| Err(Fault::new(line, json::NO_OBJECT)));
    row.and_then(|Record { line, mut fields }| {
        fields.hash = match (fields.hash.take(), fields.salt.take()) {
            (Some(hash), Some(salt)) => Some(config.hash(&salt, &hash)),
            (Some(_), None) => return Err(Fault::new(line, "its hash has no salt beside it")),
            (None, _) => None,
        };
        Ok(Record { line, fields })
    })
}

fn read_csv(input: impl BufRead, config: &FirebaseConfig, sink: &mut Sink<'_>) -> Result<(), Stopped> {
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.has_headers(false).flexible(true).from_reader(input);
    let (mut record, mut count) = (csv::StringRecord::new(), 0_u64);
    loop {
        count = count.saturating_add(1);
        if !reader.read_record(&mut record).map_err(|error| cut(count, &error))? {
            return Ok(());
        }
        let cell = |(place, name): &(usize, &str)| {
            let text = record.get(*place).filter(|text| !text.is_empty())?;
            Some(((*name).to_owned(), Value::String(text.to_owned())))
        };
        let members = CSV.iter().filter_map(cell).collect();
        let row = row(count, Element::Object(members), config, sink);
        sink.push(row)?;
    }
}

fn cut(line: u64, error: &impl std::fmt::Display) -> Stopped {
    Stopped::Unreadable(Fault::last(line, format!("the file cannot be read further: {error}")))
}

/// base64 in its usual alphabet.
fn standard(text: &str) -> String {
    text.replace('-', "+").replace('_', "/")
}
