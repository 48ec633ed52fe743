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

    /// How many columns there are.
    #[cfg(feature = "postgres")]
    fn width(&self) -> usize;

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

    /// Any number, or nothing.
    fn integer_or_null(&self, column: usize) -> Result<Option<i64>, Unreadable> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Integer(number) => Ok(Some(number)),
            _ => Err(Unreadable::new(column, "no number")),
        }
    }

    /// Any number.
    fn integer(&self, column: usize) -> Result<i64, Unreadable> {
        self.integer_or_null(column)?
            .ok_or_else(|| Unreadable::new(column, "nothing where a number should be"))
    }

    /// A time or a count, which is never below 0, or nothing.
    fn count_or_null(&self, column: usize) -> Result<Option<u64>, Unreadable> {
        let number = self.integer_or_null(column)?.map(u64::try_from).transpose();
        number.map_err(|cause| Unreadable::new(column, cause))
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

impl dyn Row + '_ {
    /// So many bytes, or nothing.
    pub(crate) fn array_or_null<const N: usize>(&self, column: usize) -> Result<Option<[u8; N]>, Unreadable> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Bytes(bytes) => bytes
                .try_into()
                .map(Some)
                .map_err(|cause| Unreadable::new(column, cause)),
            _ => Err(Unreadable::new(column, "no bytes")),
        }
    }

    /// So many bytes.
    pub(crate) fn array<const N: usize>(&self, column: usize) -> Result<[u8; N], Unreadable> {
        self.array_or_null(column)?
            .ok_or_else(|| Unreadable::new(column, "nothing where bytes should be"))
    }

    /// A number of a smaller kind, or nothing.
    pub(crate) fn number_or_null<T: TryFrom<i64, Error: Into<Box<dyn Error + Send + Sync>>>>(
        &self,
        column: usize,
    ) -> Result<Option<T>, Unreadable> {
        let number = self.integer_or_null(column)?.map(T::try_from).transpose();
        number.map_err(|cause| Unreadable::new(column, cause))
    }

    /// A number of a smaller kind.
    pub(crate) fn number<T: TryFrom<i64, Error: Into<Box<dyn Error + Send + Sync>>>>(
        &self,
        column: usize,
    ) -> Result<T, Unreadable> {
        self.number_or_null(column)?
            .ok_or_else(|| Unreadable::new(column, "nothing where a number should be"))
    }
}

/// Reads what somebody else may have written: nothing stands in the place of what no table of ours holds.
#[derive(Debug, Default)]
pub(crate) struct Foreign {
    found: bool,
}

impl Foreign {
    /// What was read, or nothing.
    pub(crate) fn take<T: Default>(&mut self, read: Result<T, Unreadable>) -> T {
        self.found |= read.is_err();
        read.unwrap_or_default()
    }

    /// This, unless something could not be read.
    pub(crate) fn unless_found<T: Default>(&self, vouching: T) -> T {
        match self.found {
            true => T::default(),
            false => vouching,
        }
    }
}

/// How a row becomes what it stands for.
pub(crate) type Read<T> = fn(&dyn Row) -> Result<T, Unreadable>;

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
