//! The lanes of links to one database, and what becomes of a call whose link is lost.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use portcullis_core::StoreError;

use super::failure::{Failure, Next};
use super::looks::Looks;
use super::statement;
use crate::links::{Connector, Held, Lane};
use crate::own::row::Read;
use crate::own::value::Value;

/// How long a call waits for the database, all in all.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long it waits for one answer.
pub(super) const TRY: Duration = Duration::from_secs(3);

/// How long the feed waits, whose next poll comes soon.
const FEED_PATIENCE: Duration = Duration::from_millis(500);

/// How long it waits at one link: the next poll has another.
const FEED_TRY: Duration = Duration::from_millis(450);

/// How many links find what guards ask for, each for many at once.
const FINDS: usize = 2;

/// How many links write, each one act at a time: a commit waits for the disk, and those of several links wait together.
const WRITES: usize = 7;

/// The lanes. Who comes while the database is away is told at once. Who had a link and lost it goes on for as long as a call
/// may take, with what can be asked again: every look, and of writes what was certainly not carried out.
pub(super) struct Lanes {
    connector: Connector,
    finds: Looks,
    /// A look at a table that somebody has locked delays neither those nor the feed.
    looks: Looks,
    feed: Looks,
    writes: Lane,
    softs: Lane,
    /// Where only what is on a standby too may be acknowledged: the number of the server of which that was seen, and one.
    replicated: Option<AtomicU64>,
}

/// A lane in which each link is somebody's alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Alone {
    Writes,
    Softs,
}

/// What a write waits for before it is answered.
enum Waits {
    ForDisk,
    Never,
}

impl Lanes {
    /// `replicated`: writes only where what is acknowledged was seen to be on a standby too.
    pub(super) fn over(connector: Connector, replicated: bool) -> Self {
        Self {
            connector,
            finds: Looks::over(FINDS, (TRY, PATIENCE)),
            looks: Looks::over(1, (TRY, PATIENCE)),
            feed: Looks::over(1, (FEED_TRY, FEED_PATIENCE)),
            writes: Lane::of(WRITES),
            softs: Lane::of(1),
            replicated: replicated.then(AtomicU64::default),
        }
    }

    /// Whether it matters what is on a standby too.
    pub(super) fn must_be_replicated(&self) -> bool {
        self.replicated.is_some()
    }

    /// What was seen of the server of this number.
    pub(super) fn saw_replicated(&self, place: u64, is_so: bool) {
        if let Some(seen) = self
            .replicated
            .as_ref()
            .filter(|_| self.connector.seat().place == place)
        {
            seen.store(if is_so { place.saturating_add(1) } else { 0 }, Ordering::SeqCst);
        }
    }

    /// Ends links of a former time over which nobody looks now.
    pub(super) fn leave_old(&self) {
        let lanes = [&self.finds, &self.looks, &self.feed];
        lanes.iter().for_each(|looks| looks.leave_old(&self.connector));
    }

    /// What makes their links.
    pub(super) fn connector(&self) -> &Connector {
        &self.connector
    }

    /// The rows of a statement that finds one thing by its key, as every guard does: behind nothing that takes longer.
    pub(super) async fn find<T>(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
        read: Read<T>,
    ) -> Result<Vec<T>, StoreError> {
        within(self.finds.patience.1, self.looked(&self.finds, sql, values, read)).await
    }

    /// The rows of a statement that changes nothing.
    pub(super) async fn look<T>(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
        read: Read<T>,
    ) -> Result<Vec<T>, StoreError> {
        within(self.looks.patience.1, self.looked(&self.looks, sql, values, read)).await
    }

    /// The same over the link of the feed, in half a second.
    pub(super) async fn feed<T>(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
        read: Read<T>,
    ) -> Result<Vec<T>, StoreError> {
        within(self.feed.patience.1, self.looked(&self.feed, sql, values, read)).await
    }

    /// One statement that holds by itself; how many rows it wrote.
    pub(super) async fn write(&self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        within(PATIENCE, self.written((Alone::Writes, Waits::ForDisk), sql, values)).await
    }

    /// The same for what may be lost in a crash.
    pub(super) async fn write_soft(&self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        within(PATIENCE, self.written((Alone::Softs, Waits::Never), sql, values)).await
    }

    /// The same for many rows at once, some of which others may hold: no login waits behind it.
    pub(super) async fn sweep(&self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        within(PATIENCE, self.written((Alone::Writes, Waits::Never), sql, values)).await
    }

    /// What comes of it within the time that a call has.
    pub(super) async fn within<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let done = tokio::time::timeout(PATIENCE, work).await;
        done.unwrap_or_else(|elapsed| Err(StoreError::unavailable(elapsed)))
    }

    async fn looked<T>(
        &self,
        looks: &Looks,
        sql: &'static str,
        values: &[Value<'_>],
        read: Read<T>,
    ) -> Result<Vec<T>, Failure> {
        // The server refuses such a text, and no row of its has one.
        if values.iter().any(Value::has_nul) {
            return Ok(Vec::new());
        }
        let (mut had_one, mut prepared) = (false, false);
        loop {
            let (place, link) = match looks.link(&self.connector).await {
                Err(_) if had_one => {
                    self.connector.pause().await;
                    continue;
                }
                found => found?,
            };
            had_one = true;
            let failure = match in_time(looks.patience.0, statement::all(&link, sql, values, read)).await {
                Ok(rows) => return Ok(rows),
                Err(failure) => failure,
            };
            match failure.next() {
                Next::Prepare if !prepared => {
                    prepared = true;
                    link.forget(failure.code());
                }
                Next::Late => looks.park(place, link),
                Next::Lost | Next::Elsewhere => {
                    self.connector.leave(link.seat());
                    self.connector.pause().await;
                }
                _ => return Err(failure),
            }
        }
    }

    async fn written(
        &self,
        (lane, waits): (Alone, Waits),
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<u64, Failure> {
        let (mut had_one, mut prepared) = (false, false);
        loop {
            let held = match self.held(lane).await {
                Err(_) if had_one => {
                    self.connector.pause().await;
                    continue;
                }
                held => held?,
            };
            had_one = true;
            held.link().take_alone();
            let written = async {
                match waits {
                    Waits::ForDisk => statement::execute(held.link(), sql, values).await,
                    Waits::Never => statement::execute_soft(held.link(), sql, values).await,
                }
            };
            let failure = match in_time(TRY, written).await {
                Ok(rows) => {
                    let is_alone = held.link().take_alone();
                    held.put_back();
                    return if is_alone { Err(Failure::Alone) } else { Ok(rows) };
                }
                Err(failure) => failure,
            };
            match failure.next() {
                Next::Prepare if !prepared => {
                    prepared = true;
                    held.link().forget(failure.code());
                    held.put_back();
                }
                Next::Elsewhere => {
                    self.connector.leave(held.link().seat());
                    self.connector.pause().await;
                }
                Next::Lost => {
                    self.connector.leave(held.link().seat());
                    return Err(Failure::Unknown(failure.into()));
                }
                // The link is parked.
                Next::Late => return Err(Failure::Unknown(failure.into())),
                Next::Again | Next::Prepare | Next::Told => {
                    held.put_back();
                    return Err(failure);
                }
            }
        }
    }

    /// A link that writes, for one act alone.
    pub(super) async fn writer(&self) -> Result<Held, Failure> {
        self.held(Alone::Writes).await
    }

    /// Whether this lane may be used at the server of this number: one that was promoted a moment ago may have no standby of
    /// its own yet.
    fn is_fit(&self, lane: Alone, place: u64) -> Result<(), Failure> {
        match &self.replicated {
            Some(seen) if lane == Alone::Writes && seen.load(Ordering::SeqCst) != place.saturating_add(1) => {
                Err(Failure::Unreplicated)
            }
            _ => Ok(()),
        }
    }

    async fn held(&self, lane: Alone) -> Result<Held, Failure> {
        let links = match lane {
            Alone::Writes => &self.writes,
            Alone::Softs => &self.softs,
        };
        loop {
            let place = self.connector.seat().place;
            // Where it is known that nothing comes of it, nobody waits for a turn first: all of them may be parked.
            self.is_fit(lane, place)?;
            if links.is_full() {
                self.connector.is_away().map_err(Failure::NoLink)?;
            }
            let Some(turn) = links.turn(place).await else { continue };
            self.is_fit(lane, place)?;
            if let Some(link) = turn.idle(|link| self.connector.is_good(link)) {
                return Ok(turn.with(link));
            }
            let link = self.connector.clone().connect().await.map_err(Failure::NoLink)?;
            if link.seat().place == place {
                return Ok(turn.with(link));
            }
            // The turn was one at the server of before.
            turn.put_back(link.into());
        }
    }
}

/// What comes of it in this time.
pub(super) async fn in_time<T>(
    patience: Duration,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::time::timeout(patience, work).await.map_err(Failure::Late)?
}

async fn within<T>(patience: Duration, work: impl Future<Output = Result<T, Failure>>) -> Result<T, StoreError> {
    in_time(patience, work).await.map_err(StoreError::from)
}
