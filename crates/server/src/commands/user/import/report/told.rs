//! What is written down of an import.

use portcullis_core::AuditEvent;
use portcullis_sql::Database;

use super::Report;
use crate::config::Settings;
use crate::data_dir::DataDir;
use crate::failure::Outcome;
use crate::taken_in::taken_in;

impl Report {
    /// Writes down that users were taken in, if any were.
    pub(in crate::commands) async fn written_down(
        &self,
        folder: &DataDir,
        settings: &Settings,
        database: &Database,
    ) -> Outcome {
        if self.added == 0 && self.completed == 0 {
            return Ok(());
        }
        let counts = |event: AuditEvent| event.with("added", self.added).with("completed", self.completed);
        taken_in(folder, settings, database, counts).await
    }
}
