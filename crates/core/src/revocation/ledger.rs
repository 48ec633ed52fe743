//! What a process knows of what ended: what is looked up, how far it can be trusted, and what others are told of it.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use portcullis_jose::MAX_LEEWAY;
use tokio::sync::watch;

use super::entry::{Entry, Revoked, Subject16};
use super::freshness::{Age, Freshness, StaleFeed, Unhurried, millis};
use super::log::{Log, Position};
use super::store::Batch;
use super::table::{Mark, Table};
use crate::clock::Clock;
use crate::facts::TokenFacts;
use crate::user::UserId;

/// How often what is over is dropped.
const TIDY_EVERY: Duration = Duration::from_secs(60);

/// What entries brought that was not known before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Learnt {
    /// How many were new.
    pub entries: usize,
    /// How many of those end a key.
    pub keys: usize,
}

/// What a token is looked up by: made once, when it is verified.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Marks {
    session: Option<Mark>,
    token: Option<Mark>,
    user: Option<Mark>,
    epoch: u64,
    client: Option<Mark>,
    key: Option<Mark>,
    /// In seconds since 1970; 0 where the token does not say: it may be older than anything.
    issued: u64,
}

/// See the file's head.
pub(super) struct Ledger {
    table: Table,
    everyone: Mark,
    version: AtomicU64,
    users: AtomicU64,
    /// How often the store was found to have lost something, or may have.
    losses: AtomicU64,
    age: Age,
    /// For those who follow; `None` where this process follows another, which tells them.
    log: Option<Log>,
    /// Who waits for news; it says how often there were some.
    news: watch::Sender<u64>,
    /// The longest life of an access token, in milliseconds.
    longest: AtomicU64,
    /// What was over before it, in milliseconds since 1970, may be dropped.
    over: AtomicU64,
    tidied: Mutex<Tidied>,
    pub(super) stale: StaleFeed,
    clock: Arc<dyn Clock>,
}

/// When what is over was dropped last.
#[derive(Default)]
struct Tidied {
    clock: Unhurried,
    at: Option<Duration>,
}

impl Ledger {
    /// One that tells others, or none.
    pub(super) fn new(clock: Arc<dyn Clock>, stale: StaleFeed, tells: bool) -> Self {
        let table = Table::new();
        Self {
            everyone: table.mark(Revoked::All, Subject16::of("")),
            table,
            version: AtomicU64::new(0),
            users: AtomicU64::new(0),
            losses: AtomicU64::new(0),
            age: Age::default(),
            log: tells.then(|| Log::new(RandomState::new().hash_one(()))),
            news: watch::Sender::new(0),
            longest: AtomicU64::new(0),
            over: AtomicU64::new(0),
            tidied: Mutex::default(),
            stale,
            clock,
        }
    }

    pub(super) fn now(&self) -> Duration {
        self.clock.now()
    }

    /// How often something that ends tokens was learnt.
    pub(super) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// How often it was learnt that a user changed.
    pub(super) fn users(&self) -> u64 {
        self.users.load(Ordering::Acquire)
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.table.bytes()
    }

    /// Takes entries in; in the log stands what was new of them.
    pub(super) fn apply(&self, entries: &[Entry]) -> Learnt {
        let now = millis(self.now());
        let (mut learnt, mut users) = (Learnt::default(), false);
        self.table.put(entries, self.over.load(Ordering::Acquire), |entry| {
            learnt.entries = learnt.entries.saturating_add(1);
            match entry.kind {
                Revoked::Key => learnt.keys = learnt.keys.saturating_add(1),
                Revoked::User | Revoked::Changed => users = true,
                _ => {}
            }
            if let Some(log) = &self.log {
                log.push(now, *entry);
            }
        });
        if users {
            self.users.fetch_add(1, Ordering::AcqRel);
        }
        if learnt.entries > 0 {
            self.version.fetch_add(1, Ordering::AcqRel);
            self.news.send_modify(|times| *times = times.wrapping_add(1));
        }
        learnt
    }

    /// Takes in what a look that was begun at `begun` brought: up to then everything is known now.
    pub(super) fn load(&self, batch: &Batch, begun: Duration) -> Learnt {
        let begins = self.age.whole().is_none() && batch.full;
        let learnt = self.apply(&batch.entries);
        if let Some(log) = self.log.as_ref().filter(|_| begins) {
            log.begin(millis(begun));
        }
        self.renew(begun);
        learnt
    }

    /// How often the store was found to have lost something, or may have.
    pub(super) fn losses(&self) -> u64 {
        self.losses.load(Ordering::Acquire)
    }

    /// Says that it was once more.
    pub(super) fn lose(&self) {
        self.losses.fetch_add(1, Ordering::AcqRel);
    }

    /// What was learnt of late, is still needed, and is not among all that a store holds; the newest last.
    pub(super) fn lacking(&self, all: &Batch) -> Vec<Entry> {
        let held: HashMap<_, _> = all.entries.iter().map(|entry| (entry.key(), entry.until)).collect();
        let over = self.over.load(Ordering::Acquire);
        let lacks = |entry: &Entry| {
            let held = held.get(&entry.key());
            entry.until >= over && held.is_none_or(|until| *until < entry.until)
        };
        let mut lacking = self.log.as_ref().map(Log::entries).unwrap_or_default();
        lacking.retain(lacks);
        lacking
    }

    /// Everything is known that ended up to `whole`.
    pub(super) fn renew(&self, whole: Duration) {
        self.age.renew(whole, self.now());
    }

    /// It was looked for news, in vain.
    pub(super) fn fail(&self) {
        self.age.fail(self.now());
    }

    /// Drops what is over, once a minute; to be called every few seconds. When it did, it says of what that is: what was
    /// over before this moment, in milliseconds since 1970. What is taken for a while beyond its `exp` is still refused.
    pub(super) fn tidy(&self) -> Option<u64> {
        let mut tidied = self.tidied.lock().unwrap_or_else(PoisonError::into_inner);
        let now = tidied.clock.look(self.now());
        // The first time a minute later: the clock may be wrong at the start. By one that was set back it is due too.
        let due = |at: Duration| now < at || now >= at.saturating_add(TIDY_EVERY);
        if !due(*tidied.at.get_or_insert(now)) {
            return None;
        }
        tidied.at = Some(now);
        let over = millis(now.saturating_sub(MAX_LEEWAY));
        self.over.store(over, Ordering::Release);
        self.table.forget(over);
        Some(over)
    }

    /// Says that there are access tokens which live this long.
    pub(super) fn lives(&self, lifetime: Duration) {
        self.longest.fetch_max(millis(lifetime), Ordering::AcqRel);
    }

    pub(super) fn longest(&self) -> Duration {
        Duration::from_millis(self.longest.load(Ordering::Acquire))
    }

    pub(super) fn freshness(&self, now: Duration) -> Freshness {
        self.age.freshness(now, self.longest())
    }

    pub(super) fn mark(&self, kind: Revoked, subject: Subject16) -> Mark {
        self.table.mark(kind, subject)
    }

    pub(super) fn value(&self, mark: Mark) -> Option<u64> {
        self.table.value(mark)
    }

    /// What a token is looked up by; of tokens about things there is no user.
    pub(super) fn marks(&self, token: &TokenFacts, user: Option<(&UserId, u64)>) -> Marks {
        let mark = |kind, id: &str| self.mark(kind, Subject16::of(id));
        Marks {
            session: token.session.map(|id| mark(Revoked::Session, &id.to_string())),
            token: token.jti.as_deref().map(|id| mark(Revoked::Token, id)),
            user: user.map(|(id, _)| mark(Revoked::User, id.as_str())),
            epoch: user.map_or(0, |(_, epoch)| epoch),
            client: token.client.as_deref().map(|id| mark(Revoked::Client, id)),
            key: token.key.as_deref().map(|id| mark(Revoked::Key, id)),
            issued: token.issued.unwrap_or_default().as_secs(),
        }
    }

    /// Whether a token has ended, as far as is known.
    pub(super) fn refuses(&self, token: &Marks) -> bool {
        let value = |mark: Option<Mark>| mark.and_then(|mark| self.table.value(mark));
        let below = |mark, held: u64| value(mark).is_some_and(|value| held < value);
        value(token.session).is_some()
            || value(token.token).is_some()
            || below(token.user, token.epoch)
            || below(token.client, token.issued)
            || below(Some(self.everyone), token.issued)
            || value(token.key).is_some()
    }

    /// Whether this key (`kid`) has ended, as far as is known.
    pub(super) fn ends_key(&self, id: &str) -> bool {
        self.value(self.mark(Revoked::Key, Subject16::of(id))).is_some()
    }

    /// A receiver of how often there was news.
    pub(super) fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    /// Up to when everything is known, in milliseconds since 1970.
    #[cfg(test)]
    pub(super) fn whole(&self) -> Option<u64> {
        self.age.whole()
    }

    /// Where somebody is who now knows everything; `None`: nothing is known yet. To be asked before everything is read.
    pub(super) fn position(&self) -> Option<Position> {
        Some(self.log.as_ref()?.position(self.age.whole()?))
    }

    /// What somebody does not know who is at `position`, and where they are then; `None`: they must be told everything.
    pub(super) fn after(&self, position: &Position) -> Option<(Vec<Entry>, Position)> {
        // First the moment, then the entries: all that were known at that moment are among them.
        let whole = self.age.whole()?;
        self.log.as_ref()?.after(position, whole, millis(self.now()))
    }
}
