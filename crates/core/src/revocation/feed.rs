//! Revocations, as those know them who check tokens.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::entry::{Entry, Revoked, Subject16};
use super::erased::ErasedRevocations;
use super::freshness::{Freshness, StaleFeed};
use super::ledger::{Learnt, Ledger, Marks};
use super::reader::Reader;
use crate::audit::{Act, Audit, AuditEvent};
use crate::auth_error::AuthError;
use crate::clock::Clock;
use crate::facts::TokenFacts;
use crate::store::StoreError;
use crate::user::UserId;

/// For how long a request waits that comes before anything is known.
const FIRST_WITHIN: Duration = Duration::from_secs(1);

/// How long, in seconds, a client is told to wait when it cannot be told whether its token has ended.
const RETRY_AFTER: u64 = 1;

/// What ended before its time, as far as this process knows: from a store that it reads on and on, or from an issuer that it
/// follows. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Revocations {
    pub(super) ledger: Arc<Ledger>,
    pub(super) reader: Option<Arc<Reader>>,
}

impl fmt::Debug for Revocations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revocations")
            .field("freshness", &self.freshness())
            .field("entries", &self.len())
            .finish_non_exhaustive()
    }
}

impl Revocations {
    /// Those of a store, which is read from now on, or as soon as there is a tokio runtime, until the last clone goes.
    pub(crate) fn of_store(store: Arc<dyn ErasedRevocations>, clock: Arc<dyn Clock>, stale: StaleFeed) -> Self {
        let (ledger, reader) = (Arc::new(Ledger::new(clock, stale, true)), Arc::new(Reader::new(store)));
        reader.run(&ledger);
        Self {
            ledger,
            reader: Some(reader),
        }
    }

    /// Those that somebody else brings, by [`Revocations::apply`], [`Revocations::renew`] and [`Revocations::fail`]: what an
    /// issuer tells a resource server. Until the first time, nobody's token is taken.
    pub fn followed(clock: Arc<dyn Clock>, stale: StaleFeed) -> Self {
        Self {
            ledger: Arc::new(Ledger::new(clock, stale, false)),
            reader: None,
        }
    }

    /// How often something was learnt: what was looked up at the same version needs no look.
    pub fn version(&self) -> u64 {
        self.ledger.version()
    }

    /// How often it was learnt that a user changed: what is remembered of users holds for as long as this number.
    pub fn users_generation(&self) -> u64 {
        self.ledger.users()
    }

    /// How often the store was found to be another than the one that was read, or an older state of it: what was kept in it
    /// of late may be lost.
    pub(crate) fn losses(&self) -> u64 {
        self.ledger.losses()
    }

    /// How much is known now.
    pub fn freshness(&self) -> Freshness {
        self.ledger.freshness(self.ledger.now())
    }

    /// How many entries are known.
    pub fn len(&self) -> usize {
        self.ledger.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The memory that the look-up takes, in bytes.
    pub fn bytes(&self) -> usize {
        self.ledger.bytes()
    }

    /// What looks up one of these; public for measuring only.
    #[doc(hidden)]
    pub fn look_up(&self, kind: Revoked, subjects: &[Subject16]) -> impl Fn(usize) -> bool + '_ {
        let marks: Vec<_> = subjects
            .iter()
            .map(|subject| self.ledger.mark(kind, *subject))
            .collect();
        move |at| marks.get(at).is_some_and(|mark| self.ledger.value(*mark).is_some())
    }

    /// Ends tokens: entries are kept in the store and hold in this process when it comes back.
    ///
    /// # Errors
    /// The store fails, and then they may hold or not; or there is none: at a resource server tokens are taken, and not given.
    pub async fn revoke(&self, entries: &[Entry]) -> Result<(), StoreError> {
        self.revoke_as(entries, None).await
    }

    /// The same, and it is written down.
    pub(crate) async fn revoke_as(
        &self,
        entries: &[Entry],
        told: Option<(&Audit, AuditEvent)>,
    ) -> Result<(), StoreError> {
        let reader = self.reader.as_ref();
        let reader = reader.ok_or(StoreError::Unsupported("tokens are ended at their issuer"))?;
        let act = match told {
            Some((audit, event)) => Act::on(&*reader.store, |store, row| store.noting(row), Some(audit), || event),
            None => Act::silent(&*reader.store),
        };
        act.revoke(entries).await?;
        act.happened(true).await;
        self.apply(entries);
        Ok(())
    }

    /// Takes in what is known to have ended (from a store that was told otherwise, say) and holds from now on here.
    pub fn apply(&self, entries: &[Entry]) -> Learnt {
        self.ledger.apply(entries)
    }

    /// Says that everything is known that ended up to `whole`, since 1970. Drops what is over.
    pub fn renew(&self, whole: Duration) {
        self.ledger.renew(whole);
        self.ledger.tidy();
    }

    /// Says that it was looked for news, in vain.
    pub fn fail(&self) {
        self.ledger.fail();
    }

    /// Says that there are access tokens which live this long: what is known may be as old before no token is taken.
    pub(crate) fn lives(&self, lifetime: Duration) {
        self.ledger.lives(lifetime);
    }

    /// What a token is looked up by; of tokens about things there is no user.
    pub(crate) fn marks(&self, token: &TokenFacts, user: Option<(&UserId, u64)>) -> Marks {
        self.ledger.marks(token, user)
    }

    /// Refuses a token that has ended.
    pub(crate) fn expect_alive(&self, token: &Marks) -> Result<(), AuthError> {
        match self.ledger.refuses(token) {
            true => Err(AuthError::Revoked),
            false => Ok(()),
        }
    }

    /// Whether it is known that this key (`kid`) has ended: what it signs is refused.
    pub(crate) fn ends_key(&self, id: &str) -> bool {
        self.ledger.ends_key(id)
    }

    /// The longest life of an access token that was heard of.
    pub(crate) fn longest(&self) -> Duration {
        self.ledger.longest()
    }

    /// Whether everything is known up to now.
    pub(crate) fn is_whole(&self, now: Duration) -> bool {
        self.ledger.freshness(now) == Freshness::Whole
    }

    /// Sees to it that somebody looks for news, and waits a moment where nothing is known yet.
    ///
    /// # Errors
    /// So little is known that no token is taken: [`AuthError::Stale`].
    #[cold]
    pub(crate) async fn catch_up(&self) -> Result<(), AuthError> {
        if let Some(reader) = &self.reader {
            let first = reader.look_first(&self.ledger);
            match reader.run(&self.ledger) {
                true => _ = tokio::time::timeout(FIRST_WITHIN, first).await,
                false => first.await,
            }
        }
        match self.ledger.stale.serves(self.freshness()) {
            true => Ok(()),
            false => Err(AuthError::Stale {
                retry_after: RETRY_AFTER,
            }),
        }
    }
}
