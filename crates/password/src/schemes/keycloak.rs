//! Keycloak's credentials, as its realm export and its database have them.

use std::sync::Arc;

use base64::Engine as _;
use serde_json::Value;

use super::line::{Class, Line, Registry, over};
use super::{current, maker};
use crate::derived::Derived;
use crate::encoding::{BASE64, base64};
use crate::error::{Flaw, HashError};
use crate::function::Function;
use crate::limits;
use crate::notation::{PHC, number};
use crate::options::{Options, SchemeError};
use crate::reader::{Fault, Reader, Seeded, equal};
use crate::scheme::{Hasher, Scheme};
use crate::secret::{HashString, Password};
use crate::sight::View;
use crate::writer::Salted;

pub(crate) const LINES: &[Line] = &[over("keycloak_bcrypt", Class::VerifyOnly, keycloak_bcrypt)];

/// A credential of Keycloak's export: two JSON texts inside one.
struct Keycloak {
    algorithm: String,
    rounds: u32,
    more: Value,
    salt: Vec<u8>,
    value: Vec<u8>,
}

impl Keycloak {
    fn parse(text: &str) -> Result<Self, Fault> {
        let json = |text: &str| serde_json::from_str::<Value>(text).map_err(|_| Flaw::Character);
        let text_of = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let whole = json(text)?;
        let part = |name: &str| text_of(&whole, name).ok_or(Flaw::MissingField);
        let (credential, secret) = (json(&part("credentialData")?)?, json(&part("secretData")?)?);
        let bytes = |name: &str| base64(&text_of(&secret, name).ok_or(Flaw::MissingField)?, &BASE64);
        let rounds = credential.get("hashIterations").and_then(Value::as_u64);
        let rounds = rounds
            .and_then(|rounds| u32::try_from(rounds).ok())
            .ok_or(Flaw::Number)?;
        let (salt, value) = (bytes("salt")?, bytes("value")?);
        if !(limits::SHORTEST_DIGEST..=limits::DIGEST).contains(&value.len()) {
            return Err(Flaw::DigestSize.into());
        }
        Ok(Self {
            algorithm: text_of(&credential, "algorithm").ok_or(Flaw::Algorithm)?,
            rounds,
            more: credential.get("additionalParameters").cloned().unwrap_or_default(),
            salt,
            value,
        })
    }

    fn function(&self) -> Result<Function, Flaw> {
        match self.algorithm.as_str() {
            "pbkdf2" => Ok(Function::Sha1),
            "pbkdf2-sha256" => Ok(Function::Sha256),
            "pbkdf2-sha512" => Ok(Function::Sha512),
            _ => Err(Flaw::Algorithm),
        }
    }

    /// The PHC text of the same hash.
    fn argon2(&self) -> Result<String, Fault> {
        let first = |name: &str| self.more.get(name)?.get(0)?.as_str();
        let cost = |name: &str| number(first(name).ok_or(Flaw::MissingParameter)?);
        let kind = match first("type") {
            Some(kind @ ("id" | "i" | "d")) => kind,
            _ => return Err(Flaw::Algorithm.into()),
        };
        let version = match first("version") {
            Some("1.3") | None => 19,
            Some("1.0") => 16,
            Some(_) => return Err(Flaw::Version.into()),
        };
        let (memory, lanes) = (cost("memory")?, cost("parallelism")?);
        let (salt, value) = (PHC.encode(&self.salt), PHC.encode(&self.value));
        let passes = self.rounds;
        Ok(format!(
            "$argon2{kind}$v={version}$m={memory},t={passes},p={lanes}${salt}${value}"
        ))
    }

    /// The whole text again, with other secrets.
    fn with_secrets(text: &str, salt: &[u8], value: &[u8]) -> Option<String> {
        Self::with_texts(text, &BASE64.encode(salt), &BASE64.encode(value))
    }

    fn with_texts(text: &str, salt: &str, value: &str) -> Option<String> {
        let mut whole: Value = serde_json::from_str(text).ok()?;
        let secret = serde_json::json!({ "value": value, "salt": salt, "additionalParameters": {} });
        whole
            .as_object_mut()?
            .insert("secretData".to_owned(), Value::String(secret.to_string()));
        Some(whole.to_string())
    }
}

/// What the credential says its algorithm is; `None`: it is no credential.
fn algorithm(text: &str) -> Option<String> {
    // Of the many texts in braces only an object goes on with a quotation mark.
    let object = text
        .strip_prefix('{')
        .is_some_and(|rest| rest.trim_start().starts_with('"'));
    if !object || !text.contains("\"credentialData\"") {
        return None;
    }
    let whole: Option<Value> = serde_json::from_str(text).ok();
    let data = whole.and_then(|whole| serde_json::from_str::<Value>(whole.get("credentialData")?.as_str()?).ok());
    let said = data.and_then(|data| data.get("algorithm")?.as_str().map(str::to_owned));
    Some(said.unwrap_or_default())
}

fn is_argon2(text: &str) -> bool {
    algorithm(text).is_some_and(|algorithm| algorithm.starts_with("argon2"))
}

fn is_bcrypt(text: &str) -> bool {
    algorithm(text).is_some_and(|algorithm| algorithm.starts_with("bcrypt"))
}

/// Also what says nothing that is known: the oldest of Keycloak's own.
fn is_pbkdf2(text: &str) -> bool {
    algorithm(text).is_some_and(|algorithm| !algorithm.starts_with("argon2") && !algorithm.starts_with("bcrypt"))
}

fn pbkdf2_reader() -> Reader {
    let check = |stored: &HashString, password: &[u8]| {
        let parsed = Keycloak::parse(stored.as_str())?;
        let computed = parsed
            .function()?
            .pbkdf2(password, &parsed.salt, parsed.rounds, parsed.value.len())?;
        Ok(equal(&computed, &parsed.value))
    };
    let decoy = |like: &HashString, seeded: &mut Seeded<'_>| {
        let parsed = Keycloak::parse(like.as_str()).ok()?;
        parsed
            .function()
            .ok()?
            .check_rounds(parsed.rounds, parsed.value.len())
            .ok()?;
        let (salt, value) = (seeded.bytes(parsed.salt.len()), seeded.bytes(parsed.value.len()));
        Keycloak::with_secrets(like.as_str(), &salt, &value)
    };
    Reader::new("keycloak_pbkdf2", is_pbkdf2, View::Keyed, check)
        .beginning(b"{")
        .with_decoy(decoy)
}

/// Keycloak's default without Argon2, and its only one before 24: SHA-512, with the rounds of 24 and later.
pub(crate) fn keycloak_pbkdf2(options: &Options) -> maker::Made {
    let (function, rounds) = (Function::Sha512, options.number_or("rounds", 210_000)?);
    if function.check_rounds(rounds, 64).is_err() {
        return Err(SchemeError::BadOption("rounds"));
    }
    let data = serde_json::json!({
        "hashIterations": rounds, "algorithm": "pbkdf2-sha512", "additionalParameters": {},
    });
    let whole = serde_json::json!({ "type": "password", "credentialData": data.to_string(), "secretData": "" });
    let whole = whole.to_string();
    let weaker = move |text: &str| {
        let parsed = Keycloak::parse(text);
        parsed.map_or(true, |stored| {
            stored.function() != Ok(function) || stored.rounds < rounds || stored.value.len() < 64
        })
    };
    let salted = Salted {
        reader: pbkdf2_reader(),
        size: 64,
        digest: Box::new(move |password, salt| function.pbkdf2(password, salt, rounds, 64)),
        write: Arc::new(move |salt, value| Keycloak::with_secrets(&whole, salt, value).unwrap_or_default()),
        weaker: Box::new(weaker),
    };
    Ok(Arc::new(salted.writer()))
}

/// bcrypt's own text, which its providers keep as the value; whatever stands for the salt is not looked at.
fn bcrypt_text(text: &str) -> Result<String, Fault> {
    let json = |text: &str| serde_json::from_str::<Value>(text).map_err(|_| Flaw::Character);
    let whole = json(text)?;
    let secret = whole
        .get("secretData")
        .and_then(Value::as_str)
        .ok_or(Flaw::MissingField)?;
    let secret = json(secret)?;
    let value = secret.get("value").and_then(Value::as_str).ok_or(Flaw::MissingField)?;
    Ok(value.to_owned())
}

/// What the providers of bcrypt store (keycloak-bcrypt).
fn keycloak_bcrypt(name: &'static str, options: &Options, registry: Registry) -> Result<Arc<dyn Scheme>, SchemeError> {
    let bcrypt = registry.scheme("bcrypt", options)?;
    let again = Arc::clone(&bcrypt);
    let check = move |stored: &HashString, password: &[u8]| {
        let text = HashString::new(bcrypt_text(stored.as_str())?);
        match bcrypt.verify(&Password::from(password), &text) {
            Some(Ok(verdict)) => Ok(verdict.is_match()),
            Some(Err(HashError::TooCostly { cost, limit, .. })) => Err(Fault::Cost(cost, limit)),
            _ => Err(Flaw::Algorithm.into()),
        }
    };
    let decoy = move |like: &HashString, seeded: &mut Seeded<'_>| {
        let decoy = again.decoy(&HashString::new(bcrypt_text(like.as_str()).ok()?), &seeded.seed())?;
        Keycloak::with_texts(like.as_str(), "", decoy.as_str())
    };
    let reader = Reader::new(name, is_bcrypt, View::first(72), check).beginning(b"{");
    Ok(Arc::new(reader.with_decoy(decoy)))
}

fn argon2_reader(argon2: &Arc<dyn Hasher>) -> Reader {
    let (argon2, like) = (Arc::clone(argon2), Arc::clone(argon2));
    let again = argon2.clone();
    let check = move |stored: &HashString, password: &[u8]| {
        let text = HashString::new(Keycloak::parse(stored.as_str())?.argon2()?);
        match argon2.verify(&Password::from(password), &text) {
            Some(Ok(verdict)) => Ok(verdict.is_match()),
            Some(Err(HashError::TooCostly { cost, limit, .. })) => Err(Fault::Cost(cost, limit)),
            _ => Err(Flaw::ParameterRange.into()),
        }
    };
    let decoy = move |text: &HashString, seeded: &mut Seeded<'_>| {
        let inner = HashString::new(Keycloak::parse(text.as_str()).ok()?.argon2().ok()?);
        let decoy = like.decoy(&inner, &seeded.seed())?;
        let (salt, value) = phc_secrets(decoy.as_str())?;
        Keycloak::with_secrets(text.as_str(), &salt, &value)
    };
    let memory = move |text: &str| {
        let text = Keycloak::parse(text).and_then(|parsed| parsed.argon2());
        text.map_or(0, |text| again.memory_kib(&HashString::new(text)))
    };
    let reader = Reader::new("keycloak_argon2", is_argon2, View::Whole, check).beginning(b"{");
    reader.with_decoy(decoy).with_memory(memory)
}

/// Salt and tag of a PHC text.
fn phc_secrets(text: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut fields = text.rsplit('$');
    let (tag, salt) = (fields.next()?, fields.next()?);
    Some((PHC.decode(salt).ok()?, PHC.decode(tag).ok()?))
}

/// The credential of a PHC text of Argon2id.
fn credential(text: &str) -> Option<String> {
    let costs = text.strip_prefix("$argon2id$v=19$m=")?.split('$').next()?;
    let (memory, costs) = costs.split_once(",t=")?;
    let (passes, lanes) = costs.split_once(",p=")?;
    let (salt, value) = phc_secrets(text)?;
    let data = serde_json::json!({
        "hashIterations": number(passes).ok()?, "algorithm": "argon2",
        "additionalParameters": {
            "hashLength": [value.len().to_string()], "memory": [memory], "type": ["id"], "version": ["1.3"],
            "parallelism": [lanes],
        },
    });
    let whole = serde_json::json!({ "type": "password", "credentialData": data.to_string(), "secretData": "" });
    Keycloak::with_secrets(&whole.to_string(), &salt, &value)
}

/// Keycloak's default since 24: 7 MiB, 5 passes, one lane.
pub(crate) fn keycloak_argon2(options: &Options) -> maker::Made {
    let passes = options
        .get("time_cost")
        .or_else(|| options.get("rounds"))
        .unwrap_or("5");
    let memory = options.get("memory_cost").unwrap_or("7168");
    let options = options.clone().with("time_cost", passes).with("memory_cost", memory);
    let maker = current::make("argon2", &options)?;
    let inward = |text: &str| Keycloak::parse(text).and_then(|parsed| parsed.argon2()).ok();
    Ok(Arc::new(Derived::new(argon2_reader(&maker), maker, credential, inward)))
}
