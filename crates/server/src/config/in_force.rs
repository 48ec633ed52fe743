//! What was said of each setting, for whoever compares one start with another.

use std::collections::BTreeMap;
use std::fmt;

use super::Key;
use super::keys::KEYS;
use super::raw::Raw;
use super::tables::TABLES;

/// What is told of a setting that nobody set.
const DEFAULT: &str = "default";

/// What was said of the settings that were set, flags over environment over file. It may hold passwords.
#[derive(Clone, Default)]
pub(crate) struct InForce(BTreeMap<String, String>);

impl fmt::Debug for InForce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

/// Settings are the same whoever said so.
impl PartialEq for InForce {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl InForce {
    /// This is in force from now on.
    pub(super) fn say(&mut self, name: &str, raw: Raw<'_>) {
        let said = match raw {
            Raw::Text(text) => text.to_string_lossy().into_owned(),
            Raw::Toml(toml::Value::String(text)) => text.clone(),
            Raw::Toml(toml::Value::Array(items)) => {
                let items = items
                    .iter()
                    .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned));
                items.collect::<Vec<_>>().join(",")
            }
            Raw::Toml(value) => value.to_string(),
        };
        self.0.insert(name.to_owned(), said);
    }

    /// What may be told of every setting and table: a number or a choice as it is, of what may hold more its fingerprint.
    pub(crate) fn told(&self, fingerprint: impl Fn(&str) -> String) -> BTreeMap<String, String> {
        let told = |name: &str, plain: bool| match self.0.get(name) {
            None => DEFAULT.to_owned(),
            Some(said) if plain => said.clone(),
            Some(said) => fingerprint(said),
        };
        let keys = KEYS.iter().map(|key| (key.name, is_plain(key)));
        let all = keys.chain(TABLES.map(|name| (name, false)));
        all.map(|(name, plain)| (name.to_owned(), told(name, plain))).collect()
    }
}

/// Whether a setting is a number, a truth or a choice.
fn is_plain(key: &Key) -> bool {
    key.value.contains('|') || ["MINUTES", "DAYS", "N", "MIB", "NAME"].contains(&key.value)
}
