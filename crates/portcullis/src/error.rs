//! Everything that can go wrong before an application serves.

use std::error::Error as StdError;
use std::fmt;

use portcullis_core::jose::KeyError;
use portcullis_core::password::HashError;
use portcullis_core::{BuildError, LoginError, StoreError};

use crate::serve::ServeError;

/// Why an application could not start. `main` can return it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The signing key.
    Key(KeyError),
    /// The `Auth`.
    Build(BuildError),
    /// A password that was to be stored.
    Hash(HashError),
    /// A password that was to be hashed in the pool.
    Login(LoginError),
    /// A user that was to be stored.
    Store(StoreError),
    /// The database could not be opened.
    #[cfg(feature = "sqlite")]
    Open(portcullis_sql::OpenError),
    /// The server could not start.
    Serve(ServeError),
    /// Something else that the application met.
    Other(Box<dyn StdError + Send + Sync>),
}

impl Error {
    /// Wraps what else an application met, such as an error of its database: `.map_err(Error::other)?`.
    pub fn other(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Other(cause.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(cause) => cause.fmt(f),
            Self::Build(cause) => cause.fmt(f),
            Self::Hash(cause) => cause.fmt(f),
            Self::Login(cause) => cause.fmt(f),
            Self::Store(cause) => cause.fmt(f),
            #[cfg(feature = "sqlite")]
            Self::Open(cause) => cause.fmt(f),
            Self::Serve(cause) => cause.fmt(f),
            Self::Other(cause) => cause.fmt(f),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Key(cause) => cause.source(),
            Self::Build(cause) => cause.source(),
            Self::Hash(cause) => cause.source(),
            Self::Login(cause) => cause.source(),
            Self::Store(cause) => cause.source(),
            #[cfg(feature = "sqlite")]
            Self::Open(cause) => cause.source(),
            Self::Serve(cause) => cause.source(),
            Self::Other(cause) => cause.source(),
        }
    }
}

macro_rules! from {
    ($($(#[$meta:meta])* $variant:ident($cause:ty),)+) => {$(
        $(#[$meta])*
        impl From<$cause> for Error {
            fn from(cause: $cause) -> Self {
                Self::$variant(cause)
            }
        }
    )+};
}

from! {
    Key(KeyError),
    Build(BuildError),
    Hash(HashError),
    Login(LoginError),
    Store(StoreError),
    #[cfg(feature = "sqlite")]
    Open(portcullis_sql::OpenError),
    Serve(ServeError),
    Other(Box<dyn StdError + Send + Sync>),
}
