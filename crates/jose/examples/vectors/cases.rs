//! Files of the format `jwt-cases/1`: each case is one call.

use std::error::Error;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use portcullis_jose::{Claims, Jwk, Policy, TypRule, Verifier, at_hash, inspect};
use serde_json::{Map, Value, json};
use sha2::{Sha256, Sha384, Sha512};

use crate::keys::{Refusal, algorithms, decode, import, key_set, signing_key};
use crate::tally::Tally;

/// What a call gave.
#[derive(Debug)]
enum Outcome {
    Claims(Value),
    Payload(Vec<u8>),
    Token(String),
    Thumbprint(String),
    Text(String),
    Peeked { header: Value, claims: Value },
    Done,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Claims(claims) => write!(f, "accepted with {claims}"),
            Self::Payload(payload) => write!(f, "accepted with {:?}", String::from_utf8_lossy(payload)),
            Self::Token(text) | Self::Thumbprint(text) | Self::Text(text) => f.write_str(text),
            Self::Peeked { header, claims } => write!(f, "{header} {claims}"),
            Self::Done => f.write_str("accepted"),
        }
    }
}

pub(crate) fn run(file: &Path) -> Result<Tally, Box<dyn Error>> {
    let text = std::fs::read(file)?;
    let file: Value = serde_json::from_slice(&text)?;
    if file["format"] != "jwt-cases/1" {
        return Err("not a file of the format jwt-cases/1".into());
    }
    let now = file["now"].as_u64().ok_or("no time")?;
    let mut tally = Tally::default();
    for case in file["cases"].as_array().ok_or("no cases")? {
        let id = case["id"].as_str().unwrap_or("(without id)").to_owned();
        if case["op"] == "decrypt_jwe" {
            tally.skipped += 1;
            continue;
        }
        let outcome = std::panic::catch_unwind(|| call(case, now));
        let instead = match &outcome {
            Ok(outcome) if matches(&case["expect"], outcome) => {
                tally.passed += 1;
                continue;
            }
            Ok(Ok(outcome)) => outcome.to_string(),
            Ok(Err(refusal)) => format!("refused as {}: {}", refusal.kind, refusal.sentence),
            Err(_) => "panicked".to_owned(),
        };
        tally.failed.push((id, instead));
    }
    Ok(tally)
}

fn call(case: &Value, now: u64) -> Result<Outcome, Refusal> {
    let token = || token(case);
    match case["op"].as_str().unwrap_or_default() {
        "verify_jwt" => verify_jwt(case, &token(), now),
        "verify_jws" => verify_jws(case, &token()),
        "sign" => {
            let header = case["input"]["protected"].as_str().unwrap_or_default();
            let payload = decode(&case["input"]["payload_b64u"]).unwrap_or_default();
            let token = signing_key(case)?.sign_bytes_with_header(header.as_bytes(), &payload)?;
            Ok(Outcome::Token(token))
        }
        "peek" => {
            let said = inspect::unverified(&token())?;
            let (header, claims) = (said.header.into(), said.claims.into());
            Ok(Outcome::Peeked { header, claims })
        }
        "jwk_import" => import(case).map(|_| Outcome::Done),
        "jwk_thumbprint" => {
            let jwk = Jwk::from_json(case["key"]["jwk"].to_string())?;
            Ok(Outcome::Thumbprint(jwk.thumbprint()))
        }
        "at_hash" => {
            let access_token = case["input"]["access_token"].as_str().unwrap_or_default();
            let hashes = algorithms(case)?
                .into_iter()
                .map(|algorithm| at_hash(algorithm, access_token));
            Ok(Outcome::Text(hashes.collect::<Vec<_>>().join(" ")))
        }
        other => Ok(Outcome::Text(format!("the operation {other:?} is not known"))),
    }
}

fn verify_jwt(case: &Value, token: &str, now: u64) -> Result<Outcome, Refusal> {
    let options = &case["options"];
    let verifier = Verifier::new(key_set(case)?, policy(options)?);
    let now = Duration::from_secs(options["now"].as_u64().unwrap_or(now));
    let claims: Claims<Map<String, Value>> = if let Some(payload) = decode(&options["detached_payload_b64u"]) {
        verifier.verify_detached(token, &payload, now)?
    } else if let Some(access_token) = options["access_token"].as_str() {
        verifier.verify_with_access_token(token, access_token, now)?
    } else {
        verifier.verify(token, now)?
    };
    Ok(Outcome::Claims(json!(claims)))
}

fn verify_jws(case: &Value, token: &str) -> Result<Outcome, Refusal> {
    let options = &case["options"];
    let verifier = Verifier::new(key_set(case)?, policy(options)?);
    let Some(payload) = decode(&options["detached_payload_b64u"]) else {
        return Ok(Outcome::Payload(verifier.verify_bytes(token)?));
    };
    verifier.verify_detached_bytes(token, &payload)?;
    Ok(Outcome::Payload(payload))
}

type Switch = fn(Policy) -> Policy;

/// The options of a case as a policy. What a file leaves open (any `typ`, no `exp`), ours asks for unless told.
fn policy(options: &Value) -> Result<Policy, Refusal> {
    let mut policy = match options["typ"].as_str() {
        Some(typ) => Policy::new(TypRule::Exactly(typ.to_owned())),
        None => Policy::new(TypRule::JwtOrAbsent).dangerous_skip_typ(),
    };
    for name in texts(&options["audience"]) {
        policy = policy.audience(name);
    }
    for name in texts(&options["issuer"]) {
        policy = policy.issuer(name);
    }
    if let Some(subject) = options["subject"].as_str() {
        policy = policy.subject(subject);
    }
    let required = texts(&options["required"]);
    if !required.iter().any(|name| name == "exp") {
        policy = policy.dangerous_allow_missing_exp();
    }
    for name in required {
        policy = policy.require(name);
    }
    if let Some(bytes) = options["max_token_bytes"].as_u64() {
        policy = policy.max_token_len(usize::try_from(bytes).unwrap_or(usize::MAX));
    }
    let (on, off) = (Value::Bool(true), Value::Bool(false));
    let switches: [(&str, &Value, Switch); 8] = [
        ("verify_exp", &off, Policy::dangerous_skip_exp),
        ("verify_nbf", &off, Policy::dangerous_skip_nbf),
        ("verify_iat", &off, Policy::dangerous_skip_iat),
        ("verify_aud", &off, Policy::dangerous_skip_aud),
        ("verify_at_hash", &off, Policy::dangerous_skip_at_hash),
        ("strict_aud", &on, Policy::only_one_audience),
        ("allow_b64_false", &on, Policy::allow_unencoded_payload),
        ("allow_padded_base64", &on, Policy::dangerous_allow_padded_base64),
    ];
    for (name, value, switch) in switches {
        if options.get(name) == Some(value) {
            policy = switch(policy);
        }
    }
    let leeway = Duration::try_from_secs_f64(options["leeway"].as_f64().unwrap_or(0.0)).unwrap_or(Duration::MAX);
    Ok(policy.leeway(leeway)?)
}

/// A text or a list of texts.
fn texts(value: &Value) -> Vec<String> {
    let one = value.as_str().map(str::to_owned).into_iter();
    let list = value.as_array().into_iter().flatten();
    one.chain(list.filter_map(|name| name.as_str().map(str::to_owned)))
        .collect()
}

/// The token of a case, or one made by its recipe.
fn token(case: &Value) -> String {
    if let Some(token) = case["token"].as_str() {
        return token.to_owned();
    }
    let recipe = &case["mint"];
    if let Some(raw) = recipe.get("raw") {
        return text(raw);
    }
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(text(part));
    let signed = format!("{}.{}", encode(&recipe["header"]), encode(&recipe["payload"]));
    let secret = decode(&recipe["secret_b64u"]).unwrap_or_default();
    let tag = match recipe["alg"].as_str() {
        Some("HS384") => tag::<Hmac<Sha384>>(&secret, &signed),
        Some("HS512") => tag::<Hmac<Sha512>>(&secret, &signed),
        _ => tag::<Hmac<Sha256>>(&secret, &signed),
    };
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

fn tag<M: Mac + KeyInit>(secret: &[u8], signed: &str) -> Vec<u8> {
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(secret) else {
        return Vec::new();
    };
    mac.update(signed.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// `{text}`, or `{repeat}`: prefix, unit by count, middle, unit2 by count2, suffix.
fn text(part: &Value) -> String {
    if let Some(text) = part["text"].as_str() {
        return text.to_owned();
    }
    let repeat = &part["repeat"];
    let piece = |name: &str| repeat[name].as_str().unwrap_or_default();
    let times = |unit: &str, count: &str| {
        let count = repeat[count].as_u64().unwrap_or(0);
        piece(unit).repeat(usize::try_from(count).unwrap_or(0))
    };
    [
        piece("prefix"),
        &times("unit", "count"),
        piece("middle"),
        &times("unit2", "count2"),
        piece("suffix"),
    ]
    .concat()
}

fn matches(expect: &Value, outcome: &Result<Outcome, Refusal>) -> bool {
    if expect.get("or").is_some_and(|other| matches(other, outcome)) {
        return true;
    }
    let is = |name: &str, text: &str| expect.get(name).is_some_and(|wanted| wanted == text);
    match outcome {
        Err(refusal) => texts(&expect["error"]).iter().any(|kind| kind == refusal.kind),
        Ok(Outcome::Claims(claims)) => {
            expect["claims_any"] == true || expect.get("claims").is_some_and(|wanted| same_claims(wanted, claims))
        }
        Ok(Outcome::Payload(payload)) => {
            is("payload_b64u", &URL_SAFE_NO_PAD.encode(payload))
                || expect["payload_prefix"]
                    .as_str()
                    .is_some_and(|prefix| payload.starts_with(prefix.as_bytes()))
        }
        Ok(Outcome::Token(token)) => is("token", token),
        Ok(Outcome::Thumbprint(thumbprint)) => is("thumbprint", thumbprint),
        Ok(Outcome::Text(text)) => is("value", text),
        Ok(Outcome::Peeked { header, claims }) => {
            let wanted = |name: &str, said: &Value| expect.get(name).is_none_or(|wanted| same_claims(wanted, said));
            expect.get("error").is_none() && wanted("header", header) && wanted("claims", claims)
        }
        Ok(Outcome::Done) => expect["ok"] == true,
    }
}

/// The same members with the same values; times by what they are worth.
fn same_claims(wanted: &Value, said: &Value) -> bool {
    let (Some(wanted), Some(said)) = (wanted.as_object(), said.as_object()) else {
        return false;
    };
    wanted.len() == said.len()
        && wanted.iter().all(|(name, value)| match said.get(name) {
            Some(other) if matches!(name.as_str(), "exp" | "nbf" | "iat") => value.as_f64() == other.as_f64(),
            other => other == Some(value),
        })
}
