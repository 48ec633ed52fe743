//! The claims of ours.

use portcullis_jose::ExtraClaims;
use serde::de::MapAccess;
use serde::ser::SerializeMap;
use serde_json::Value;

use crate::auth_error::AuthError;
use crate::scope::ScopeSet;

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

impl AccessClaims {
    /// What our own tokens say.
    pub(super) fn new(scope: ScopeClaim, epoch: u64) -> Self {
        Self { scope, epoch }
    }
}

impl ScopeClaim {
    fn of(value: Value) -> Self {
        match value {
            Value::String(text) => Self::Text(text),
            _ => Self::NotText,
        }
    }

    /// The scopes it names; none where there is no claim.
    pub(super) fn scopes(&self) -> Result<ScopeSet, AuthError> {
        match self {
            Self::Absent => Ok(ScopeSet::empty()),
            Self::Text(text) => Ok(text.split(' ').collect()),
            Self::NotText => Err(AuthError::BadScopeClaim),
        }
    }
}

impl ExtraClaims for AccessClaims {
    fn claim<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        match name {
            "scope" => self.scope = ScopeClaim::of(map.next_value()?),
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
