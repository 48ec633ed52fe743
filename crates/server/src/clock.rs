//! What time it is for a deployment: the one place that says so.

use std::sync::Arc;

use portcullis_core::{Clock, SystemClock};
use portcullis_sql::AnyDatabase;

/// The clock by which what this database holds was made and ends.
pub(crate) fn of(_: &AnyDatabase) -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

/// The clock of this machine, for what concerns no database.
pub(crate) fn of_this_machine() -> impl Clock {
    SystemClock
}
