//! Sets of JSON Web Keys (RFC 7517 §5), as others publish them.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::json::{self, Names, Text};
use crate::jwk::Jwk;
use crate::jwk_read::RawJwk;
use crate::key_error::KeyError;

/// The longest text of a set, in bytes.
pub const MAX_JWK_SET_LEN: usize = 256 * 1024;

/// A set of keys from outside. Members that are broken or of an unknown kind are passed over and counted (RFC 7517 §5).
#[derive(Debug, Clone, Default)]
pub struct JwkSet {
    keys: Vec<Jwk>,
    skipped: usize,
    broken_ids: Vec<String>,
}

impl JwkSet {
    /// Reads the JSON text of a set, at most [`MAX_JWK_SET_LEN`] bytes.
    ///
    /// # Errors
    /// Text that is no JSON object with a list `keys`.
    pub fn from_json(text: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        let text = text.as_ref();
        if text.len() > MAX_JWK_SET_LEN {
            return Err(KeyError::Malformed("JWK set"));
        }
        json::parse(text).ok_or(KeyError::Malformed("JWK set"))
    }

    /// The members that can be read, in their order.
    pub fn keys(&self) -> &[Jwk] {
        &self.keys
    }

    /// How many members cannot be read.
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    /// The ids of members that are of a known kind and broken: a second key of such an id would be ambiguous.
    pub(crate) fn broken_ids(&self) -> &[String] {
        &self.broken_ids
    }

    fn add(&mut self, raw: &RawJwk<'_>) {
        match raw.read() {
            Ok(key) => self.keys.push(key),
            Err(error) => {
                self.skipped = self.skipped.saturating_add(1);
                if error != KeyError::UnknownKind {
                    self.broken_ids.extend(raw.key_id().map(str::to_owned));
                }
            }
        }
    }
}

impl<'de> Deserialize<'de> for JwkSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SetVisitor;
        impl<'de> Visitor<'de> for SetVisitor {
            type Value = JwkSet;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object with a list of keys")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JwkSet, A::Error> {
                let (mut set, mut names) = (None, Names::default());
                while let Some(Text(name)) = map.next_key::<Text<'de>>()? {
                    if name == "keys" {
                        set = Some(map.next_value::<Members>()?);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                    if !names.note(name) {
                        return Err(serde::de::Error::custom("a name stands twice"));
                    }
                }
                let Members(set) = set.ok_or_else(|| serde::de::Error::missing_field("keys"))?;
                Ok(set)
            }
        }
        deserializer.deserialize_map(SetVisitor)
    }
}

struct Members(JwkSet);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;
        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of keys")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Members, A::Error> {
                let mut set = JwkSet::default();
                while let Some(raw) = list.next_element::<RawJwk<'de>>()? {
                    set.add(&raw);
                }
                Ok(Members(set))
            }
        }
        deserializer.deserialize_seq(MembersVisitor)
    }
}
