//! JSON Web Keys (RFC 7517, RFC 7518 §6, RFC 8037 §2), read strictly and written in one form.

use std::fmt;

use crate::algorithm::KeyKind;
use crate::parts::Parts;

/// A key as it stands in a JWK, not yet bound to an algorithm: [`KeyLoader`](crate::KeyLoader) does that.
#[derive(Clone)]
pub struct Jwk {
    pub(crate) parts: Parts,
    pub(crate) algorithm: Option<String>,
    pub(crate) key_id: Option<String>,
    pub(crate) purpose: Option<String>,
    pub(crate) operations: Option<Vec<String>>,
}

impl Jwk {
    /// The kind of key.
    pub fn kind(&self) -> KeyKind {
        self.parts.kind()
    }

    /// Its `alg`, as it stands there.
    pub fn algorithm_name(&self) -> Option<&str> {
        self.algorithm.as_deref()
    }

    /// Its `kid`.
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// Whether it holds a private half or is a shared secret.
    pub fn is_private(&self) -> bool {
        matches!(
            self.parts,
            Parts::Secret(_) | Parts::RsaPrivate(_) | Parts::CurvePrivate { .. } | Parts::Ed25519Private { .. }
        )
    }

    /// Its thumbprint (RFC 7638 §3, with SHA-256), the same for a private key and its public half. That of a shared
    /// secret is a hash of the secret: not for publishing.
    pub fn thumbprint(&self) -> String {
        self.parts.thumbprint().unwrap_or_default()
    }

    /// Whether `use` and `key_ops` (RFC 7517 §4.2, §4.3), where they are there, allow this operation on signatures.
    pub(crate) fn allows(&self, operation: &str) -> bool {
        self.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && self
                .operations
                .as_ref()
                .is_none_or(|operations| operations.iter().any(|allowed| allowed == operation))
    }
}

impl fmt::Debug for Jwk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwk")
            .field("kind", &self.kind())
            .field("algorithm", &self.algorithm)
            .field("key_id", &self.key_id)
            .field("private", &self.is_private())
            .finish_non_exhaustive()
    }
}
