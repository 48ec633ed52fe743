//! What the administration of clients tells.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::record::Client;

/// A client that was added or got a secret.
pub struct AddedClient {
    /// The client.
    pub client: Client,
    /// The text of its new secret, which nobody can show again; `None` for one that has none.
    pub secret: Option<Zeroizing<String>>,
}

impl fmt::Debug for AddedClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AddedClient")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

/// Some clients in the order of their ids.
#[derive(Debug, Clone)]
pub struct ClientPage {
    /// The clients.
    pub clients: Vec<Client>,
    /// The id after which the next page starts; `None` on the last one.
    pub next: Option<Arc<str>>,
}
