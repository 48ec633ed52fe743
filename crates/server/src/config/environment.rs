//! Our part of the environment.

use std::ffi::OsString;

use super::unknown::unknown;
use super::{CONFIG_VARIABLE, KEYS, Key, PREFIX, SECRETS};
use crate::failure::Outcome;

/// Our part of the environment, with no unknown name in it.
pub(super) fn ours(environment: impl Iterator<Item = (OsString, OsString)>) -> Outcome<Vec<(String, OsString)>> {
    let mut found = Vec::new();
    for (name, value) in environment {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else {
            continue;
        };
        if SECRETS.contains(&name) {
            continue;
        }
        let known = name == CONFIG_VARIABLE || KEYS.iter().any(|key| key.variable() == name);
        if known {
            found.push((name.to_owned(), value));
        } else if !is_of_a_link(name.trim_start_matches(PREFIX), &value.to_string_lossy()) {
            let variables = KEYS.iter().map(Key::variable);
            return Err(unknown(&format!("the environment variable {name}"), name, variables));
        }
    }
    Ok(found)
}

/// Whether an orchestrator or a container's link sets this by itself, for a service called `portcullis` or `portcullis-…`:
/// addresses, none of our settings.
fn is_of_a_link(name: &str, value: &str) -> bool {
    let is_address = ["tcp://", "udp://", "sctp://"]
        .iter()
        .any(|scheme| value.starts_with(scheme));
    let words: Vec<&str> = name.split('_').collect();
    let has = |wanted: &[&str]| words.windows(wanted.len()).any(|found| found == wanted);
    let of_a_port = words.windows(3).any(|found| {
        let is_number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        matches!(found, ["PORT", number, "TCP" | "UDP" | "SCTP"] if is_number(number))
    });
    let of_a_link = name.starts_with("ENV_") || (words.last() == Some(&"NAME") && value.starts_with('/'));
    let is_port = words.last() == Some(&"PORT") && is_address;
    has(&["SERVICE", "HOST"]) || has(&["SERVICE", "PORT"]) || of_a_port || is_port || of_a_link
}
