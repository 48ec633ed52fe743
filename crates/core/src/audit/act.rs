//! An act and the row that tells of it: written in one step where the store can, one after the other elsewhere.

use std::ops::Deref;
use std::sync::Arc;

use super::event::AuditEvent;
use super::row::AuditRow;
use super::service::Audit;

/// A store for one act. It is used as the store itself, and then told whether the act happened.
pub(crate) struct Act<'a, S: ?Sized> {
    store: &'a S,
    noting: Option<Arc<S>>,
    /// What is to be written once it happened.
    after: Option<(Audit, AuditRow)>,
}

/// Gives the same store for one act, which writes a row in its step if it happens; `None`: this store cannot.
type Noting<S> = fn(&S, &AuditRow) -> Option<Arc<S>>;

impl<'a, S: ?Sized> Act<'a, S> {
    /// An act on `store`, of which `event` tells if there is a trail; it is made only then.
    pub(crate) fn on(
        store: &'a S,
        noting: Noting<S>,
        audit: Option<&Audit>,
        event: impl FnOnce() -> AuditEvent,
    ) -> Self {
        let row = audit.map(|audit| (audit.clone(), audit.row(event())));
        let noting = row.as_ref().and_then(|(_, row)| noting(store, row));
        let after = row.filter(|_| noting.is_none());
        Self { store, noting, after }
    }

    /// An act of which nothing is written.
    pub(crate) fn silent(store: &'a S) -> Self {
        Self {
            store,
            noting: None,
            after: None,
        }
    }

    /// Whether it happened: where the store could not write the row in the same step, it is written now.
    pub(crate) async fn happened(self, happened: bool) {
        if let Some((audit, row)) = self.after.filter(|_| happened) {
            audit.write(row).await;
        }
    }
}

impl<S: ?Sized> Deref for Act<'_, S> {
    type Target = S;

    fn deref(&self) -> &S {
        self.noting.as_deref().unwrap_or(self.store)
    }
}
