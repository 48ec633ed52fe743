//! What a server says of itself to those that share its database, and how it is read.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::own::row::{Row, Unreadable};

/// Whoever was silent for longer is not at work.
const SILENT: Duration = Duration::from_secs(60);

/// The table, if it is there.
pub(super) const THERE: &str = "SELECT to_regclass('portcullis_nodes')::text";

/// All of them, for [`PostgresNode::of`]. How long ago something was is the database's to say.
pub(super) const ALL: &str = "SELECT host, version, level, greatest(now.ms - started, 0), greatest(now.ms - seen, 0) \
    FROM portcullis_nodes, (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ms) AS now \
    ORDER BY host, started, id";

/// The last step of each group of tables that a version of the program knows, or that was carried out in a database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PostgresLevel(BTreeMap<String, u32>);

impl PostgresLevel {
    /// The step of the tables of this name; `None`: it does not use them.
    pub fn of(&self, name: &str) -> Option<u32> {
        self.0.get(name).copied()
    }

    /// Of which tables it knows less than `other`: their name, what it knows, what the other does. What it does not use at
    /// all does not count.
    pub fn behind<'a>(&'a self, other: &Self) -> Vec<(&'a str, u32, u32)> {
        let both = self
            .0
            .iter()
            .filter_map(|(name, own)| Some((&**name, *own, other.of(name)?)));
        both.filter(|(_, own, other)| own < other).collect()
    }

    /// As it is stored. What cannot be read is known by nobody.
    pub(super) fn read(text: &str) -> Self {
        let lines = text.lines().filter_map(|line| line.rsplit_once(' '));
        lines.map(|(name, step)| (name, step.parse().unwrap_or(0))).collect()
    }
}

impl<'a> FromIterator<(&'a str, u32)> for PostgresLevel {
    fn from_iter<I: IntoIterator<Item = (&'a str, u32)>>(steps: I) -> Self {
        Self(steps.into_iter().map(|(name, step)| (name.to_owned(), step)).collect())
    }
}

impl fmt::Display for PostgresLevel {
    /// As it is stored.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(name, step)| writeln!(f, "{name} {step}"))
    }
}

/// A server, as it was when it last said that it is at work. Times are by the database's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostgresNode {
    /// The machine.
    pub host: String,
    /// The version of the program.
    pub version: String,
    /// Which tables it can live with.
    pub level: PostgresLevel,
    /// How long ago it began.
    pub age: Duration,
    /// How long ago it was heard of.
    pub silent: Duration,
}

impl PostgresNode {
    /// Whether it is at work: it was heard of within a minute. One that was killed, or that cannot reach the database, is not.
    pub fn is_at_work(&self) -> bool {
        self.silent < SILENT
    }

    /// Reads a row of [`ALL`].
    pub(super) fn of(row: &dyn Row) -> Result<Self, Unreadable> {
        Ok(Self {
            host: row.text(0)?.to_owned(),
            version: row.text(1)?.to_owned(),
            level: PostgresLevel::read(row.text(2)?),
            age: Duration::from_millis(row.count(3)?),
            silent: Duration::from_millis(row.count(4)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_read_as_it_was_written_and_what_cannot_be_read_is_known_by_nobody() {
        let level: PostgresLevel = [("portcullis", 5), ("my tables", 1)].into_iter().collect();
        assert_eq!(PostgresLevel::read(&level.to_string()), level);
        let broken = PostgresLevel::read("portcullis five\n\nlonely");
        assert_eq!((broken.of("portcullis"), broken.of("lonely")), (Some(0), None));
    }

    #[test]
    fn who_does_not_use_tables_is_not_behind_in_them() {
        let database: PostgresLevel = [("a", 2), ("b", 3), ("c", 1)].into_iter().collect();
        let own: PostgresLevel = [("a", 2), ("b", 2), ("d", 1)].into_iter().collect();
        assert_eq!(own.behind(&database), [("b", 2, 3)]);
        assert!(database.behind(&database).is_empty());
    }
}
