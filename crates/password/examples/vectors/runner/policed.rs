//! A policy, a hash, and what passlib's context says of it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// One case of the file.
#[derive(Deserialize)]
pub struct Policed {
    pub id: String,
    pub policy: BTreeMap<String, Value>,
    #[serde(default)]
    pub category: Option<String>,
    pub hash: String,
    pub secret: String,
    pub identify: Value,
    pub needs_update: Value,
    pub verify: Value,
    #[serde(default)]
    pub is_enabled: Value,
    #[serde(default)]
    pub note: Option<String>,
}
