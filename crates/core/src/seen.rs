//! Tokens that were seen before and were good: their signature need not be checked again, and for a moment not even
//! their user looked up.

use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use crate::principal::Principal;
use crate::token::Said;
use crate::user::User;

/// How long the user behind a token is remembered unless told otherwise. A change made by another process holds
/// after this time at the latest; one made by our own holds at once.
pub const REMEMBER: Duration = Duration::from_millis(500);

/// How many tokens are remembered at most.
pub const REMEMBER_AT_MOST: usize = 10_000;

/// The SHA-256 of a whole token: what it is remembered under, so that no token lies in memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TokenDigest([u8; 32]);

impl TokenDigest {
    pub(crate) fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }
}

/// The time, and how often keys and users changed before it.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) now: Duration,
    /// The number of the keys that are present, or that verified it.
    pub(crate) keys: u64,
    /// The generation of the user store, and of what was learnt of users otherwise.
    pub(crate) users: u64,
    /// The version of what is known to be revoked.
    pub(crate) revoked: u64,
}

/// What is remembered of a token: that under those keys it was good, and whose it was.
struct Seen<U: User> {
    at: Moment,
    said: Arc<Said>,
    principal: Arc<Principal<U>>,
    /// Until when the principal may be used without looking, at most.
    until: Duration,
}

impl<U: User> Clone for Seen<U> {
    fn clone(&self) -> Self {
        Self {
            said: self.said.clone(),
            principal: self.principal.clone(),
            ..*self
        }
    }
}

/// What is known of a token.
pub(crate) enum Found<U: User> {
    /// Nothing that still holds.
    Nothing,
    /// It is good; whose it is must be looked up, and whether it was revoked.
    Said(Arc<Said>),
    /// Whose it is, if it was not revoked lately.
    Unrevoked(Arc<Said>, Arc<Principal<U>>),
    /// Whose it is.
    Principal(Arc<Principal<U>>),
}

/// The memory of tokens, bounded in their number.
pub(crate) struct SeenTokens<U: User> {
    seen: Cache<TokenDigest, Seen<U>>,
    remember: Duration,
}

impl<U: User> SeenTokens<U> {
    pub(crate) fn new(remember: Duration, at_most: usize) -> Self {
        Self {
            seen: Cache::new(at_most),
            remember,
        }
    }

    /// What still holds of what is known. A token that has expired, or was verified by other keys than the present
    /// ones, or later than now (a clock that was set back), is verified anew; so is its user looked up after
    /// `remember`, or at once when this process changed any.
    pub(crate) fn find(&self, token: &TokenDigest, moment: Moment) -> Found<U> {
        let Some(seen) = self.seen.get(token) else {
            return Found::Nothing;
        };
        if moment.now >= seen.said.until || moment.keys != seen.at.keys || moment.now < seen.at.now {
            self.seen.remove(token);
            return Found::Nothing;
        }
        if moment.now >= seen.until || moment.users != seen.at.users {
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
    pub(crate) fn keep(&self, token: TokenDigest, at: Moment, said: Arc<Said>, principal: Arc<Principal<U>>) {
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
