//! Rows as they stand, whatever they mean: for copying whole tables from one database into another.

use sha2::{Digest as _, Sha256};

use super::row::{Row, Unreadable};
use super::value::Value;

/// A value of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owned {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Owned {
    /// What a statement is given.
    pub(crate) fn value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Integer(number) => Value::Integer(*number),
            Self::Text(text) => Value::Text(text),
            Self::Bytes(bytes) => Value::Bytes(bytes),
        }
    }
}

impl From<Value<'_>> for Owned {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Integer(number) => Self::Integer(number),
            Value::Text(text) => Self::Text(text.to_owned()),
            Value::Bytes(bytes) => Self::Bytes(bytes.to_vec()),
        }
    }
}

/// Reads every column of a row.
pub(crate) fn row(row: &dyn Row) -> Result<Vec<Owned>, Unreadable> {
    (0..row.width())
        .map(|column| row.value(column).map(Owned::from))
        .collect()
}

/// A digest of rows in their order, whichever database they come from, and how many they were.
#[derive(Clone, Default)]
pub(crate) struct Tally {
    digest: Sha256,
    rows: u64,
}

impl Tally {
    /// Counts one.
    pub(crate) fn add(&mut self, row: &[Owned]) {
        self.rows = self.rows.saturating_add(1);
        for value in row {
            let number;
            // With its kind and its length, so that no two rows are written alike.
            let (kind, bytes): (u8, &[u8]) = match value {
                Owned::Null => (0, &[]),
                Owned::Integer(integer) => {
                    number = integer.to_be_bytes();
                    (1, &number)
                }
                Owned::Text(text) => (2, text.as_bytes()),
                Owned::Bytes(bytes) => (3, bytes),
            };
            let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            self.digest.update([kind]);
            self.digest.update(length.to_be_bytes());
            self.digest.update(bytes);
        }
    }

    /// How many.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Whether it saw the same rows as another.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.rows == other.rows && self.digest.clone().finalize() == other.digest.clone().finalize()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(rows: &[&[Owned]]) -> Tally {
        let mut tally = Tally::default();
        rows.iter().for_each(|row| tally.add(row));
        tally
    }

    #[test]
    fn rows_that_differ_in_anything_are_told_apart() {
        let text = |text: &str| Owned::Text(text.to_owned());
        let same = tally(&[&[text("ab"), text("c"), Owned::Null]]);
        assert!(same.is(&tally(&[&[text("ab"), text("c"), Owned::Null]])));
        for other in [
            tally(&[&[text("a"), text("bc"), Owned::Null]]),
            tally(&[&[text("ab"), text("c"), text("")]]),
            tally(&[&[Owned::Bytes(b"ab".to_vec()), text("c"), Owned::Null]]),
            tally(&[&[text("ab"), text("c"), Owned::Integer(0)]]),
            tally(&[]),
            tally(&[
                &[text("ab"), text("c"), Owned::Null],
                &[text("ab"), text("c"), Owned::Null],
            ]),
        ] {
            assert!(!same.is(&other));
        }
    }
}
