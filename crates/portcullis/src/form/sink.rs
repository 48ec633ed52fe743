//! Who takes the fields of a form in.

use zeroize::Zeroizing;

use super::limits::FormLimits;
use super::text::Text;

/// What was sent for one field.
pub(crate) enum Sent {
    Text(Zeroizing<Vec<u8>>),
    /// More than can be right; it was not kept.
    TooLong,
    /// A file in the place of a text. Its content is not kept.
    File,
}

impl From<Text> for Sent {
    fn from(text: Text) -> Self {
        text.finish().map_or(Self::TooLong, Self::Text)
    }
}

/// Takes fields in, one after the other.
pub(super) trait Sink {
    /// What a field is known by.
    type Key;

    /// The longest name that may be wanted, in bytes as sent. Of a longer one only the beginning is shown.
    const LONGEST_NAME: usize;

    /// The field of this name, and a text to keep its value in; `None`: nothing of it is kept.
    fn wants(&self, name: &[u8]) -> Option<(Self::Key, Text)>;

    /// How many bytes of values may be kept in all.
    fn room(&self, limits: &FormLimits) -> usize;

    /// Takes in what was sent for a field.
    fn put(&mut self, key: Self::Key, sent: Sent);
}
