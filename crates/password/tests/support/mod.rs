//! What a recorded hash stands with.

use portcullis_password::{HashString, Options};
use serde_json::Value;

/// What the application of a vector holds beside its users.
pub(crate) fn options(vector: &Value) -> Options {
    let context = vector["context"].as_object().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    context
        .iter()
        .fold(Options::new(), |options, (name, value)| options.with(name, text(value)))
}

/// The hash of a vector, with what stands in other columns.
pub(crate) fn stored(vector: &Value, options: &Options) -> Option<HashString> {
    let mut stored = HashString::new(vector["hash"].as_str()?);
    if let Some(user) = options.get("user") {
        stored = stored.with_user(user);
    }
    if let Some(salt) = options.get("salt") {
        stored = stored.with_salt(salt);
    }
    if let Some(algorithm) = options.get("algorithm").or_else(|| options.get("passwd_hash_algo")) {
        stored = stored.with_algorithm(algorithm);
    }
    Some(stored)
}
