//! What those are told who follow this process.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::{Mutex, watch};

use super::entry::Entry;
use super::erased::ErasedRevocations;
use super::feed::Revocations;
use super::freshness::Freshness;
use super::log::Position;
use crate::issue_error::IssueError;
use crate::store::StoreError;

/// The longest that somebody waits for news.
pub const WAIT_AT_MOST: Duration = Duration::from_secs(25);

/// For how long an answer with everything is given to others who ask.
const SHARED_FOR: Duration = Duration::from_secs(1);

/// What somebody is told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// What ended.
    pub entries: Vec<Entry>,
    /// Whether that is everything.
    pub full: bool,
    /// What was asked for, where it is not everything.
    pub after: Option<String>,
    /// Where to go on.
    pub next: String,
}

/// Why nothing was told.
#[derive(Debug)]
#[non_exhaustive]
pub enum PageError {
    /// It is not known here either what ended up to now.
    Stale,
    /// This process follows somebody else, or keeps no revocations.
    NotKept,
    /// The store could not answer.
    Store(StoreError),
    /// It could not be signed.
    Issue(IssueError),
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stale => "revocations are not known up to now",
            Self::NotKept => "no revocations are kept here",
            Self::Store(_) => "the store of revocations could not answer",
            Self::Issue(_) => "the revocations could not be signed",
        })
    }
}

impl Error for PageError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Stale | Self::NotKept => None,
            Self::Store(cause) => Some(cause),
            Self::Issue(cause) => Some(cause),
        }
    }
}

impl From<StoreError> for PageError {
    fn from(cause: StoreError) -> Self {
        Self::Store(cause)
    }
}

impl From<IssueError> for PageError {
    fn from(cause: IssueError) -> Self {
        Self::Issue(cause)
    }
}

/// The last answer with everything, as long as somebody holds it: many who begin at once cost one reading of the store.
#[derive(Debug, Default)]
pub(crate) struct Shared(Mutex<(Duration, Weak<Page>)>);

impl Revocations {
    /// What ended since `after` (the `next` of an earlier answer); if nothing did, what ends within `wait`, as soon as it
    /// does. Everything where `after` says nothing here, or is too long ago.
    ///
    /// # Errors
    /// What ended up to now is not known here either, or the store fails.
    pub(crate) async fn page(
        &self,
        shared: &Shared,
        after: Option<&str>,
        wait: Duration,
    ) -> Result<Arc<Page>, PageError> {
        let reader = self.reader.as_ref().ok_or(PageError::NotKept)?;
        self.expect_whole().await?;
        let mut news = self.ledger.news();
        let Some((text, position)) = after.and_then(|text| Some((text, Position::read(text)?))) else {
            return self.everything(shared, &*reader.store).await;
        };
        let found = match self.ledger.after(&position) {
            Some((entries, _)) if entries.is_empty() && !wait.is_zero() => {
                changed(&mut news, wait.min(WAIT_AT_MOST)).await;
                self.expect_whole().await?;
                self.ledger.after(&position)
            }
            found => found,
        };
        match found {
            Some((entries, next)) => Ok(Arc::new(Page {
                entries,
                full: false,
                after: Some(text.to_owned()),
                next: next.write(),
            })),
            None => self.everything(shared, &*reader.store).await,
        }
    }

    /// Who does not know all cannot say that all is told.
    async fn expect_whole(&self) -> Result<(), PageError> {
        if self.freshness() != Freshness::Whole {
            self.catch_up().await.map_err(|_| PageError::Stale)?;
        }
        match self.freshness() {
            Freshness::Whole => Ok(()),
            _ => Err(PageError::Stale),
        }
    }

    async fn everything(&self, shared: &Shared, store: &dyn ErasedRevocations) -> Result<Arc<Page>, PageError> {
        let mut last = shared.0.lock().await;
        let now = self.ledger.now();
        let fresh = now >= last.0 && now < last.0.saturating_add(SHARED_FOR);
        if let Some(page) = last.1.upgrade().filter(|_| fresh) {
            return Ok(page);
        }
        // First the position: what is learnt while the store is read is told again.
        let position = self.ledger.position().ok_or(PageError::Stale)?;
        let all = store.since(None).await?;
        // What the store has lost was told before, and is told to nobody again when it is given back.
        let lost = self.ledger.lacking(&all);
        let page = Arc::new(Page {
            entries: all.entries.into_iter().chain(lost).collect(),
            full: true,
            after: None,
            next: position.write(),
        });
        *last = (now, Arc::downgrade(&page));
        Ok(page)
    }
}

/// Waits for news, but no longer.
async fn changed(news: &mut watch::Receiver<u64>, wait: Duration) {
    let _ = tokio::time::timeout(wait, news.changed()).await;
}
