//! How a store that is in either database is written down.

/// The type of such a store, over the two: `either!(/// What it is. AnyKeys, SqliteKeys, PostgresKeys);`
macro_rules! either {
    ($(#[$about:meta])* $name:ident, $sqlite:ty, $postgres:ty) => {
        $(#[$about])*
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        pub enum $name {
            /// In an SQLite file.
            Sqlite($sqlite),
            /// In a PostgreSQL database.
            Postgres($postgres),
        }

        impl $name {
            /// In a database that is open already; its tables are brought up to date.
            ///
            /// # Errors
            /// See [`AnyError`](crate::AnyError).
            pub async fn on(database: $crate::any::AnyDatabase) -> Result<Self, $crate::any::AnyError> {
                Ok(match database {
                    $crate::any::AnyDatabase::Sqlite(database) => Self::Sqlite(<$sqlite>::on(database).await?),
                    $crate::any::AnyDatabase::Postgres(database) => Self::Postgres(<$postgres>::on(database).await?),
                })
            }
        }
    };
}

/// The same call on whichever it is.
macro_rules! of {
    ($any:expr, $store:ident => $call:expr) => {
        match $any {
            Self::Sqlite($store) => $call,
            Self::Postgres($store) => $call,
        }
    };
}

/// The same store with a row that its next act leaves in the audit trail.
macro_rules! noting {
    ($any:expr, $trait:ident, $row:expr) => {
        match $any {
            Self::Sqlite(store) => $trait::noting(store, $row).map(Self::Sqlite),
            Self::Postgres(store) => $trait::noting(store, $row).map(Self::Postgres),
        }
    };
}

pub(super) use {either, noting, of};
