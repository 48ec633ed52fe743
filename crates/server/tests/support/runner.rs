//! Sends the cases to a server and tells which answers were not as expected.

use std::collections::HashMap;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::case::{Case, Expect, File, Request, Text, Token};
use super::check::{Context, check};
use super::edit::edited;
use super::http::{Answer, exchange, host, latin1, open_websocket, prefix};
use super::mint::mint;

/// All the recorded cases of a file of `testdata/contract`.
///
/// # Panics
/// If the file is missing, is no such file, or names a case twice.
pub(crate) fn cases(file: &str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/contract");
    let path = folder.join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let file: File = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    assert_eq!(file.format, 1, "an unknown format of cases");
    let mut seen = std::collections::HashSet::new();
    assert!(
        file.cases.iter().all(|case| seen.insert(case.id.clone())),
        "a case is there twice"
    );
    file.cases
}

/// Runs the cases for which `expected` gives an expectation, and fails with every disagreement unless all agree and
/// there were `count` of them.
///
/// # Panics
/// If a case fails or another number of cases was run.
pub(crate) fn run<'a>(
    context: Context<'_>,
    cases: &'a [Case],
    count: usize,
    expected: impl Fn(&'a Case) -> Option<&'a Expect>,
) {
    let (base, mut failures) = (context.base, Vec::new());
    let ran = disagreements(context, cases, expected, &mut failures);
    println!("{ran} cases against {base}, {} failed", failures.len());
    expect_agreement((ran, count), &failures);
}

/// Fails with every disagreement, or where not as many cases were run as there should be.
///
/// # Panics
/// As it says.
pub(crate) fn expect_agreement((ran, count): (usize, usize), failures: &[String]) {
    assert!(
        failures.is_empty(),
        "{} of {ran} cases failed\n{}",
        failures.len(),
        failures.join("\n")
    );
    assert_eq!(
        ran, count,
        "another number of cases was run than the file is known to hold"
    );
}

/// Runs the cases for which `expected` gives an expectation and adds what disagrees, a text each; how many were run.
pub(crate) fn disagreements<'a>(
    context: Context<'_>,
    cases: &'a [Case],
    expected: impl Fn(&'a Case) -> Option<&'a Expect>,
    failures: &mut Vec<String>,
) -> usize {
    let mut runner = Runner {
        context,
        logins: HashMap::new(),
    };
    let mut ran = 0_usize;
    for case in cases {
        let Some(expect) = expected(case) else { continue };
        ran += 1;
        let reasons = match runner.send(case) {
            Ok(answer) => check(expect, &answer, &runner.context),
            Err(why) => vec![why],
        };
        if !reasons.is_empty() {
            failures.push(format!(
                "FAIL {}  ({})\n     {}",
                case.id,
                case.why,
                reasons.join("\n     ")
            ));
        }
    }
    ran
}

struct Runner<'a> {
    context: Context<'a>,
    /// Tokens of the logins that were already done, by their form.
    logins: HashMap<String, String>,
}

impl Runner<'_> {
    fn send(&mut self, case: &Case) -> Result<Answer, String> {
        let token = case.token.as_ref().map(|token| self.token(token)).transpose()?;
        let request = &case.request;
        let base = self.context.base;
        let host = host(base);
        if let Some(raw) = &request.raw_http {
            let text = filled(raw, token.as_deref()).replace("{host}", host);
            return exchange(host, &request.method, &latin1(&text)?);
        }
        if request.websocket {
            let path = format!("{}{}", prefix(base), request.path);
            return open_websocket(host, &path, &headers(request, token.as_deref()));
        }
        exchange(host, &request.method, &message(request, token.as_deref(), base)?)
    }

    fn token(&mut self, token: &Token) -> Result<String, String> {
        let fresh = if let Some(raw) = &token.raw {
            raw.text()
        } else if let Some(login) = &token.login {
            self.log_in(&urlencoded(&login.form, None))?
        } else {
            mint(token, self.context.secret)?
        };
        edited(fresh, &token.edits)
    }

    fn log_in(&mut self, form: &str) -> Result<String, String> {
        if let Some(token) = self.logins.get(form) {
            return Ok(token.clone());
        }
        let host = host(self.context.base);
        let head = format!("POST /token HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded");
        let request = format!("{head}\r\nContent-Length: {}\r\n\r\n{form}", form.len());
        let answer = exchange(host, "POST", request.as_bytes())?;
        let document: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        match (answer.status, document["access_token"].as_str()) {
            (200, Some(token)) => {
                self.logins.insert(form.to_owned(), token.to_owned());
                Ok(token.to_owned())
            }
            (status, _) => Err(format!("the login for the token failed: {status} {}", answer.text())),
        }
    }
}

/// The headers that a case names, a line each.
fn headers(request: &Request, token: Option<&str>) -> String {
    let line = |(name, value): &(String, Text)| format!("{name}: {}\r\n", filled(&value.text(), token));
    request.headers.iter().map(line).collect()
}

fn message(request: &Request, token: Option<&str>, base: &str) -> Result<Vec<u8>, String> {
    let path = format!("{}{}", prefix(base), filled(&request.path, token));
    let mut head = format!("{} {path} HTTP/1.1\r\n", request.method);
    let has = |name: &str| request.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name));
    if !has("host") {
        head.push_str(&format!("Host: {}\r\n", host(base)));
    }
    head.push_str(&headers(request, token));
    let (kind, mut body) = content(request, token)?;
    if let (Some(kind), false) = (kind, has("content-type")) {
        head.push_str(&format!("Content-Type: {kind}\r\n"));
    }
    let body_expected = body.is_some() || matches!(request.method.as_str(), "POST" | "PUT" | "PATCH");
    if request.chunked {
        head.push_str("Transfer-Encoding: chunked\r\n");
        body = body.map(|bytes| chunked(&bytes));
    } else if body_expected && !has("content-length") && !has("transfer-encoding") {
        head.push_str(&format!("Content-Length: {}\r\n", body.as_ref().map_or(0, Vec::len)));
    }
    head.push_str("\r\n");
    let mut bytes = latin1(&head)?;
    bytes.extend(body.unwrap_or_default());
    Ok(bytes)
}

/// The content type that belongs to the body, where the case leaves it open, and the body.
fn content(request: &Request, token: Option<&str>) -> Result<(Option<&'static str>, Option<Vec<u8>>), String> {
    if let Some(form) = &request.form {
        let form = urlencoded(form, token).into_bytes();
        return Ok((Some("application/x-www-form-urlencoded"), Some(form)));
    }
    if let Some(json) = &request.json {
        return Ok((Some("application/json"), Some(json.to_string().into_bytes())));
    }
    if let Some(body) = &request.body {
        return Ok((None, Some(filled(&body.text(), token).into_bytes())));
    }
    let bytes = request
        .body_b64
        .as_ref()
        .map(|text| STANDARD.decode(text).map_err(|e| e.to_string()));
    Ok((None, bytes.transpose()?))
}

/// In two chunks.
fn chunked(body: &[u8]) -> Vec<u8> {
    let (first, second) = body.split_at(body.len().min(5));
    let mut bytes = Vec::new();
    for chunk in [first, second].into_iter().filter(|chunk| !chunk.is_empty()) {
        bytes.extend(format!("{:x}\r\n", chunk.len()).bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes
}

fn filled(text: &str, token: Option<&str>) -> String {
    token.map_or_else(|| text.to_owned(), |token| text.replace("{token}", token))
}

fn urlencoded(form: &[(Text, Text)], token: Option<&str>) -> String {
    let pair =
        |(name, value): &(Text, Text)| format!("{}={}", quoted(&name.text()), quoted(&filled(&value.text(), token)));
    form.iter().map(pair).collect::<Vec<_>>().join("&")
}

fn quoted(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'-' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
