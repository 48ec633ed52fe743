//! Where it is kept what was tried on accounts, and from where their owners log in.

use std::fmt;
use std::future::Future;

use crate::store::StoreError;

macro_rules! key {
    ($(#[$meta:meta])* $name:ident($len:literal)) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; $len]);

        impl $name {
            /// The one of these bytes.
            pub const fn from_bytes(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// Its bytes.
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

key! {
    /// A keyed digest of what somebody logs in with, whether there is such an account or not.
    AccountKey(16)
}

key! {
    /// On which side of an account attempts are made: all strangers, one known network, or one device.
    SideKey(8)
}

/// A network from which somebody logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownNetwork {
    /// A keyed digest of it and the account.
    pub tag: u32,
    /// On which day it was used last, in days since 1970.
    pub day: u32,
}

/// What is stored of one side of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideState {
    /// What is remembered: at most [`STATE_MAX`](crate::STATE_MAX) bytes that mean nothing to a store.
    pub state: Vec<u8>,
    /// How many wrong passwords in a row it tells of: the lower, the sooner it may be dropped.
    pub streak: u8,
    /// When it was changed last, in milliseconds since 1970: the older, the sooner.
    pub touched: u64,
}

/// What is known of an account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountSeen {
    /// Of the sides that were asked for those that are there, with what is remembered of each; in any order.
    pub sides: Vec<(SideKey, Vec<u8>)>,
    /// The networks from which its owner logged in, in any order.
    pub networks: Vec<KnownNetwork>,
}

/// What need not be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dispensable {
    /// Sides that were not touched since, in milliseconds since 1970.
    pub touched_before: u64,
    /// Known networks that were not used since, in days since 1970.
    pub seen_before: u32,
    /// Sides beyond so many: those with the lowest streak, and of those that were touched longest ago.
    pub beyond: u64,
}

/// Where it is kept. Nothing of it has to survive a crash, but a change that was acknowledged holds for all who ask later,
/// in whatever process. Hold an implementation against `throttle_store_contract!`.
pub trait ThrottleStore: Send + Sync + 'static {
    /// What is known of an account: the same question whether anything is.
    fn read(
        &self,
        account: &AccountKey,
        sides: &[SideKey],
    ) -> impl Future<Output = Result<AccountSeen, StoreError>> + Send;

    /// Puts `next` in the place of `seen`, if that is still there to the letter, in one step (`None`: nothing is there, or is
    /// to be). Whether it did.
    fn swap(
        &self,
        account: &AccountKey,
        side: &SideKey,
        seen: Option<&[u8]>,
        next: Option<&SideState>,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Remembers a network of an account, or that it was used on a later day; of more than `at_most` those go that were used
    /// longest ago.
    fn remember(
        &self,
        account: &AccountKey,
        network: KnownNetwork,
        at_most: usize,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Forgets all sides of an account. Its known networks stay.
    fn forget(&self, account: &AccountKey) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Removes at most `limit` sides, and as many known networks, that need not be kept; how many went of both.
    fn tidy(&self, what: &Dispensable, limit: usize) -> impl Future<Output = Result<usize, StoreError>> + Send;
}
