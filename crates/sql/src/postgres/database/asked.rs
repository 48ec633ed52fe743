//! What is asked of a database, and over which lane.

use portcullis_core::StoreError;

use super::PostgresDatabase;
use crate::links::{Held, Link};
use crate::own::row::Read;
use crate::own::value::Value;
use crate::postgres::failure::Failure;

impl PostgresDatabase {
    /// The rows of a statement that finds one thing by its key, as every guard does: over links of their own, which nothing that
    /// takes longer holds up.
    pub(in crate::postgres) async fn find<T>(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
        read: Read<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.0.lanes.find(sql, values, read).await
    }

    /// The rows of a statement that changes nothing, over a link that many share. What was asked of a link that was lost is
    /// asked again, for five seconds in all.
    pub(in crate::postgres) async fn look<T>(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
        read: Read<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.0.lanes.look(sql, values, read).await
    }

    /// The same for what is asked again and again and must not wait behind others: over a link of its own, half a second in
    /// all.
    pub(in crate::postgres) async fn feed<T>(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
        read: Read<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.0.lanes.feed(sql, values, read).await
    }

    /// Runs one statement that holds by itself, and says how many rows it wrote. Where its link is lost before it was answered
    /// nobody knows whether it holds: it is not repeated, and the error is [`StoreError::Unavailable`].
    pub(in crate::postgres) async fn write(&self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        self.0.lanes.write(sql, values).await
    }

    /// The same for what may be lost in a crash (up to the last half second): it waits for no disk, and over a link of its own
    /// for no other write.
    pub(in crate::postgres) async fn write_soft(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<u64, StoreError> {
        self.0.lanes.write_soft(sql, values).await
    }

    /// The same for many rows at once, some of which others may hold: no login waits behind it.
    pub(in crate::postgres) async fn sweep(&self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        self.0.lanes.sweep(sql, values).await
    }

    /// What comes of it within the time that a call has.
    pub(in crate::postgres) async fn within<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.0.lanes.within(work).await
    }

    /// A link that writes, for one act alone.
    pub(in crate::postgres) async fn writer(&self) -> Result<Held, Failure> {
        self.0.lanes.writer().await
    }

    /// Nobody uses a link of this one's time that is idle: whatever ended one has often ended them all. And a moment's pause.
    pub(in crate::postgres) async fn leave(&self, link: &Link) {
        self.0.lanes.connector().leave(link.seat());
        self.pause().await;
    }

    /// As long as nobody tries to connect, and a moment.
    pub(in crate::postgres) async fn pause(&self) {
        self.0.lanes.connector().pause().await;
    }
}
