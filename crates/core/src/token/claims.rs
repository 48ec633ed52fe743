//! The claims of ours.

use portcullis_jose::ExtraClaims;
use serde::de::MapAccess;
use serde::ser::SerializeMap;
use serde_json::Value;

use crate::auth_error::AuthError;
use crate::record_id::SessionId;
use crate::scope::ScopeSet;

/// The claims of ours beside the registered ones: `scope` (RFC 8693 §4.2), `epoch`, the user's
/// [`token_epoch`](crate::User::token_epoch) when the token was made (absent means 0), and where it came from.
#[derive(Default)]
pub(super) struct AccessClaims {
    pub(super) scope: ScopeClaim,
    pub(super) epoch: u64,
    pub(super) origin: Origin,
}

/// Where an access token came from, as far as it says: `client_id` (RFC 9068 §2.2), the session `sid` (OpenID Connect
/// Front-Channel Logout §3) and its refresh, `gen`. What does not read as one of ours is passed over: other programs that
/// sign with the same secret have claims of their own.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origin {
    pub(crate) client: Option<String>,
    pub(crate) session: Option<SessionId>,
    pub(crate) generation: Option<u32>,
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
    pub(super) fn new(scope: ScopeClaim) -> Self {
        Self {
            scope,
            ..Self::default()
        }
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

fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

impl ExtraClaims for AccessClaims {
    fn claim<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        match name {
            "scope" => self.scope = ScopeClaim::of(map.next_value()?),
            "epoch" => self.epoch = map.next_value()?,
            "client_id" => self.origin.client = text(map.next_value()?),
            "sid" => self.origin.session = text(map.next_value()?).and_then(|id| id.parse().ok()),
            "gen" => {
                let generation: Value = map.next_value()?;
                self.origin.generation = generation.as_u64().and_then(|number| u32::try_from(number).ok());
            }
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
        if let Some(client) = &self.origin.client {
            map.serialize_entry("client_id", client)?;
        }
        if let Some(session) = &self.origin.session {
            map.serialize_entry("sid", &session.to_string())?;
        }
        if let Some(generation) = self.origin.generation {
            map.serialize_entry("gen", &generation)?;
        }
        Ok(())
    }
}
