//! The claims of ours.

use portcullis_jose::ExtraClaims;
use serde::de::MapAccess;
use serde::ser::SerializeMap;

/// The claims of ours beside the registered ones: `scope` (RFC 8693 §4.2) and `epoch`, the user's
/// [`token_epoch`](crate::User::token_epoch) when the token was made; absent means 0.
#[derive(Default)]
pub(super) struct AccessClaims {
    pub(super) scope: ScopeClaim,
    pub(super) epoch: u64,
}

#[derive(Default)]
pub(super) enum ScopeClaim {
    #[default]
    Absent,
    Text(String),
    /// Something else than a string: ignored where scopes are not in use, refused where they are.
    NotText,
}

impl ExtraClaims for AccessClaims {
    fn claim<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        match name {
            "scope" => {
                self.scope = match map.next_value::<serde_json::Value>()? {
                    serde_json::Value::String(text) => ScopeClaim::Text(text),
                    _ => ScopeClaim::NotText,
                }
            }
            "epoch" => self.epoch = map.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        if let ScopeClaim::Text(text) = &self.scope {
            map.serialize_entry("scope", text)?;
        }
        if self.epoch != 0 {
            map.serialize_entry("epoch", &self.epoch)?;
        }
        Ok(())
    }
}
