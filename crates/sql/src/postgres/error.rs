//! Why a database could not be opened.

use std::error::Error;
use std::fmt;

use super::node::PostgresNode;
use super::replication::Replication;

/// Why a PostgreSQL database could not be opened, each with a sentence that says what to do.
#[derive(Debug)]
#[non_exhaustive]
pub enum PostgresError {
    /// The URL is none; what one looks like.
    Url(&'static str),
    /// The server of this name cannot be reached, or lets nobody in.
    Unreachable(String, Box<dyn Error + Send + Sync>),
    /// Texts are in another encoding than UTF-8; which.
    Encoding(String),
    /// What is acknowledged must be on a standby too, and is not.
    NotReplicated(Replication),
    /// Older servers are at work that would not live with what is to be carried out.
    Behind {
        /// Whose tables.
        name: &'static str,
        /// Which step, from 1.
        step: u32,
        /// The step of these tables that a server must know at least.
        floor: u32,
        /// Those that do not.
        nodes: Vec<PostgresNode>,
    },
    /// A newer version of the program made the tables.
    Newer {
        /// Whose tables.
        name: &'static str,
        /// The step they are at.
        found: u32,
        /// The last step that is known here.
        known: u32,
    },
    /// A step that was carried out is not the step that is known here.
    Changed {
        /// Whose tables.
        name: &'static str,
        /// Which step, from 1.
        step: u32,
    },
    /// A step failed; nothing of it was kept.
    Failed {
        /// Whose tables.
        name: &'static str,
        /// Which step, from 1; 0 before the first.
        step: u32,
        /// The server's reason.
        cause: Box<dyn Error + Send + Sync>,
    },
}

impl fmt::Display for PostgresError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(sentence) => f.write_str(sentence),
            Self::Unreachable(shown, cause) => write!(f, "{shown} cannot be reached: {cause}"),
            Self::Encoding(encoding) => write!(
                f,
                "the database keeps texts in {encoding}; make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
            ),
            Self::NotReplicated(found) => found.fmt(f),
            Self::Behind {
                name,
                step,
                floor,
                nodes,
            } => behind(f, (name, *step, *floor), nodes),
            Self::Newer { name, found, known } => write!(
                f,
                "the tables of {name} were made by a newer version (step {found}, known here up to {known}); \
                 use that version"
            ),
            Self::Changed { name, step } => write!(f, "step {step} of {name} is not the one that was carried out here"),
            Self::Failed { name, step, cause } => write!(f, "step {step} of {name} failed: {cause}"),
        }
    }
}

fn behind(f: &mut fmt::Formatter<'_>, (name, step, floor): (&str, u32, u32), nodes: &[PostgresNode]) -> fmt::Result {
    write!(
        f,
        "step {step} of {name} waits for servers that do not know its step {floor}: "
    )?;
    for (place, node) in nodes.iter().enumerate() {
        let (known, silent) = (node.level.of(name).unwrap_or(0), node.silent.as_secs());
        let (host, version) = (&node.host, &node.version);
        let comma = if place == 0 { "" } else { ", " };
        write!(
            f,
            "{comma}{host} (version {version}, knows step {known}, seen {silent} s ago)"
        )?;
    }
    f.write_str("; end them first, and one that was killed counts for a minute")
}

impl Error for PostgresError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreachable(_, cause) | Self::Failed { cause, .. } => Some(cause.as_ref()),
            _ => None,
        }
    }
}
