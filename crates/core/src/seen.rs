//! Tokens that were seen before and were good: their signature need not be checked again, and for a moment not even
//! their user looked up.

use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use crate::token::Said;
use crate::token::machine::ClientSaid;

/// How long the user behind a token is remembered unless told otherwise. A change made by another process holds
/// after this time at the latest; one made by our own holds at once.
pub const REMEMBER: Duration = Duration::from_millis(500);

/// How many tokens are remembered at most.
pub const REMEMBER_AT_MOST: usize = 10_000;

/// The SHA-256 of a whole token: what it is remembered under, so that no token lies in memory. Of a name and a password a
/// keyed one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TokenDigest([u8; 32]);

impl TokenDigest {
    pub(crate) fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }

    /// Of what could be guessed, under a key.
    pub(crate) fn keyed(mac: [u8; 32]) -> Self {
        Self(mac)
    }
}

/// The time, and how often keys and users changed before it.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) now: Duration,
    /// The number of the keys that are present, or that verified it.
    pub(crate) keys: u64,
    /// The generation of the store of users, and of what was learnt of them otherwise; or of the store of clients.
    pub(crate) store: u64,
    /// The version of what is known to be revoked.
    pub(crate) revoked: u64,
}

/// What a good token says, for as long as it is taken.
pub(crate) trait Lasting {
    /// Until when, since the epoch.
    fn until(&self) -> Duration;
}

impl Lasting for Said {
    fn until(&self) -> Duration {
        self.until
    }
}

impl Lasting for ClientSaid {
    fn until(&self) -> Duration {
        self.until
    }
}

/// What is remembered of a token: that under those keys it was good, what it said, and who it spoke for.
struct Seen<S, P> {
    at: Moment,
    said: Arc<S>,
    principal: Arc<P>,
    /// Until when the principal may be used without looking, at most.
    until: Duration,
}

impl<S, P> Clone for Seen<S, P> {
    fn clone(&self) -> Self {
        Self {
            said: self.said.clone(),
            principal: self.principal.clone(),
            ..*self
        }
    }
}

/// What is known of a token.
pub(crate) enum Found<S, P> {
    /// Nothing that still holds.
    Nothing,
    /// It is good; whose it is must be looked up, and whether it was revoked.
    Said(Arc<S>),
    /// Whose it is, if it was not revoked lately.
    Unrevoked(Arc<S>, Arc<P>),
    /// Whose it is.
    Principal(Arc<P>),
}

/// The memory of tokens that say `S` and speak for a `P`, bounded in their number.
pub(crate) struct SeenTokens<S, P> {
    seen: Cache<TokenDigest, Seen<S, P>>,
    remember: Duration,
}

impl<S: Lasting, P> SeenTokens<S, P> {
    pub(crate) fn new(remember: Duration, at_most: usize) -> Self {
        Self {
            seen: Cache::new(at_most),
            remember,
        }
    }

    /// What still holds of what is known. A token that has expired, or was verified by other keys than the present
    /// ones, or later than now (a clock that was set back), is verified anew; so is its user looked up after
    /// `remember`, or at once when this process changed any.
    pub(crate) fn find(&self, token: &TokenDigest, moment: Moment) -> Found<S, P> {
        let Some(seen) = self.seen.get(token) else {
            return Found::Nothing;
        };
        if moment.now >= seen.said.until() || moment.keys != seen.at.keys || moment.now < seen.at.now {
            self.seen.remove(token);
            return Found::Nothing;
        }
        if moment.now >= seen.until || moment.store != seen.at.store {
            Found::Said(seen.said)
        } else if moment.revoked != seen.at.revoked {
            Found::Unrevoked(seen.said, seen.principal)
        } else {
            Found::Principal(seen.principal)
        }
    }

    /// Remembers that a token was not revoked at this moment.
    pub(crate) fn confirm(&self, token: TokenDigest, moment: Moment) {
        if let Some(mut seen) = self.seen.get(&token) {
            seen.at.revoked = moment.revoked;
            self.seen.insert(token, seen);
        }
    }

    /// Remembers a token, unless it is known under newer keys.
    pub(crate) fn keep(&self, token: TokenDigest, at: Moment, said: Arc<S>, principal: Arc<P>) {
        if self.seen.peek(&token).is_some_and(|seen| seen.at.keys > at.keys) {
            return;
        }
        let until = at.now.saturating_add(self.remember);
        let seen = Seen {
            at,
            said,
            principal,
            until,
        };
        self.seen.insert(token, seen);
    }
}
