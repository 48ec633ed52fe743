//! What a server is: whether it lets write, and which one it is.

use std::fmt;

use tokio_postgres::Error;

use super::answer::texts;
use super::link::Link;
use crate::own::row::{Row, Unreadable};

/// A server's own word; what it says when a connection begins may be a pooler's, or of yesterday.
const ROLE: &str = "SELECT pg_is_in_recovery(), current_setting('transaction_read_only')";

/// Not every engine can tell.
pub(crate) const WHICH: &str = "SELECT system_identifier, CASE WHEN pg_is_in_recovery() THEN '' \
    ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END FROM pg_control_system()";

/// Which server it is, among those that copy each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The same for a server and all copies of it.
    pub(crate) system: u64,
    /// Counts up with each copy that was made the first.
    pub(crate) timeline: u32,
}

/// Why a server is not the one to write to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It is a standby.
    Standby,
    /// It lets nobody write.
    ReadOnly,
    /// Another server was made the first since.
    Outdated,
    /// It is no copy of the one that was known before.
    Other,
    /// What speaks there is a pooler.
    Pooler,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Standby => "it is a standby, which lets nobody write",
            Self::ReadOnly => "it lets nobody write (transaction_read_only)",
            Self::Outdated => "its timeline is behind the one of the server that was known before",
            Self::Pooler => {
                "it is a pooler, which may lead each transaction to another server: here the URL must name the server itself"
            }
            Self::Other => "it is another database than the one that was known before; start anew if that is meant",
        })
    }
}

impl std::error::Error for Unfit {}

impl Identity {
    /// Whether a server is to be followed where this one was known.
    pub(crate) fn then(self, found: Self) -> Result<(), Unfit> {
        match found {
            found if found.system != self.system => Err(Unfit::Other),
            found if found.timeline < self.timeline => Err(Unfit::Outdated),
            _ => Ok(()),
        }
    }
}

/// What the server of a link says of itself.
pub(super) async fn look(link: &Link) -> Result<(Result<(), Unfit>, Option<Identity>), Error> {
    let client = link.client();
    let (role, which) = tokio::join!(biased; client.simple_query(ROLE), client.simple_query(WHICH));
    let role = match texts(&role?) {
        [Some("f"), Some("off")] => Ok(()),
        [Some("t"), _] => Err(Unfit::Standby),
        _ => Err(Unfit::ReadOnly),
    };
    // Where it cannot be told it is not asked for.
    let which = which.ok().and_then(|which| identity(texts(&which)));
    Ok((role, which))
}

/// Reads a row of [`WHICH`].
pub(crate) fn which(row: &dyn Row) -> Result<Option<Identity>, Unreadable> {
    let system = u64::try_from(row.integer(0)?).ok();
    let timeline = u32::from_str_radix(row.text(1)?, 16).ok();
    Ok(system
        .zip(timeline)
        .map(|(system, timeline)| Identity { system, timeline }))
}

fn identity([system, timeline]: [Option<&str>; 2]) -> Option<Identity> {
    Some(Identity {
        system: system?.parse().ok()?,
        timeline: u32::from_str_radix(timeline?, 16).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_was_left_behind_or_is_another_is_not_followed() {
        let known = identity([Some("7300000000000000001"), Some("0000000A")]).expect("read");
        assert_eq!(known.timeline, 10);
        let next = |system, timeline| known.then(Identity { system, timeline });
        assert_eq!(next(known.system, 9), Err(Unfit::Outdated));
        assert_eq!(next(1, 11), Err(Unfit::Other));
        assert_eq!(next(known.system, 10), Ok(()));
        assert_eq!(next(known.system, 12), Ok(()));
        assert_eq!(
            identity([Some("7300000000000000001"), Some("")]),
            None,
            "a standby has none"
        );
    }
}
