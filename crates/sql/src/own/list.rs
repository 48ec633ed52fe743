//! Many values as one text, for statements that take as many as there are: `string_to_array($1, ',')`.

use std::fmt::{self, Display, Write as _};

/// The values with a comma between each two. None of them has one.
pub(crate) fn list<T: Display>(values: impl IntoIterator<Item = T>) -> String {
    let mut list = String::new();
    for (value, comma) in values
        .into_iter()
        .zip(std::iter::once("").chain(std::iter::repeat(",")))
    {
        // A text takes everything.
        let _ = write!(list, "{comma}{value}");
    }
    list
}

/// Bytes, for `decode(…, 'hex')`.
pub(crate) struct Hex<'a>(pub(crate) &'a [u8]);

impl Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
