//! A line of the registry: a scheme that reads, its name, and how it is made.

use std::sync::Arc;

use crate::options::{Options, SchemeError};
use crate::scheme::Scheme;

/// One line of the registry.
pub(crate) struct Line {
    /// The scheme's name.
    pub(crate) name: &'static str,
    /// What it may be used for.
    pub(crate) class: Class,
    build: Build,
}

type Made = Result<Arc<dyn Scheme>, SchemeError>;

/// Makes a scheme; the name is handed in, so that schemes which differ in nothing else share a function.
#[derive(Clone, Copy)]
enum Build {
    Alone(fn(&'static str, &Options) -> Made),
    Over(fn(&'static str, &Options, Registry) -> Made),
}

/// Where a scheme gets another one that it stands on, by name.
#[derive(Clone, Copy)]
pub(crate) struct Registry(pub(crate) fn(&str, &Options) -> Made);

impl Registry {
    /// The scheme of this name, whatever its class.
    pub(crate) fn scheme(self, name: &str, options: &Options) -> Made {
        (self.0)(name, options)
    }

    /// Several of them, without options.
    pub(crate) fn schemes(self, names: &[&str]) -> Result<Vec<Arc<dyn Scheme>>, SchemeError> {
        names.iter().map(|name| self.scheme(name, &Options::new())).collect()
    }
}

/// What a scheme that only reads may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Reads, and is upgraded.
    VerifyOnly,
    /// Reads only where the operator names it: fast, unsalted, cut short, reversible, or not to be told from others.
    Broken,
    /// Never verifies.
    Disabled,
}

/// A scheme that needs no other.
pub(crate) const fn line(name: &'static str, class: Class, build: fn(&'static str, &Options) -> Made) -> Line {
    let build = Build::Alone(build);
    Line { name, class, build }
}

/// A scheme that stands on others of the registry.
pub(crate) const fn over(
    name: &'static str,
    class: Class,
    build: fn(&'static str, &Options, Registry) -> Made,
) -> Line {
    let build = Build::Over(build);
    Line { name, class, build }
}

impl Line {
    /// Makes the scheme.
    pub(crate) fn build(&self, options: &Options, registry: Registry) -> Made {
        match self.build {
            Build::Alone(build) => build(self.name, options),
            Build::Over(build) => build(self.name, options, registry),
        }
    }
}

/// What the crypt(3) of some system reads.
pub(crate) const CRYPTS: &[&str] = &[
    "bcrypt",
    "sha512_crypt",
    "sha256_crypt",
    "sha1_crypt",
    "yescrypt",
    "gost_yescrypt",
    "scrypt",
    "sun_md5_crypt",
    "md5_crypt",
    "bsdi_crypt",
    "des_crypt",
    "bigcrypt",
];
