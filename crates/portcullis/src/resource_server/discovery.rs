//! From an issuer to the address of its keys: RFC 8414, or OpenID Connect Discovery.

use serde::Deserialize;

use super::FetchError;
use super::address::PlainHosts;
use super::fetch::Fetcher;

/// The most of a foreign name that an error repeats, in characters.
const REPEATED: usize = 200;

/// An issuer and where it is asked.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// Its name: the `iss` of its tokens.
    pub(super) issuer: String,
    /// Under which address its metadata stand, if not under its name.
    pub(super) base: Option<String>,
    /// Where its keys stand, if no metadata are to be asked.
    pub(super) keys: Option<String>,
    pub(super) plain: PlainHosts,
}

/// What is read of the metadata (RFC 8414 §2).
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
    token_endpoint: Option<String>,
    /// Not of the RFC, but ours.
    revocations_endpoint: Option<String>,
}

/// What the metadata lead to.
pub(super) struct Discovered {
    pub(super) keys: String,
    pub(super) token_endpoint: Option<String>,
    pub(super) revocations_endpoint: Option<String>,
}

impl Place {
    pub(super) fn new(issuer: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            base: None,
            keys: None,
            plain: PlainHosts::default(),
        }
    }

    /// The addresses at which metadata may stand, if they may be fetched from.
    pub(super) fn metadata(&self) -> Result<Vec<String>, FetchError> {
        self.plain.metadata_of(self.base.as_ref().unwrap_or(&self.issuer))
    }

    /// Finds the keys. The first address that brings metadata of this very issuer counts, whatever the others answer: many
    /// servers have the one or the other, and say so in many ways.
    pub(super) async fn discover(&self, fetcher: &Fetcher) -> Result<Discovered, FetchError> {
        if let Some(keys) = &self.keys {
            return Ok(Discovered {
                keys: keys.clone(),
                token_endpoint: None,
                revocations_endpoint: None,
            });
        }
        let (from, found) = self.found(fetcher).await?;
        for led_to in std::iter::once(&found.jwks_uri).chain(&found.revocations_endpoint) {
            self.plain.allowed_from(&from, led_to)?;
        }
        Ok(Discovered {
            keys: found.jwks_uri,
            token_endpoint: found.token_endpoint,
            revocations_endpoint: found.revocations_endpoint,
        })
    }

    async fn found(&self, fetcher: &Fetcher) -> Result<(String, Metadata), FetchError> {
        let mut failed = Vec::new();
        for address in self.metadata()? {
            match self.ask(fetcher, &address).await {
                Ok(found) => return Ok((address, found)),
                Err(error) => failed.push((address, error)),
            }
        }
        Err(FetchError::Discovery(failed.into()))
    }

    async fn ask(&self, fetcher: &Fetcher, address: &str) -> Result<Metadata, FetchError> {
        let fetched = fetcher.get(self.plain.allowed(address)?).await?;
        let metadata: Metadata = serde_json::from_slice(&fetched.body).map_err(|_| FetchError::Metadata)?;
        if metadata.issuer != self.issuer {
            let found = metadata.issuer.chars().take(REPEATED).collect();
            return Err(FetchError::OtherIssuer { found });
        }
        Ok(metadata)
    }
}
