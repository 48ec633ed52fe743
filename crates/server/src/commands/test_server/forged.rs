//! Tokens that whoever checks them by our public keys must refuse.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_core::jose::SigningKey;
use serde_json::{Map, Value, json};

use crate::failure::{OrFail as _, Outcome};

/// Two hours: beyond every leeway.
const LONG: i64 = 2 * 60 * 60;

type Object = Map<String, Value>;

/// What is wrong, and the token: each is `good` but for the one thing.
pub(super) fn all(good: &str, key: &SigningKey) -> Outcome<Vec<(&'static str, String)>> {
    let other = SigningKey::generate(key.algorithm());
    let other = other.and_then(|other| other.with_key_id(key.key_id().unwrap_or_default()));
    let other = other.or_fail("no second key could be made", "Try again.")?;
    let (header, claims, signature) = parts(good)?;
    let signed = |key: &SigningKey, change: &dyn Fn(&mut Object)| {
        let mut claims = claims.clone();
        change(&mut claims);
        let typ = header.get("typ").and_then(Value::as_str).unwrap_or("JWT");
        let token = key.sign_bytes(typ, Value::Object(claims).to_string().as_bytes());
        token.or_fail("a token cannot be signed", "Please report this.")
    };
    let elsewhere = json!("https://elsewhere.example");
    let set =
        |name: &'static str, value: Value| move |claims: &mut Object| drop(claims.insert(name.into(), value.clone()));
    let shift = |claims: &mut Object, name: &str, by: i64| {
        let at = claims.get("iat").and_then(Value::as_i64).unwrap_or_default();
        claims.insert(name.to_owned(), json!(at.saturating_add(by)));
    };
    let mut unsigned = header.clone();
    unsigned.insert("alg".into(), json!("none"));
    let mut changed = claims.clone();
    changed.insert("sub".into(), json!("admin"));
    Ok(vec![
        (
            "expired",
            signed(key, &|claims| {
                shift(claims, "exp", -LONG);
                shift(claims, "iat", -LONG);
            })?,
        ),
        ("endless", signed(key, &|claims| drop(claims.remove("exp")))?),
        ("not_yet", signed(key, &|claims| shift(claims, "nbf", LONG))?),
        ("other_audience", signed(key, &set("aud", elsewhere.clone()))?),
        ("other_issuer", signed(key, &set("iss", elsewhere))?),
        ("other_key", signed(&other, &|_| ())?),
        ("unsigned", format!("{}.{}.", part(&unsigned), part(&claims))),
        ("changed", format!("{}.{}.{signature}", part(&header), part(&changed))),
        ("no_token", "bad".to_owned()),
    ])
}

fn parts(token: &str) -> Outcome<(Object, Object, &str)> {
    let mut parts = token.splitn(3, '.');
    let mut object = || {
        let json = URL_SAFE_NO_PAD.decode(parts.next()?).ok()?;
        serde_json::from_slice::<Object>(&json).ok()
    };
    let (header, claims) = (object(), object());
    let read = header.zip(claims).zip(parts.next());
    let ((header, claims), signature) = read.or_fail("an access token cannot be read", "Please report this.")?;
    Ok((header, claims, signature))
}

fn part(object: &Object) -> String {
    URL_SAFE_NO_PAD.encode(Value::Object(object.clone()).to_string())
}
