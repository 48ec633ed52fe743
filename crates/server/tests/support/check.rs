//! Does an answer meet what a case expects? Each disagreement is one sentence.

use std::collections::BTreeMap;

use regex_lite::Regex;
use serde_json::Value;

use super::case::{Body, Expect, HeaderRule, Status};
use super::http::{Answer, host};
use super::json;

/// What the checks know besides the answer: the server's address and the secret it signs with.
pub(crate) struct Context<'a> {
    pub(crate) base: &'a str,
    pub(crate) secret: &'a str,
}

/// The disagreements; none means that the answer is as expected.
pub(crate) fn check(expect: &Expect, answer: &Answer, context: &Context<'_>) -> Vec<String> {
    if let Some(alternatives) = &expect.any_of {
        return any_of(alternatives, answer, context);
    }
    let mut out = Vec::new();
    if expect.no_answer {
        out.push("whether nothing comes is not asked here".to_owned());
    }
    match &expect.status {
        Some(Status::One(code)) if *code == answer.status => {}
        Some(Status::AnyOf(codes)) if codes.contains(&answer.status) => {}
        wanted => out.push(format!(
            "status: expected {wanted:?}, got {} ({})",
            answer.status,
            short(&answer.text())
        )),
    }
    for (name, rule) in &expect.headers {
        out.extend(header(rule.as_ref(), answer.header(name), context).map(|why| format!("header {name}: {why}")));
    }
    if expect.json.is_some() || !expect.jsonpath.is_empty() {
        match serde_json::from_slice::<Value>(&answer.body) {
            Ok(document) => check_json(expect, &document, context, &mut out),
            Err(error) => out.push(format!("body: not JSON ({error}): {}", short(&answer.text()))),
        }
    }
    check_text(expect, answer, &mut out);
    out
}

fn any_of(alternatives: &[Expect], answer: &Answer, context: &Context<'_>) -> Vec<String> {
    let tries: Vec<_> = alternatives
        .iter()
        .map(|expect| check(expect, answer, context))
        .collect();
    if tries.iter().any(Vec::is_empty) {
        return Vec::new();
    }
    let first: Vec<_> = tries.iter().filter_map(|reasons| reasons.first().cloned()).collect();
    vec![format!(
        "none of {} allowed answers: {}",
        tries.len(),
        first.join(" | ")
    )]
}

fn check_json(expect: &Expect, document: &Value, context: &Context<'_>, out: &mut Vec<String>) {
    if let Some(wanted) = &expect.json
        && !json::same(document, wanted)
    {
        out.push(format!(
            "json: expected {}, got {}",
            short(&wanted.to_string()),
            short(&document.to_string())
        ));
    }
    for (path, rule) in &expect.jsonpath {
        let reasons = json::check_path(document, path, rule, context.secret);
        out.extend(reasons.into_iter().map(|why| format!("{path}: {why}")));
    }
}

fn check_text(expect: &Expect, answer: &Answer, out: &mut Vec<String>) {
    let text = answer.text();
    if let Some(wanted) = &expect.text
        && text != *wanted
    {
        out.push(format!("body: expected {wanted:?}, got {}", short(&text)));
    }
    out.extend(
        expect
            .text_contains
            .iter()
            .filter(|t| !text.contains(*t))
            .map(|t| format!("body: lacks {t:?}")),
    );
    out.extend(
        expect
            .text_absent
            .iter()
            .filter(|t| text.contains(*t))
            .map(|t| format!("body: must not hold {t:?}")),
    );
    if let (Some(Body::Empty), false) = (&expect.body, text.is_empty()) {
        out.push(format!("body: expected none, got {}", short(&text)));
    }
}

fn header(rule: Option<&HeaderRule>, got: Option<String>, context: &Context<'_>) -> Option<String> {
    let (rule, got) = match (rule, got) {
        (None, None) => return None,
        (None, Some(got)) => return Some(format!("expected none, got {got:?}")),
        (Some(rule), None) => return Some(format!("missing, expected {rule:?}")),
        (Some(rule), Some(got)) => (rule, got),
    };
    let holds = match rule {
        HeaderRule::Exact(wanted) => got == *wanted,
        HeaderRule::ResolvesTo { resolves_to } => {
            resolved(context.base, &got) == resolves_to.replace("{base}", context.base)
        }
        HeaderRule::Regex { regex } => matches(regex, &got),
        HeaderRule::Set { set } => sorted(got.split(',')) == sorted(set.iter().map(String::as_str)),
        HeaderRule::Challenge { scheme, params } => {
            let (got_scheme, got_params) = challenge(&got);
            got_scheme.eq_ignore_ascii_case(scheme) && params.iter().all(|(k, v)| got_params.get(k) == Some(v))
        }
    };
    (!holds).then(|| format!("expected {rule:?}, got {got:?}"))
}

/// Whether a pattern is found, and what its look-aheads at the end name behind it, and nothing of what those deny that begin
/// with `(?!`: this crate of patterns has neither.
fn matches(regex: &str, text: &str) -> bool {
    let (regex, denied) = without_denials(regex);
    let mut parts = regex.split("(?=");
    let first = parts.next().unwrap_or_default();
    let flags = if first.starts_with("(?i)") { "(?i)" } else { "" };
    let ahead = parts.map(|part| format!("{flags}{}", part.strip_suffix(')').unwrap_or(part)));
    let found = |pattern: String| Regex::new(&pattern).is_ok_and(|pattern| pattern.is_match(text));
    std::iter::once(first.to_owned()).chain(ahead).all(found)
        && !denied.into_iter().map(|pattern| format!("{flags}{pattern}")).any(found)
}

/// A pattern without what it denies, and that.
fn without_denials(regex: &str) -> (String, Vec<String>) {
    let mut parts = regex.split("(?!");
    let mut rest = parts.next().unwrap_or_default().to_owned();
    let mut denied = Vec::new();
    for part in parts {
        let (inner, after) = part.split_once(')').unwrap_or((part, ""));
        denied.push(inner.to_owned());
        rest.push_str(after);
    }
    (rest, denied)
}

fn sorted<'a>(items: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut items: Vec<_> = items.map(|item| item.trim().to_ascii_uppercase()).collect();
    items.sort();
    items
}

/// Where a Location leads: absolute, from the server's root, or relative to the application's.
fn resolved(base: &str, location: &str) -> String {
    if location.contains("://") {
        return location.to_owned();
    }
    match location.strip_prefix('/') {
        Some(path) => format!("http://{}/{path}", host(base)),
        None => format!("{base}/{location}"),
    }
}

/// `Bearer scope="a b", error="x"` → the scheme, and the parameters without their quotes.
fn challenge(value: &str) -> (&str, BTreeMap<String, String>) {
    let value = value.trim_start();
    let end = value
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))
        .unwrap_or(value.len());
    let (scheme, rest) = value.split_at(end);
    let pattern = Regex::new(r#"([A-Za-z_-]+)\s*=\s*(?:"([^"]*)"|([^",\s]*))"#).expect("a sound pattern");
    let param = |found: regex_lite::Captures<'_>| {
        let text = found.get(2).or(found.get(3)).map_or("", |m| m.as_str());
        (found[1].to_owned(), text.to_owned())
    };
    (scheme, pattern.captures_iter(rest).map(param).collect())
}

/// Enough of a text to see what it was.
pub(crate) fn short(text: &str) -> String {
    let mut cut: String = text.chars().take(400).collect();
    if cut.len() < text.len() {
        cut.push_str(" …");
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTEXT: Context<'_> = Context {
        base: "http://h:1",
        secret: "s",
    };

    fn answer() -> Answer {
        let headers = [
            ("www-authenticate", "Bearer scope=\"a b\", error=invalid_token"),
            ("allow", "GET, HEAD"),
            ("location", "/x/"),
        ];
        let headers = headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec();
        Answer {
            status: 401,
            headers,
            body: br#"{"a":[1,true]}"#.to_vec(),
        }
    }

    fn reasons(expect: &str) -> usize {
        check(&serde_json::from_str(expect).unwrap(), &answer(), &CONTEXT).len()
    }

    #[test]
    fn every_kind_of_disagreement_is_named() {
        for wrong in [
            r#"{}"#,
            r#"{"status":200}"#,
            r#"{"status":[200,403]}"#,
            r#"{"status":401,"headers":{"allow":null}}"#,
            r#"{"status":401,"headers":{"pragma":"no-cache"}}"#,
            r#"{"status":401,"headers":{"www-authenticate":"Bearer"}}"#,
            r#"{"status":401,"headers":{"www-authenticate":{"scheme":"Basic","params":{}}}}"#,
            r#"{"status":401,"headers":{"www-authenticate":{"scheme":"Bearer","params":{"scope":"a"}}}}"#,
            r#"{"status":401,"headers":{"allow":{"set":["GET"]}}}"#,
            r#"{"status":401,"headers":{"allow":{"regex":"POST"}}}"#,
            r#"{"status":401,"headers":{"location":{"resolves_to":"{base}/x"}}}"#,
            r#"{"status":401,"json":{"a":[1,1]}}"#,
            r#"{"status":401,"json":null}"#,
            r#"{"status":401,"text":"x"}"#,
            r#"{"status":401,"text_contains":["b"]}"#,
            r#"{"status":401,"text_absent":["a"]}"#,
            r#"{"status":401,"body":"empty"}"#,
            r#"{"any_of":[{"status":200},{"status":403}]}"#,
        ] {
            assert_eq!(reasons(wrong), 1, "{wrong}");
        }
    }

    #[test]
    fn an_answer_that_agrees_gives_no_reason() {
        let right = r#"{"status":[401],"headers":{"pragma":null,"allow":{"set":["HEAD","GET"]},
            "location":{"resolves_to":"{base}/x/"},"www-authenticate":{"scheme":"bearer",
            "params":{"scope":"a b","error":"invalid_token"}}},"json":{"a":[1,true]},"text_contains":["a"]}"#;
        assert_eq!(reasons(right), 0);
        assert_eq!(reasons(r#"{"any_of":[{"status":200},{"status":401}]}"#), 0);
    }

    #[test]
    fn a_look_ahead_is_held_against_the_text_too() {
        for (pattern, found) in [
            ("(?i)^a(?=.*b)(?=.*c)", true),
            ("(?i)^a(?=.*b)(?=.*d)", false),
            ("^a(?=.*b)", false),
            ("(?i)^(?!.*\\bd\\b)a", true),
            ("(?i)^(?!.*\\bb\\b)a", false),
            ("(?i)^(x(?!c))?a", false),
        ] {
            assert_eq!(matches(pattern, "A c B"), found, "{pattern}");
        }
    }

    #[test]
    fn an_unknown_expectation_is_an_error() {
        assert!(serde_json::from_str::<Expect>(r#"{"status":401,"statsu":200}"#).is_err());
    }
}
