//! JSON expectations: whole values, paths, and the JWTs found at them.

use base64::Engine;
use regex_lite::Regex;
use serde_json::{Map, Value};

use super::case::{JwtRule, PathRule, SignedWith};
use super::check::short;
use super::mint::{BASE64URL, now, seconds, sign};

/// Seconds that an expected time may be off, where the case does not say.
const TOLERANCE: i64 = 10;

/// Equal members and items; `1` equals `1.0`, and never `true`.
pub(crate) fn same(got: &Value, wanted: &Value) -> bool {
    match (got, wanted) {
        (Value::Object(got), Value::Object(wanted)) => {
            got.len() == wanted.len() && wanted.iter().all(|(k, w)| got.get(k).is_some_and(|g| same(g, w)))
        }
        (Value::Array(got), Value::Array(wanted)) => {
            got.len() == wanted.len() && got.iter().zip(wanted).all(|(g, w)| same(g, w))
        }
        (Value::Number(g), Value::Number(w)) => g == w || g.as_f64() == w.as_f64(),
        _ => got == wanted,
    }
}

/// The value at a path such as `$.a.b[0]['c.d']`.
///
/// # Errors
/// A sentence, if the path is not written so.
fn walk<'a>(document: &'a Value, path: &str) -> Result<Option<&'a Value>, String> {
    let step = Regex::new(r"^(?:\.([A-Za-z0-9_-]+)|\[(\d+)\]|\['([^']*)'\])").expect("a sound pattern");
    let mut rest = path.strip_prefix('$').ok_or("a path starts with $")?;
    let mut here = Some(document);
    while !rest.is_empty() {
        let found = step.captures(rest).ok_or_else(|| format!("not a path: {rest:?}"))?;
        let name = found.get(1).or(found.get(3)).map(|m| m.as_str());
        let index = found.get(2).and_then(|m| m.as_str().parse::<usize>().ok());
        here = here.and_then(|value| match (name, index) {
            (Some(name), _) => value.get(name),
            (None, Some(index)) => value.get(index),
            (None, None) => None,
        });
        rest = &rest[found[0].len()..];
    }
    Ok(here)
}

/// The disagreements at one path.
pub(crate) fn check_path(document: &Value, path: &str, rule: &PathRule, secret: &str) -> Vec<String> {
    match (walk(document, path), rule.absent) {
        (Err(why), _) => vec![why],
        (Ok(None), true) => Vec::new(),
        (Ok(Some(value)), true) => vec![format!("expected to be absent, is {}", short(&value.to_string()))],
        (Ok(None), false) => vec!["missing".to_owned()],
        (Ok(Some(value)), false) => check_value(value, rule, secret),
    }
}

fn check_value(value: &Value, rule: &PathRule, secret: &str) -> Vec<String> {
    let shown = short(&value.to_string());
    let mut out = Vec::new();
    let mut demand = |holds: bool, wanted: String| {
        if !holds {
            out.push(format!("expected {wanted}, got {shown}"));
        }
    };
    if let Some(wanted) = &rule.equals {
        demand(same(value, wanted), short(&wanted.to_string()));
    }
    if let Some(kind) = &rule.kind {
        demand(is_a(value, kind), format!("a {kind}"));
    }
    if let Some(regex) = &rule.regex {
        let pattern = Regex::new(regex);
        let text = value.as_str();
        demand(
            pattern.is_ok_and(|p| text.is_some_and(|t| p.is_match(t))),
            format!("a match of {regex:?}"),
        );
    }
    if let Some(names) = &rule.keys_within {
        let within = value.as_object().is_some_and(|o| o.keys().all(|k| names.contains(k)));
        demand(within, format!("no members but {names:?}"));
    }
    if let Some(names) = &rule.keys {
        demand(
            value.as_object().is_some_and(|o| has_names(o, names)),
            format!("exactly the members {names:?}"),
        );
    }
    for wanted in &rule.contains {
        demand(contains(value, wanted), format!("something with {wanted}"));
    }
    if let Some(wanted) = rule.length {
        demand(length(value) == Some(wanted), format!("a length of {wanted}"));
    }
    if let Some(rule) = &rule.jwt {
        out.extend(check_jwt(value, rule, secret));
    }
    out
}

fn is_a(value: &Value, kind: &str) -> bool {
    match kind {
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    }
}

fn has_names(object: &Map<String, Value>, names: &[String]) -> bool {
    object.len() == names.len() && names.iter().all(|name| object.contains_key(name))
}

fn contains(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::Array(items), _) => items.iter().any(|item| same(item, wanted)),
        (Value::Object(members), Value::String(name)) => members.contains_key(name),
        (Value::String(text), Value::String(part)) => text.contains(part.as_str()),
        _ => false,
    }
}

fn length(value: &Value) -> Option<usize> {
    match value {
        Value::Array(items) => Some(items.len()),
        Value::Object(members) => Some(members.len()),
        Value::String(text) => Some(text.chars().count()),
        _ => None,
    }
}

fn check_jwt(value: &Value, rule: &JwtRule, secret: &str) -> Vec<String> {
    let Some(Opened {
        signed,
        signature,
        header,
        claims,
    }) = value.as_str().and_then(opened)
    else {
        return vec!["not a JWT".to_owned()];
    };
    let mut out = Vec::new();
    if let Some(SignedWith::AppSecret) = rule.signed_with
        && sign("HS256", secret.as_bytes(), signed).as_deref() != Ok(signature)
    {
        out.push("the HS256 signature with the app's secret does not match".to_owned());
    }
    for (name, wanted) in &rule.header {
        if header.get(name) != Some(wanted) {
            out.push(format!("header {name}: expected {wanted}, got {:?}", header.get(name)));
        }
    }
    if rule
        .claim_names
        .as_ref()
        .is_some_and(|names| !has_names(&claims, names))
    {
        out.push(format!(
            "claims: expected exactly {:?}, got {claims:?}",
            rule.claim_names
        ));
    }
    let missing = rule
        .claim_names_include
        .iter()
        .filter(|name| !claims.contains_key(*name));
    out.extend(missing.map(|name| format!("claims: {name} missing")));
    if let Some(allowed) = &rule.claim_scope_within {
        let granted = claims.get("scope").and_then(Value::as_str).unwrap_or_default();
        let extra: Vec<_> = granted
            .split_whitespace()
            .filter(|s| !allowed.iter().any(|a| a == s))
            .collect();
        if !extra.is_empty() || claims.get("scope").is_some_and(|scope| !scope.is_string()) {
            out.push(format!("claim scope: grants {extra:?} of {:?}", claims.get("scope")));
        }
    }
    for (name, wanted) in &rule.claims {
        if !claims.get(name).is_some_and(|got| claim_is(got, wanted)) {
            out.push(format!("claim {name}: expected {wanted}, got {:?}", claims.get(name)));
        }
    }
    out
}

/// A compact JWT, taken apart.
struct Opened<'a> {
    signed: &'a str,
    signature: &'a str,
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

/// `None` if it is no compact JWT.
fn opened(token: &str) -> Option<Opened<'_>> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    if token.contains('=') || claims.contains('.') {
        return None;
    }
    let object = |part| serde_json::from_slice(&BASE64URL.decode(part).ok()?).ok();
    Some(Opened {
        signed,
        signature,
        header: object(header)?,
        claims: object(claims)?,
    })
}

/// Equal in value and type, or a whole number near the time wanted.
fn claim_is(got: &Value, wanted: &Value) -> bool {
    let Some(offset) = wanted.get("now").and_then(Value::as_i64) else {
        return got == wanted;
    };
    let tolerance = wanted.get("tolerance").and_then(Value::as_i64).unwrap_or(TOLERANCE);
    got.as_i64()
        .is_some_and(|at| (at - seconds(now()) - offset).abs() <= tolerance)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn reasons(path: &str, rule: Value) -> usize {
        let signed = format!(
            "{}.{}",
            BASE64URL.encode(r#"{"alg":"HS256"}"#),
            BASE64URL.encode(json!({"sub": "x", "scope": "me admin", "exp": seconds(now()) + 1800}).to_string())
        );
        let token = format!("{signed}.{}", sign("HS256", b"s", &signed).unwrap());
        let document = json!({"a": [{"b.c": 1}, true], "t": token, "n": null});
        check_path(&document, path, &serde_json::from_value(rule).unwrap(), "s").len()
    }

    #[test]
    fn every_kind_of_disagreement_is_named() {
        assert_eq!(reasons("$.a", json!({"absent": true})), 1);
        assert_eq!(reasons("$.x", json!({})), 1);
        assert_eq!(reasons("a", json!({})), 1);
        assert_eq!(reasons("$.a[1]", json!({"equals": 1})), 1);
        assert_eq!(reasons("$.n", json!({"equals": false})), 1);
        assert_eq!(reasons("$.a", json!({"type": "object"})), 1);
        assert_eq!(reasons("$.t", json!({"regex": "^x"})), 1);
        assert_eq!(reasons("$", json!({"keys_within": ["a", "t"]})), 1);
        assert_eq!(reasons("$", json!({"keys": ["a", "t", "n", "z"]})), 1);
        assert_eq!(reasons("$.a", json!({"contains": [2]})), 1);
        assert_eq!(reasons("$.a", json!({"length": 3})), 1);
        assert_eq!(reasons("$.a", json!({"jwt": {}})), 1);
        assert_eq!(reasons("$.t", json!({"jwt": {"header": {"alg": "none"}}})), 1);
        assert_eq!(reasons("$.t", json!({"jwt": {"claim_names": ["sub"]}})), 1);
        assert_eq!(reasons("$.t", json!({"jwt": {"claim_names_include": ["jti"]}})), 1);
        assert_eq!(reasons("$.t", json!({"jwt": {"claim_scope_within": ["me"]}})), 1);
        assert_eq!(reasons("$.t", json!({"jwt": {"claims": {"sub": "y"}}})), 1);
        assert_eq!(
            reasons(
                "$.t",
                json!({"jwt": {"claims": {"exp": {"now": 3600, "tolerance": 15}}}})
            ),
            1
        );
    }

    #[test]
    fn a_signature_under_another_secret_is_named() {
        let rule = serde_json::from_value(json!({"signed_with": "app-secret"})).unwrap();
        let signed = format!("{}.{}", BASE64URL.encode("{}"), BASE64URL.encode("{}"));
        let token = json!(format!("{signed}.{}", sign("HS256", b"s", &signed).unwrap()));
        assert_eq!(check_jwt(&token, &rule, "s"), Vec::<String>::new());
        assert_eq!(check_jwt(&token, &rule, "other").len(), 1);
    }

    #[test]
    fn a_value_that_agrees_gives_no_reason() {
        assert_eq!(reasons("$.a[0]['b.c']", json!({"equals": 1.0, "type": "number"})), 0);
        assert_eq!(reasons("$.n", json!({"equals": null})), 0);
        assert_eq!(reasons("$.x", json!({"absent": true})), 0);
        let jwt = json!({"header": {"alg": "HS256"}, "signed_with": "app-secret", "claim_names_include": ["sub"],
            "claim_scope_within": ["me", "admin"], "claims": {"sub": "x", "exp": {"now": 1800}}});
        assert_eq!(reasons("$.t", json!({"jwt": jwt})), 0);
    }
}
