//! The choice to take API keys.

use std::sync::Arc;

use super::AuthBuilder;
use super::error::BuildError;
use crate::api_key::{ApiKeyParts, ApiKeyStore, ApiKeys, ErasedApiKeys};
use crate::keyed::Unusable;
use crate::secrets::Secrets;
use crate::user::User;

impl<U: User> AuthBuilder<U> {
    /// Takes API keys in place of tokens ([`Auth::api_keys`](crate::Auth::api_keys)), which are kept in this store. Their digests
    /// are made with [`AuthBuilder::secrets`]; with those that are drawn from the signing key, the keys are lost with that.
    #[must_use]
    pub fn api_keys(mut self, store: impl ApiKeyStore) -> Self {
        self.kept.api_keys = Some(Arc::new(store));
        self
    }
}

/// The API keys of a store.
pub(super) fn api_keys(
    store: Arc<dyn ErasedApiKeys>,
    secrets: &Secrets,
    parts: ApiKeyParts,
) -> Result<ApiKeys, BuildError> {
    ApiKeys::over(store, secrets, parts).map_err(|Unusable| BuildError::ApiKeys)
}
