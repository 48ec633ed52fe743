//! How a row is read, whichever database it comes from.

use std::error::Error;
use std::fmt;

use super::value::Value;

/// One row of an answer. A driver says what a column holds; the rest follows.
pub(crate) trait Row {
    /// What stands in a column, counted from 0.
    ///
    /// # Errors
    /// [`Unreadable`] if there is no such column, or it holds what no table of ours does.
    fn value(&self, column: usize) -> Result<Value<'_>, Unreadable>;

    /// A text, or nothing.
    fn text_or_null(&self, column: usize) -> Result<Option<&str>, Unreadable> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            _ => Err(Unreadable::new(column, "no text")),
        }
    }

    /// A text.
    fn text(&self, column: usize) -> Result<&str, Unreadable> {
        self.text_or_null(column)?
            .ok_or_else(|| Unreadable::new(column, "nothing where a text should be"))
    }

    /// Bytes.
    fn bytes(&self, column: usize) -> Result<&[u8], Unreadable> {
        match self.value(column)? {
            Value::Bytes(bytes) => Ok(bytes),
            _ => Err(Unreadable::new(column, "no bytes")),
        }
    }

    /// A time or a count, which is never below 0, or nothing.
    fn count_or_null(&self, column: usize) -> Result<Option<u64>, Unreadable> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Integer(number) => match u64::try_from(number) {
                Ok(number) => Ok(Some(number)),
                Err(cause) => Err(Unreadable::new(column, cause)),
            },
            _ => Err(Unreadable::new(column, "no number")),
        }
    }

    /// A time or a count.
    fn count(&self, column: usize) -> Result<u64, Unreadable> {
        self.count_or_null(column)?
            .ok_or_else(|| Unreadable::new(column, "nothing where a number should be"))
    }

    /// Yes or no.
    fn flag(&self, column: usize) -> Result<bool, Unreadable> {
        match self.count(column)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Unreadable::new(column, "neither yes nor no")),
        }
    }
}

/// A column holds what cannot stand there. The cause never repeats what it is.
#[derive(Debug)]
pub(crate) struct Unreadable {
    /// Which column of the answer, from 0.
    pub(crate) column: usize,
    cause: Box<dyn Error + Send + Sync>,
}

impl Unreadable {
    /// Of this column, for this reason.
    pub(crate) fn new(column: usize, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let cause = cause.into();
        Self { column, cause }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {} of a row cannot be read: {}", self.column, self.cause)
    }
}

impl Error for Unreadable {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.cause.as_ref())
    }
}
