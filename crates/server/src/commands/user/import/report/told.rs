//! What is written down of an import.

use portcullis_core::AuditEvent;
use portcullis_sql::AnyDatabase;

use super::Report;
use crate::failure::Outcome;
use crate::place::Place;
use crate::taken_in::taken_in;

impl Report {
    /// Writes down that users were taken in, if any were.
    pub(in crate::commands) async fn written_down(&self, place: &Place, database: &AnyDatabase) -> Outcome {
        if self.added == 0 && self.completed == 0 {
            return Ok(());
        }
        let counts = |event: AuditEvent| event.with("added", self.added).with("completed", self.completed);
        taken_in(place, database, counts).await
    }
}
