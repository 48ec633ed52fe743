//! The choices about clients, and about what digests are kept under.

use std::sync::Arc;

use super::AuthBuilder;
use crate::client::ClientStore;
use crate::secrets::Secrets;
use crate::user::User;

impl<U: User> AuthBuilder<U> {
    /// Where clients are kept: programs that ask for tokens for users or in their own name. Without it there are none.
    #[must_use]
    pub fn clients(mut self, store: impl ClientStore) -> Self {
        self.kept.clients = Some(Arc::new(store));
        self
    }

    /// The secrets that digests are kept under: of the secrets of clients, of refresh
    /// tokens and of what is known for the throttle. By default one is drawn from the signing key,
    /// which is right as long as that one stays.
    #[must_use]
    pub fn secrets(mut self, secrets: Secrets) -> Self {
        self.kept.secrets = Some(secrets);
        self
    }
}
