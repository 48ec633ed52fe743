//! What the routes of API keys read and answer.

use std::time::Duration;

use portcullis_core::{API_KEY_NAME_MAX, AddedApiKey, ApiKeyRecord, NewApiKey, ScopeSet, rfc3339};
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

const DAY: u64 = 24 * 60 * 60;

/// Ten years.
const DAYS_MAX: u32 = 3_650;

/// A new API key.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewApiKey")]
pub(super) struct NewKey {
    /// What it is for, such as "backup on host7".
    #[schemars(length(min = 1, max = API_KEY_NAME_MAX))]
    name: String,
    /// The most that it may do: nothing that the token may not that asks for it. Without any it tells who it is, and no more.
    #[serde(default, deserialize_with = "scopes")]
    #[schemars(with = "Vec<String>", inner(regex(pattern = r"^[!#-\[\]-~]+$")))]
    scopes: ScopeSet,
    /// How many days it is good; `null`: until it is ended.
    #[schemars(range(min = 1, max = DAYS_MAX))]
    expires_in_days: Option<u32>,
}

impl From<NewKey> for NewApiKey {
    fn from(new: NewKey) -> Self {
        let days = new.expires_in_days.map(u64::from);
        Self {
            name: new.name,
            scopes: new.scopes,
            lifetime: days.map(|days| Duration::from_secs(days.saturating_mul(DAY))),
        }
    }
}

fn scopes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ScopeSet, D::Error> {
    let words = Vec::<String>::deserialize(deserializer)?;
    // Refused as a whole: none of them is ever cut off.
    ScopeSet::parse(&words.join(" ")).map_err(D::Error::custom)
}

/// An API key, without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "ApiKey")]
pub struct ApiKeyDetails {
    /// The 22 characters that follow `pc_` in the key.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// The most that it may do; it never does what its owner may not.
    pub scopes: Vec<String>,
    /// When it was made (RFC 3339).
    pub created: String,
    /// From when on it is no longer good (RFC 3339); `null`: until it is ended.
    pub expires: Option<String>,
    /// When it was used last, to the minute (RFC 3339).
    pub last_used: Option<String>,
}

impl From<&ApiKeyRecord> for ApiKeyDetails {
    fn from(key: &ApiKeyRecord) -> Self {
        let time = |millis: u64| rfc3339(millis / 1_000);
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            scopes: key.scopes.iter().map(str::to_owned).collect(),
            created: time(key.created),
            expires: key.expires.map(time),
            // To the minute, and yet not before it was made.
            last_used: key.used.map(|used| time(used.max(key.created))),
        }
    }
}

/// The keys of somebody.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ApiKeyList")]
pub(super) struct KeyList {
    /// The oldest first; also those whose time is over.
    keys: Vec<ApiKeyDetails>,
}

impl KeyList {
    pub(super) fn of(keys: &[ApiKeyRecord]) -> Self {
        Self {
            keys: keys.iter().map(ApiKeyDetails::from).collect(),
        }
    }
}

/// A key that was made.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ApiKeyWithText")]
pub struct ApiKeyWithText {
    /// The key itself, shown this once.
    key: String,
    #[serde(flatten)]
    details: ApiKeyDetails,
}

impl From<AddedApiKey> for ApiKeyWithText {
    fn from(added: AddedApiKey) -> Self {
        Self {
            key: added.text.to_string(),
            details: ApiKeyDetails::from(&added.record),
        }
    }
}
