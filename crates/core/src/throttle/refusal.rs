//! Why an attempt may not be made.

use std::fmt;

/// What is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// The attempts of an address (of IPv6: of its /64).
    Address,
    /// Those of its /24 or /56.
    Network,
    /// Those of its /48.
    Site,
    /// The wrong passwords of an account from one network.
    AccountFromNetwork,
    /// Those of an account by all who are not known.
    Strangers,
    /// Those of an account on one device.
    Device,
    /// A password that was wrong before, again and again.
    Repeats,
    /// A hundred wrong passwords in a row.
    InARow,
    /// Too many attempts on one account at the same time.
    AtOnce,
}

impl Limit {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Address,
        Self::Network,
        Self::Site,
        Self::AccountFromNetwork,
        Self::Strangers,
        Self::Device,
        Self::Repeats,
        Self::InARow,
        Self::AtOnce,
    ];

    /// Its name in logs and metrics. It stays what it is.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Network => "network",
            Self::Site => "site",
            Self::AccountFromNetwork => "account_from_network",
            Self::Strangers => "strangers",
            Self::Device => "device",
            Self::Repeats => "repeats",
            Self::InARow => "in_a_row",
            Self::AtOnce => "at_once",
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An attempt that may not be made now. A client is told when to come back and nothing else, for known and unknown names
/// alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttled {
    /// What is used up: for logs, never for the client.
    pub limit: Limit,
    /// When to come back, in seconds: 1 to 3,600. It may be too early then.
    pub retry_after: u64,
}

/// A client is told of an hour at most: whoever is closed out for a month should look again, for somebody may have let them in.
const TOLD_AT_MOST: u64 = 3_600;

impl Throttled {
    /// For so many milliseconds.
    pub(super) fn for_millis(limit: Limit, wait: u64) -> Self {
        Self {
            limit,
            retry_after: wait.div_ceil(1_000).clamp(1, TOLD_AT_MOST),
        }
    }
}
