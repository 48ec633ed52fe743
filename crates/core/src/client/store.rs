//! Where clients are kept.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::record::{Client, ClientSecret};
use crate::audit::AuditRow;
use crate::revocation::Entry;
use crate::store::StoreError;

/// What changes of a client; `None` leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientChange {
    /// Its secrets, if they still are the first of these; the second take their place.
    pub secrets: Option<(Vec<ClientSecret>, Vec<ClientSecret>)>,
    /// Whether it gets no tokens.
    pub disabled: Option<bool>,
}

/// Where clients are kept. Hold an implementation against `client_store_contract!`.
pub trait ClientStore: Send + Sync + 'static {
    /// The same store for one act: see [`RevocationStore::noting`](crate::RevocationStore::noting).
    fn noting(&self, row: &AuditRow) -> Option<Self>
    where
        Self: Sized;

    /// The client of this id.
    fn client(&self, id: &str) -> impl Future<Output = Result<Option<Client>, StoreError>> + Send;

    /// The clients whose ids come after `after` in byte order (from the first if `None`), at most `limit`.
    fn clients(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Client>, StoreError>> + Send;

    /// Adds one.
    ///
    /// # Errors
    /// [`StoreError::Taken`].
    fn add_client(&self, client: &Client) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Changes one and adds `revoke` in the same step; whether there is such a client that still is as the change says.
    fn change_client(
        &self,
        id: &str,
        change: &ClientChange,
        revoke: &[Entry],
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Removes one and adds `revoke` in the same step; whether there was one.
    fn remove_client(&self, id: &str, revoke: &[Entry]) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// For how long what was used is kept beyond its time, in milliseconds: an hour. By a clock that was set forth no further, nothing
    /// is forgotten that counts when the clock is right again.
    const KEPT_LONGER: u64 = 60 * 60 * 1_000;

    /// Notes that something with this digest was used, to be kept until `until` (milliseconds since 1970); whether it is the
    /// first time, in whatever process. Removes some of what has been past its time at `now` for [`ClientStore::KEPT_LONGER`].
    fn use_once(
        &self,
        digest: &[u8; 16],
        until: u64,
        now: u64,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// The twin of [`ClientStore`] that can be put behind a pointer, so that nothing else is generic over the store.
pub(crate) trait ErasedClients: Send + Sync {
    fn noting(&self, row: &AuditRow) -> Option<Arc<dyn ErasedClients>>;
    fn client<'a>(&'a self, id: &'a str) -> Boxed<'a, Option<Client>>;
    fn clients<'a>(&'a self, after: Option<&'a str>, limit: usize) -> Boxed<'a, Vec<Client>>;
    fn add_client<'a>(&'a self, client: &'a Client) -> Boxed<'a, ()>;
    fn change_client<'a>(&'a self, id: &'a str, change: &'a ClientChange, revoke: &'a [Entry]) -> Boxed<'a, bool>;
    fn remove_client<'a>(&'a self, id: &'a str, revoke: &'a [Entry]) -> Boxed<'a, bool>;
    fn use_once<'a>(&'a self, digest: &'a [u8; 16], until: u64, now: u64) -> Boxed<'a, bool>;
}

impl<S: ClientStore> ErasedClients for S {
    fn noting(&self, row: &AuditRow) -> Option<Arc<dyn ErasedClients>> {
        let noting = ClientStore::noting(self, row)?;
        Some(Arc::new(noting))
    }

    fn client<'a>(&'a self, id: &'a str) -> Boxed<'a, Option<Client>> {
        Box::pin(ClientStore::client(self, id))
    }

    fn clients<'a>(&'a self, after: Option<&'a str>, limit: usize) -> Boxed<'a, Vec<Client>> {
        Box::pin(ClientStore::clients(self, after, limit))
    }

    fn add_client<'a>(&'a self, client: &'a Client) -> Boxed<'a, ()> {
        Box::pin(ClientStore::add_client(self, client))
    }

    fn change_client<'a>(&'a self, id: &'a str, change: &'a ClientChange, revoke: &'a [Entry]) -> Boxed<'a, bool> {
        Box::pin(ClientStore::change_client(self, id, change, revoke))
    }

    fn remove_client<'a>(&'a self, id: &'a str, revoke: &'a [Entry]) -> Boxed<'a, bool> {
        Box::pin(ClientStore::remove_client(self, id, revoke))
    }

    fn use_once<'a>(&'a self, digest: &'a [u8; 16], until: u64, now: u64) -> Boxed<'a, bool> {
        Box::pin(ClientStore::use_once(self, digest, until, now))
    }
}
