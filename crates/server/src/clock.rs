//! What time it is for a deployment: the one place that says so.

use std::sync::Arc;

use portcullis_core::{Clock, SystemClock};
use portcullis_sql::AnyDatabase;

/// The clock by which what this database holds was made and ends.
///
/// In a database of several nodes that is the database's own: a node whose clock is wrong stamps as the others do.
pub(crate) fn of(database: &AnyDatabase) -> Arc<dyn Clock> {
    match database {
        AnyDatabase::Postgres(database) => Arc::new(database.clock()),
        _ => Arc::new(SystemClock),
    }
}

/// The clock of this machine, for what concerns no database.
pub(crate) fn of_this_machine() -> impl Clock {
    SystemClock
}
