//! How a client says which one it is (RFC 6749 §2.3, RFC 7523 §2.2).

use std::fmt;

use zeroize::Zeroizing;

/// The ways in which a client proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofMethod {
    /// A secret in the `Authorization` header (`client_secret_basic`).
    Basic,
    /// A secret in the form (`client_secret_post`).
    Post,
    /// A token signed by a key of its own (`private_key_jwt`).
    Assertion,
    /// Its name alone (`none`): a public client.
    None,
}

impl ProofMethod {
    /// Its name in metadata (RFC 8414 §2, OpenID Connect Core §9).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
            Self::Assertion => "private_key_jwt",
            Self::None => "none",
        }
    }
}

/// What a client shows. Its `Debug` shows no secret.
pub enum ClientProof {
    /// A secret, in the header or in the form.
    Secret {
        /// Which client.
        id: String,
        /// Its secret.
        secret: Zeroizing<String>,
        /// Where it stood: [`ProofMethod::Basic`] or [`ProofMethod::Post`].
        method: ProofMethod,
    },
    /// A token of its own (RFC 7523 §3).
    Assertion {
        /// `client_id`, where that was sent too: it must be the token's.
        id: Option<String>,
        /// The token.
        token: String,
    },
    /// Its name alone.
    None {
        /// Which client.
        id: String,
    },
}

impl ClientProof {
    /// The way it took.
    pub fn method(&self) -> ProofMethod {
        match self {
            Self::Secret { method, .. } => *method,
            Self::Assertion { .. } => ProofMethod::Assertion,
            Self::None { .. } => ProofMethod::None,
        }
    }
}

impl fmt::Debug for ClientProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ClientProof").field(&self.method()).finish()
    }
}
