//! A store of any type.

use std::future::Future;
use std::pin::Pin;

use super::store::{AccountKey, AccountSeen, Dispensable, KnownNetwork, SideKey, SideState, ThrottleStore};
use crate::store::StoreError;

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// [`ThrottleStore`] behind a pointer, so that nothing else is generic over it.
pub(crate) trait ErasedThrottle: Send + Sync + 'static {
    fn read<'a>(&'a self, account: &'a AccountKey, sides: &'a [SideKey]) -> Boxed<'a, AccountSeen>;
    fn swap<'a>(
        &'a self,
        account: &'a AccountKey,
        side: &'a SideKey,
        seen: Option<&'a [u8]>,
        next: Option<&'a SideState>,
    ) -> Boxed<'a, bool>;
    fn remember<'a>(&'a self, account: &'a AccountKey, network: KnownNetwork, at_most: usize) -> Boxed<'a, ()>;
    fn forget<'a>(&'a self, account: &'a AccountKey) -> Boxed<'a, ()>;
    fn tidy<'a>(&'a self, what: &'a Dispensable, limit: usize) -> Boxed<'a, usize>;
}

impl<S: ThrottleStore> ErasedThrottle for S {
    fn read<'a>(&'a self, account: &'a AccountKey, sides: &'a [SideKey]) -> Boxed<'a, AccountSeen> {
        Box::pin(ThrottleStore::read(self, account, sides))
    }

    fn swap<'a>(
        &'a self,
        account: &'a AccountKey,
        side: &'a SideKey,
        seen: Option<&'a [u8]>,
        next: Option<&'a SideState>,
    ) -> Boxed<'a, bool> {
        Box::pin(ThrottleStore::swap(self, account, side, seen, next))
    }

    fn remember<'a>(&'a self, account: &'a AccountKey, network: KnownNetwork, at_most: usize) -> Boxed<'a, ()> {
        Box::pin(ThrottleStore::remember(self, account, network, at_most))
    }

    fn forget<'a>(&'a self, account: &'a AccountKey) -> Boxed<'a, ()> {
        Box::pin(ThrottleStore::forget(self, account))
    }

    fn tidy<'a>(&'a self, what: &'a Dispensable, limit: usize) -> Boxed<'a, usize> {
        Box::pin(ThrottleStore::tidy(self, what, limit))
    }
}
