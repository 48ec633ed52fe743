//! Links that many share, to look over.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::failure::Failure;
use crate::links::{Connector, Link, Shared, Why};

/// Whoever looks waits no longer for a table that somebody has locked (`VACUUM FULL`, `ALTER TABLE`): behind it wait all
/// others that look over the same link. Through a pooler it cannot be said.
const LOCKS: &str = "SET lock_timeout = '250ms'";

/// A lane whose links many share.
pub(super) struct Looks {
    places: Vec<Shared<Link>>,
    /// As many links again may be parked: given to nobody any more, and not answered yet. When there is no room, whoever
    /// looks waits at those that there are.
    parking: Arc<Semaphore>,
    /// How long one waits for one answer, and all in all.
    pub(super) patience: (Duration, Duration),
}

impl Looks {
    pub(super) fn over(width: usize, patience: (Duration, Duration)) -> Self {
        Self {
            places: (0..width).map(|_| Shared::default()).collect(),
            parking: Arc::new(Semaphore::new(width)),
            patience,
        }
    }

    /// A link that many share: of the places, the one that the fewest use.
    pub(super) async fn link(&self, connector: &Connector) -> Result<(&Shared<Link>, Arc<Link>), Failure> {
        let place = self.places.iter().min_by_key(|place| place.users());
        let place = place.ok_or_else(|| Failure::NoLink(Why::of("no link is allowed")))?;
        let _used = place.used();
        let is_good = |link: &Link| connector.is_good(link);
        let link = place.get(is_good, || looking(connector.clone())).await;
        link.map(|link| (place, link)).map_err(Failure::NoLink)
    }

    /// Gives links of a former time to nobody any more, also where nobody looks.
    pub(super) fn leave_old(&self, connector: &Connector) {
        let places = self.places.iter();
        places.for_each(|place| place.leave_unless(|link| connector.is_good(link)));
    }

    /// Gives a link to nobody any more, if there is room to park it.
    pub(super) fn park(&self, place: &Shared<Link>, link: Arc<Link>) {
        if let Ok(room) = self.parking.clone().try_acquire_owned() {
            place.leave(&link);
            tokio::spawn(async move {
                // Answered after everything that was asked before, or when the socket is dead.
                let _ = link.client().batch_execute("").await;
                drop(room);
            });
        }
    }
}

/// A link to look over.
async fn looking(connector: Connector) -> Result<Link, Why> {
    let link = connector.connect().await?;
    if !link.is_pooled() {
        link.client().batch_execute(LOCKS).await.map_err(Why::of)?;
    }
    Ok(link)
}
