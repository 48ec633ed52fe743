//! The trail is looked through.

use std::collections::VecDeque;
use std::sync::Arc;

use portcullis_password::OsRandom;

use super::{Audit, Inner};
use crate::audit::anchor::Anchor;
use crate::audit::error::AuditError;
use crate::audit::event::AuditKind;
use crate::audit::keys::AuditKeys;
use crate::audit::report::AuditReport;
use crate::audit::row::{Position, StoredRow};
use crate::audit::store::{AuditFilter, AuditStore};
use crate::audit::verify::Verifier;
use crate::clock::SystemClock;
use crate::secrets::Secrets;
use crate::store::StoreError;

/// How many rows and seals are read at once.
const PAGE: usize = 2_000;

/// How many rows that explain something are looked at: the last counts, and behind it may stand some of others.
const EXPLAINING: usize = 1_000;

impl Audit {
    /// Looks through a trail that nothing is written into, as [`Audit::verify`] does. Where there are no secrets nothing can be
    /// vouched for, and each that is named there is missing.
    ///
    /// # Errors
    /// As for [`Audit::verify`], and the primitive failed.
    pub async fn examine(
        store: impl AuditStore,
        secrets: Option<&Secrets>,
        anchors: &[Anchor],
    ) -> Result<AuditReport, AuditError> {
        let keys = secrets.map(AuditKeys::of).transpose()?.unwrap_or_default();
        let audit = Self::of_keys(Arc::new(store), keys, (Arc::new(SystemClock), &OsRandom))?;
        audit.verify(anchors).await
    }

    /// Holds rows and seals against each other, and against `anchors`, whether the database is in use or not.
    ///
    /// # Errors
    /// The store fails. That somebody tampered is none.
    pub async fn verify(&self, anchors: &[Anchor]) -> Result<AuditReport, AuditError> {
        let report = self.look_through(anchors).await?;
        if report.is_whole() {
            return Ok(report);
        }
        // Old rows may have been removed meanwhile.
        self.look_through(anchors).await
    }

    async fn look_through(&self, anchors: &[Anchor]) -> Result<AuditReport, AuditError> {
        let inner = &*self.inner;
        // What comes later is not looked at.
        let head = inner.store.head().await?;
        let removals = self.last_of(AuditKind::AuditPruned).await?;
        let resets = self.last_of(AuditKind::KeysReset).await?;
        let mut verifier = Verifier::new(&inner.keys, anchors, &removals, &resets);
        verifier.astray(inner.store.astray().await?);
        let mut rows = Pages::of(inner, head.position);
        let newest = head.seal.as_ref().map_or(0, |seal| seal.number);
        let mut number = 0;
        while number < newest {
            let seals = inner.store.seals(number, PAGE).await?;
            let Some(last) = seals.last() else { break };
            number = last.number;
            for seal in seals.iter().filter(|seal| seal.number <= newest) {
                while let Some(row) = rows.next(seal.upto).await? {
                    verifier.row(&row);
                }
                verifier.seal(seal);
            }
        }
        while let Some(row) = rows.next(head.position).await? {
            verifier.row(&row);
        }
        Ok(verifier.end(&head))
    }

    async fn last_of(&self, kind: AuditKind) -> Result<Vec<StoredRow>, StoreError> {
        let filter = AuditFilter {
            kind: Some(kind.number()),
            ..AuditFilter::default()
        };
        self.inner.store.last(&filter, EXPLAINING).await
    }
}

/// Rows in their order, read page by page.
struct Pages<'a> {
    inner: &'a Inner,
    page: VecDeque<StoredRow>,
    after: Position,
    end: Position,
}

impl<'a> Pages<'a> {
    fn of(inner: &'a Inner, end: Position) -> Self {
        Self {
            inner,
            page: VecDeque::new(),
            after: 0,
            end,
        }
    }

    /// The next one, if it stands not behind `upto`.
    async fn next(&mut self, upto: Position) -> Result<Option<StoredRow>, StoreError> {
        if self.page.is_empty() && self.after < self.end {
            self.page = self.inner.store.rows(self.after, PAGE).await?.into();
            self.after = self.page.back().map_or(self.end, |last| last.position);
        }
        let fits = self
            .page
            .front()
            .is_some_and(|next| next.position <= upto.min(self.end));
        Ok(if fits { self.page.pop_front() } else { None })
    }
}
