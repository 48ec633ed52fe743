//! Either database.

use portcullis_core::StoreError;

use crate::postgres::PostgresDatabase;
use crate::sqlite::Database;

/// An open database of either kind. Cheap to clone.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum AnyDatabase {
    /// An SQLite file, for the processes of one machine.
    Sqlite(Database),
    /// A PostgreSQL database, for several machines.
    Postgres(PostgresDatabase),
}

impl AnyDatabase {
    /// Whether it answers.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(database) => database.ping(),
            Self::Postgres(database) => database.ping().await,
        }
    }

    /// Counts up with every change of this process.
    pub fn generation(&self) -> u64 {
        match self {
            Self::Sqlite(database) => database.generation(),
            Self::Postgres(database) => database.generation(),
        }
    }
}

impl From<Database> for AnyDatabase {
    fn from(database: Database) -> Self {
        Self::Sqlite(database)
    }
}

impl From<PostgresDatabase> for AnyDatabase {
    fn from(database: PostgresDatabase) -> Self {
        Self::Postgres(database)
    }
}
