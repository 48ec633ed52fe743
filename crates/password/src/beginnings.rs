//! How the texts of a notation begin: by that most schemes are ruled out before they are asked.

/// The bytes with which the texts of a notation can begin, as far as that is known.
///
/// ```
/// use portcullis_password::Beginnings;
///
/// let crypt = Beginnings::of(b"$");
/// assert!(crypt.fit("$2b$12$...") && !crypt.fit("{CRYPT}$2b$12$...") && !crypt.fit(""));
/// assert!(Beginnings::ANY.fit(""));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beginnings {
    first: Option<&'static [u8]>,
    /// Compared without case.
    second: Option<u8>,
}

impl Beginnings {
    /// Nothing is known.
    pub const ANY: Self = Self {
        first: None,
        second: None,
    };

    /// The first byte is one of these.
    #[must_use]
    pub const fn of(first: &'static [u8]) -> Self {
        Self {
            first: Some(first),
            second: None,
        }
    }

    /// A label in braces, which is compared without case: `{SSHA}…`.
    pub(crate) fn label(label: &str) -> Self {
        Self {
            first: Some(b"{"),
            second: label.as_bytes().first().copied(),
        }
    }

    /// This text; where case folds, only what does not fold of it tells.
    pub(crate) fn prefix(prefix: &'static str, folds: bool) -> Self {
        let first = prefix.as_bytes().get(..1);
        Self {
            first: first.filter(|first| !(folds && first.iter().any(u8::is_ascii_alphabetic))),
            second: prefix.as_bytes().get(1).copied(),
        }
    }

    /// Whether `text` can be of the notation.
    #[must_use]
    pub fn fit(&self, text: &str) -> bool {
        let text = text.as_bytes();
        let first = self
            .first
            .is_none_or(|first| text.first().is_some_and(|byte| first.contains(byte)));
        first
            && self
                .second
                .is_none_or(|second| text.get(1).is_some_and(|byte| byte.eq_ignore_ascii_case(&second)))
    }
}
