//! The keys of one moment and what verifies with them.

use portcullis_jose::{Verifier, VerifyingKey};

use crate::auth_error::AuthError;
use crate::keys::{Keys, Numbered};
use crate::token_kind::{TokenKinds, TokenSettings};

/// The keys of one moment: found by, verified with, remembered under and looked for anew by this and nothing else.
pub(crate) struct Present {
    pub(crate) number: u64,
    keys: Keys,
    /// `None` without keys.
    verifiers: Option<Verifiers>,
}

/// What verifies each kind of token.
struct Verifiers {
    access: Verifier,
    entity: Verifier,
    /// Access tokens, whomever they are for.
    issued: Verifier,
}

impl Present {
    pub(super) fn new(ring: &Numbered, also: &[VerifyingKey], settings: &TokenSettings, kinds: &TokenKinds) -> Self {
        let keys = ring.keys.accepting(also).unwrap_or_else(|error| {
            tracing::warn!(%error, "keys that were to be accepted too do not go with those that came");
            ring.keys.clone()
        });
        let verifiers = keys.key_set().map(|keys| {
            let verifier = |policy| Verifier::new(keys.clone(), policy);
            Verifiers {
                access: verifier(kinds.access.policy(settings)),
                entity: verifier(kinds.entity.policy(settings)),
                issued: verifier(kinds.access.policy(settings).dangerous_skip_aud()),
            }
        });
        Self {
            number: ring.number,
            keys,
            verifiers,
        }
    }

    /// What verifies access tokens.
    pub(super) fn access(&self) -> Result<&Verifier, AuthError> {
        self.verifiers().map(|verifiers| &verifiers.access)
    }

    /// What verifies entity tokens.
    pub(super) fn entity(&self) -> Result<&Verifier, AuthError> {
        self.verifiers().map(|verifiers| &verifiers.entity)
    }

    /// What verifies access tokens, whomever they are for.
    pub(super) fn issued(&self) -> Result<&Verifier, AuthError> {
        self.verifiers().map(|verifiers| &verifiers.issued)
    }

    fn verifiers(&self) -> Result<&Verifiers, AuthError> {
        self.verifiers.as_ref().ok_or_else(|| self.keys.lacking())
    }

    pub(super) fn keys(&self) -> &Keys {
        &self.keys
    }
}
