//! The tokens of the cases, signed with the secret that the server under test was given.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit, Mac};
use regex_lite::Regex;
use serde_json::{Map, Value, json};
use sha2::{Sha256, Sha384, Sha512};

use super::case::{Align, Token};

/// Attempts at a signature of a wanted shape before giving up.
const ATTEMPTS: u32 = 10_000;

/// Writes without padding; reads with or without, and with any unused bits, as an edited token may have them.
pub(crate) const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The time now, since 1970.
#[expect(clippy::disallowed_methods, reason = "the server under test reads the same clock")]
pub(crate) fn now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock after 1970")
}

/// The token that a case describes, before its edits.
///
/// # Errors
/// A sentence, if the description makes no sense or no signature has the wanted shape.
pub(crate) fn mint(token: &Token, secret: &str) -> Result<String, String> {
    if let Some(Align::SecondStart) = token.align {
        let past = Duration::from_nanos(u64::from(now().subsec_nanos()));
        std::thread::sleep(Duration::from_millis(1020).saturating_sub(past));
    }
    let now = now();
    let key = key(token.secret.as_deref().unwrap_or("app-secret"), secret)?;
    let header = match (&token.header_json, &token.header) {
        (Some(text), _) => text.clone(),
        (None, Some(header)) => header.to_string(),
        (None, None) => json!({"alg": "HS256", "typ": "JWT"}).to_string(),
    };
    let wanted = token
        .until_matches
        .as_deref()
        .map(Regex::new)
        .transpose()
        .map_err(|e| e.to_string())?;
    for nonce in 0..ATTEMPTS {
        let signed = format!(
            "{}.{}",
            BASE64URL.encode(&header),
            BASE64URL.encode(payload(token, now, nonce)?)
        );
        let signature = sign(token.mac.as_deref().unwrap_or("HS256"), &key, &signed)?;
        if wanted.as_ref().is_none_or(|pattern| pattern.is_match(&signature)) {
            return Ok(format!("{signed}.{signature}"));
        }
    }
    Err("no signature matched until_matches".to_owned())
}

/// The encoded MAC of the signing input; empty for `none`.
///
/// # Errors
/// A sentence, if the algorithm is none of the three.
pub(crate) fn sign(mac: &str, key: &[u8], signed: &str) -> Result<String, String> {
    fn encoded<M: Mac + KeyInit>(key: &[u8], signed: &str) -> String {
        let mac = <M as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
        BASE64URL.encode(mac.chain_update(signed).finalize().into_bytes())
    }
    match mac {
        "none" => Ok(String::new()),
        "HS256" => Ok(encoded::<Hmac<Sha256>>(key, signed)),
        "HS384" => Ok(encoded::<Hmac<Sha384>>(key, signed)),
        "HS512" => Ok(encoded::<Hmac<Sha512>>(key, signed)),
        other => Err(format!("unknown mac {other}")),
    }
}

fn key(which: &str, secret: &str) -> Result<Vec<u8>, String> {
    match which {
        "app-secret" => Ok(secret.as_bytes().to_vec()),
        "other" => Ok(format!("other-{secret}").into_bytes()),
        "empty" => Ok(Vec::new()),
        // The 32 bytes that the 64 digits spell: the text itself is the key, so these must be refused.
        "app-secret-hex" => Ok(unhex(secret).unwrap_or_else(|| b"x".to_vec())),
        other => Err(format!("unknown secret {other}")),
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let lower = |b: &u8| b.is_ascii_digit() || (b'a'..=b'f').contains(b);
    if text.is_empty() || !text.len().is_multiple_of(2) || !text.bytes().all(|b| lower(&b)) {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&text[i..i + 2], 16).ok())
        .collect()
}

fn payload(token: &Token, now: Duration, nonce: u32) -> Result<String, String> {
    if let Some(text) = &token.claims_json {
        return Ok(fill_times(text, now));
    }
    let mut claims = match &token.claims {
        Some(claims) => claims_value(claims, now)?,
        None => Value::Object(Map::new()),
    };
    if let (Value::Object(members), 1..) = (&mut claims, nonce) {
        members.insert("jti".to_owned(), Value::String(nonce.to_string()));
    }
    Ok(claims.to_string())
}

/// `{now+600}` and `{now-60}` become whole seconds.
fn fill_times(text: &str, now: Duration) -> String {
    let pattern = Regex::new(r"\{now([+-]\d+)\}").expect("a sound pattern");
    let filled = pattern.replace_all(text, |found: &regex_lite::Captures<'_>| {
        let offset: i64 = found[1].parse().expect("a whole number");
        (seconds(now) + offset).to_string()
    });
    filled.into_owned()
}

fn claims_value(value: &Value, now: Duration) -> Result<Value, String> {
    match value {
        Value::Object(members) if members.contains_key("now") => time(members, now),
        Value::Object(members) if members.contains_key("repeat") => {
            let text: super::case::Text = serde_json::from_value(value.clone()).map_err(|e| e.to_string())?;
            Ok(Value::String(text.text()))
        }
        Value::Object(members) => {
            let members = members.iter().map(|(k, v)| Ok((k.clone(), claims_value(v, now)?)));
            members.collect::<Result<Map<_, _>, String>>().map(Value::Object)
        }
        Value::Array(items) => items
            .iter()
            .map(|v| claims_value(v, now))
            .collect::<Result<Vec<_>, _>>()
            .map(Value::Array),
        other => Ok(other.clone()),
    }
}

fn time(members: &Map<String, Value>, now: Duration) -> Result<Value, String> {
    let offset = members["now"].as_i64().ok_or("now takes a whole number of seconds")?;
    let at = seconds(now) + offset;
    match members.get("as").and_then(Value::as_str).unwrap_or("int") {
        "int" => Ok(json!(at)),
        "float" => serde_json::from_str(&format!("{at}.5")).map_err(|e| e.to_string()),
        "string" => Ok(json!(at.to_string())),
        "ms" => Ok(json!(at * 1000 + i64::from(now.subsec_millis()))),
        other => Err(format!("unknown form of a time: {other}")),
    }
}

/// Whole seconds since 1970.
pub(crate) fn seconds(now: Duration) -> i64 {
    i64::try_from(now.as_secs()).expect("a date before the end of i64")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7515, appendix A.1: the signing input and key given there, and the signature they make.
    #[test]
    fn the_signature_is_that_of_rfc_7515_a_1() {
        let key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
        let signed = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signature = sign("HS256", &BASE64URL.decode(key).unwrap(), signed).unwrap();
        assert_eq!(signature, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    }

    #[test]
    fn times_are_filled_into_claims_and_text() {
        let now = Duration::from_millis(1_000_250);
        let claims = json!({"a": {"now": 5}, "b": [{"now": -5, "as": "string"}], "c": {"now": 0, "as": "ms"}});
        assert_eq!(
            claims_value(&claims, now).unwrap(),
            json!({"a": 1005, "b": ["995"], "c": 1_000_250})
        );
        assert_eq!(
            claims_value(&json!({"now": 1, "as": "float"}), now).unwrap(),
            json!(1001.5)
        );
        assert_eq!(fill_times("{now+600}|{now-60}|{now}", now), "1600|940|{now}");
    }
}
