//! `firebase auth:export`: modified scrypt, whose parameters stand in the project's console.

use std::io::Read;
use std::str::FromStr;

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

pub(super) fn read(input: impl Read, config: Option<&FirebaseConfig>, sink: &mut Sink<'_>) -> Result<(), Stopped> {
    let config = config.ok_or_else(|| {
        let reason = "the hash parameters of the project are missing: give them with --firebase-config FILE";
        Stopped::Unreadable(Fault::last(1, reason))
    })?;
    json::each_user(input, sink, |line, element, sink| {
        Some(row(line, element, config, sink))
    })
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

/// base64 in its usual alphabet.
fn standard(text: &str) -> String {
    text.replace('-', "+").replace('_', "/")
}
