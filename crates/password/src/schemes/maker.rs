//! A scheme that makes new hashes, its name, and how it is made. The options are passlib's.

use std::sync::Arc;

use crate::options::{Options, SchemeError};
use crate::scheme::Hasher;

/// One line of a table.
pub(crate) struct Maker {
    pub(crate) name: &'static str,
    /// The options that it takes.
    pub(crate) options: &'static [&'static str],
    /// The lowest `rounds` that the scheme defines: no hash is weaker than what this makes.
    pub(crate) lowest: Option<u32>,
    build: fn(&'static str, &Options) -> Made,
}

pub(crate) type Made = Result<Arc<dyn Hasher>, SchemeError>;

pub(crate) const fn maker(
    name: &'static str,
    options: &'static [&'static str],
    lowest: Option<u32>,
    build: fn(&'static str, &Options) -> Made,
) -> Maker {
    Maker {
        name,
        options,
        lowest,
        build,
    }
}

impl Maker {
    /// Makes the hasher.
    pub(crate) fn make(&self, options: &Options) -> Made {
        (self.build)(self.name, options)
    }
}

/// A hasher, or the option that gave it an impossible cost.
pub(crate) fn made<E>(hasher: Result<impl Hasher, E>, option: &'static str) -> Made {
    match hasher {
        Ok(hasher) => Ok(Arc::new(hasher)),
        Err(_) => Err(SchemeError::BadOption(option)),
    }
}
