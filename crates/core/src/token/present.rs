//! The keys of one moment and what verifies with them.

use portcullis_jose::{Verifier, VerifyingKey};

use crate::auth_error::AuthError;
use crate::keys::{Keys, Numbered};
use crate::token_kind::{TokenKind, TokenKinds, TokenSettings};

/// The keys of one moment: found by, verified with, remembered under and looked for anew by this and nothing else.
pub(crate) struct Present {
    pub(crate) number: u64,
    keys: Keys,
    /// For access and for entity tokens; `None` without keys.
    verifiers: Option<(Verifier, Verifier)>,
}

impl Present {
    pub(super) fn new(ring: &Numbered, also: &[VerifyingKey], settings: &TokenSettings, kinds: &TokenKinds) -> Self {
        let keys = ring.keys.accepting(also).unwrap_or_else(|error| {
            tracing::warn!(%error, "keys that were to be accepted too do not go with those that came");
            ring.keys.clone()
        });
        let verifier = |keys, kind: &TokenKind| Verifier::new(keys, kind.policy(settings));
        let verifiers = keys.key_set().map(|keys| {
            (
                verifier(keys.clone(), &kinds.access),
                verifier(keys.clone(), &kinds.entity),
            )
        });
        Self {
            number: ring.number,
            keys,
            verifiers,
        }
    }

    /// What verifies access tokens.
    pub(super) fn access(&self) -> Result<&Verifier, AuthError> {
        self.verifiers
            .as_ref()
            .map(|(access, _)| access)
            .ok_or_else(|| self.keys.lacking())
    }

    /// What verifies entity tokens.
    pub(super) fn entity(&self) -> Result<&Verifier, AuthError> {
        self.verifiers
            .as_ref()
            .map(|(_, entity)| entity)
            .ok_or_else(|| self.keys.lacking())
    }

    pub(super) fn keys(&self) -> &Keys {
        &self.keys
    }
}
