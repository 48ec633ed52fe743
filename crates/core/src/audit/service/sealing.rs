//! Seals are made, and rows that are old enough removed.

use std::time::Duration;

use super::Audit;
use crate::audit::error::AuditError;
use crate::audit::event::{AuditEvent, AuditKind};
use crate::audit::reset::Reset;
use crate::audit::seal::{Root, Seal};
use crate::audit::store::Head;
use crate::audit::verify::PRUNED_UPTO;
use crate::cause::Cause;

/// How many rows one seal binds at most.
const ROWS_OF_A_SEAL: usize = 10_000;

/// How often it is tried anew when another process was faster.
const TRIES: usize = 16;

/// How much is removed in one step, by age, in milliseconds.
const STEP: u64 = 60 * 60 * 1_000;

impl Audit {
    /// Binds the rows since the last seal, whoever wrote them, and gives the seal; `None`: there are none. To be called
    /// once a second, until there are none. Of several processes that do so at once one seals, and the others see its
    /// seal.
    ///
    /// # Errors
    /// The store fails. [`AuditError::Cut`]: seals that this process knows of are gone.
    pub async fn seal(&self) -> Result<Option<Seal>, AuditError> {
        self.seal_in(0).await
    }

    /// Writes that the database is an older copy from here on, and seals it so that seals and rows of before cannot be
    /// taken for those that follow. `count` rows and seals of the copy are what they were.
    ///
    /// # Errors
    /// As for [`Audit::seal`].
    pub async fn restored(&self, event: AuditEvent) -> Result<(), AuditError> {
        // What the copy was made before it could be sealed belongs to its own era.
        while self.seal().await?.is_some() {}
        self.record(event).await?;
        self.seal_in(1).await.map(drop)
    }

    /// Writes that all secrets of before were wiped, and binds what they vouched for: of those rows and seals nobody can
    /// tell any more whether a server of ours made them, but all that changes later is found. To be called once, with the
    /// first secret that was made afterwards, and with no server at work that has one of those.
    ///
    /// # Errors
    /// As for [`Audit::seal`].
    pub async fn reset(&self, cause: Cause) -> Result<(), AuditError> {
        // What nobody sealed belongs to it.
        while self.seal().await?.is_some() {}
        let event = match self.newest_seal().await? {
            Some(last) => Reset::event(cause, &last),
            None => AuditEvent::new(AuditKind::KeysReset, cause),
        };
        self.record(event).await?;
        self.seal().await.map(drop)
    }

    async fn seal_in(&self, eras: u64) -> Result<Option<Seal>, AuditError> {
        for _ in 0..TRIES {
            let head = self.inner.store.head().await?;
            self.expect_whole(&head)?;
            let Some(seal) = self.next(&head, eras).await? else {
                return Ok(None);
            };
            if self.inner.store.add_seal(&seal).await? {
                self.inner.saw(Some(&seal));
                return Ok(Some(seal));
            }
        }
        Err(AuditError::Busy)
    }

    /// The newest seal; `None` before the first.
    ///
    /// # Errors
    /// The store fails.
    pub async fn newest_seal(&self) -> Result<Option<Seal>, AuditError> {
        Ok(self.inner.store.head().await?.seal)
    }

    /// Removes rows that are older than `age`, as far as seals bind them; how many. That they went is a row of the
    /// trail.
    ///
    /// # Errors
    /// The store fails.
    pub async fn prune(&self, age: Duration) -> Result<u64, AuditError> {
        let before = self
            .now()
            .saturating_sub(u64::try_from(age.as_millis()).unwrap_or(u64::MAX));
        let store = &self.inner.store;
        let mut gone = 0_u64;
        loop {
            let Some(first) = store.rows(0, 1).await?.pop() else {
                return Ok(gone);
            };
            let step = before.min(first.row.at.saturating_add(STEP));
            let seal = match store.sealed_before(step).await? {
                Some(seal) if seal.upto >= first.position => Some(seal),
                _ => store.sealed_before(before).await?,
            };
            let Some(seal) = seal.filter(|seal| seal.upto >= first.position) else {
                return Ok(gone);
            };
            let event = AuditEvent::new(AuditKind::AuditPruned, Cause::server()).with(PRUNED_UPTO, seal.upto);
            let now = store.prune(seal.upto, &self.row(event)).await?;
            if now == 0 {
                return Ok(gone);
            }
            gone = gone.saturating_add(now);
        }
    }

    /// Nobody may cut what this process has seen.
    fn expect_whole(&self, head: &Head) -> Result<(), AuditError> {
        let found = head.seal.as_ref();
        if let Some(known) = self.inner.seen() {
            let later = found.is_some_and(|found| found.number > known.number);
            if !later && found != Some(&known) {
                return Err(AuditError::cut(&known, found));
            }
        }
        self.inner.saw(found);
        Ok(())
    }

    /// The seal that follows.
    async fn next(&self, head: &Head, eras: u64) -> Result<Option<Seal>, AuditError> {
        let last = head.seal.as_ref();
        let after = last.map_or(0, |seal| seal.upto);
        let rows = self.inner.store.rows(after, ROWS_OF_A_SEAL).await?;
        let Some(end) = rows.last() else {
            return Ok(None);
        };
        let keys = &self.inner.keys;
        for stored in rows.iter().filter(|stored| keys.is_ours(&stored.row) == Some(false)) {
            tracing::error!(
                position = stored.position,
                "a row of the audit trail was not written by a server of ours"
            );
        }
        let mut seal = Seal {
            number: last.map_or(0, |seal| seal.number).saturating_add(1),
            prev: last.map_or([0; 32], Seal::hash),
            root: Root::of(&rows),
            rows: u64::try_from(rows.len()).unwrap_or(u64::MAX),
            upto: end.position,
            era: last.map_or(1, |seal| seal.era).saturating_add(eras),
            at: self.now(),
            node: self.inner.node,
            key: keys.current(),
            signature: Vec::new(),
        };
        seal.signature = keys.sign(&seal.signed()).ok_or(AuditError::Unusable)?;
        Ok(Some(seal))
    }
}
