//! Steps of tables, and which versions of a program can live with them.
//!
//! The first line of a step may say so, since the first release after which nodes of two versions work on one database:
//!
//! - `-- expand`: every older version lives with it (a new table, a column that may be missing, an index). It is carried out
//!   by whoever opens the database.
//! - `-- contract: floor 3`: versions that know step 3 of these tables live with it, older ones do not (something goes away
//!   that step 3 made superfluous). It is carried out only where that is asked for.
//! - nothing: only versions that know it live with it, and it is carried out by whoever opens the database.

/// What a step says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Nothing.
    Unmarked,
    Expand,
    Contract {
        /// The last step that a version must know at least.
        floor: u32,
    },
}

/// What is remembered beside the steps that were carried out, for those that say something. It is made with the first.
pub(crate) const FLOORS: &str = "CREATE TABLE IF NOT EXISTS portcullis_floors (
    name TEXT NOT NULL,
    step BIGINT NOT NULL,
    floor BIGINT NOT NULL,
    PRIMARY KEY (name, step)
)";

impl Phase {
    pub(crate) fn of(step: &str) -> Self {
        let first = step.lines().next().unwrap_or_default().trim_end();
        match first.strip_prefix("-- contract: floor ").map(str::parse) {
            Some(Ok(floor)) => Self::Contract { floor },
            // What cannot be read is lived with by nobody.
            Some(Err(_)) => Self::Contract { floor: u32::MAX },
            None if first == "-- expand" => Self::Expand,
            None => Self::Unmarked,
        }
    }

    /// Whether it is carried out where nobody asks for more than what older versions live with.
    pub(crate) fn is_usual(self) -> bool {
        !matches!(self, Self::Contract { .. })
    }

    /// What is remembered.
    pub(crate) fn floor(self) -> Option<u32> {
        match self {
            Self::Unmarked => None,
            Self::Expand => Some(0),
            Self::Contract { floor } => Some(floor),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_says_in_its_first_line_who_can_live_with_it() {
        let of = |text: &str| (Phase::of(text), Phase::of(text).floor(), Phase::of(text).is_usual());
        assert_eq!(of("-- expand\nCREATE TABLE t (n INT)"), (Phase::Expand, Some(0), true));
        assert_eq!(
            of("-- contract: floor 3\nDROP TABLE t"),
            (Phase::Contract { floor: 3 }, Some(3), false)
        );
        assert_eq!(of("-- contract: floor soon\nDROP TABLE t").1, Some(u32::MAX));
        for text in [
            "CREATE TABLE t (n INT)",
            "",
            "-- what expands\nCREATE TABLE t",
            "CREATE TABLE t (n INT)\n-- expand",
        ] {
            assert_eq!(of(text), (Phase::Unmarked, None, true));
        }
    }
}
