//! The end of an open database.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::Database;

impl Database {
    /// Ends the writer after what waits, empties the log and closes every connection. Later reads and writes, of every
    /// clone, are refused. Closing twice is fine.
    pub async fn close(&self) {
        self.0.closed.store(true, Ordering::Release);
        // First, so that the writer's connection is the last, which empties and removes the log.
        self.0.readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.0.jobs.lock().unwrap_or_else(PoisonError::into_inner).take();
        let writer = self.0.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            let _ = tokio::task::spawn_blocking(move || writer.join()).await;
        }
    }
}
