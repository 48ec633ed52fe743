//! The audit trail in PostgreSQL.

use super::database::PostgresDatabase;
use super::error::PostgresError;
use crate::own::audit;

/// The audit trail in a PostgreSQL database, which several processes may share. Cheap to clone.
///
/// From then on the sessions, clients, users and keys that are kept over the same [`PostgresDatabase`] write the rows of
/// their acts in the step of the act. Triggers refuse to change a row or a seal, and to remove one that is not sealed.
#[derive(Debug, Clone)]
pub struct PostgresAudit {
    #[allow(dead_code, reason = "what follows reads it")]
    database: PostgresDatabase,
}

impl PostgresAudit {
    /// The trail in a database that is open already. Our tables are `portcullis_audit`, `portcullis_seals` and
    /// `portcullis_audit_given`.
    ///
    /// # Errors
    /// See [`PostgresError`].
    pub async fn on(database: PostgresDatabase) -> Result<Self, PostgresError> {
        database.migrate(audit::STEPS_OF, audit::POSTGRES).await?;
        database.keep_audit();
        Ok(Self { database })
    }
}
