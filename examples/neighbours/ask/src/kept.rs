//! A store and the folder that its database is in.

use portcullis::core::StoredCredentials;
use portcullis::prelude::*;
use tempfile::TempDir;

/// A store whose folder goes when it goes.
pub struct Kept<S>(pub S, pub TempDir);

impl<S: UserStore> UserStore for Kept<S> {
    type User = S::User;

    async fn by_login(&self, login: &str) -> Result<Option<S::User>, StoreError> {
        self.0.by_login(login).await
    }

    async fn credentials(&self, login: &str) -> Result<Option<StoredCredentials>, StoreError> {
        self.0.credentials(login).await
    }

    async fn by_id(&self, id: &UserId) -> Result<Option<S::User>, StoreError> {
        self.0.by_id(id).await
    }

    async fn swap_hash(&self, id: &UserId, seen: &HashString, new: &HashString) -> Result<bool, StoreError> {
        self.0.swap_hash(id, seen, new).await
    }

    async fn sample_hashes(&self, limit: usize) -> Result<Vec<HashString>, StoreError> {
        self.0.sample_hashes(limit).await
    }
}
