//! Scopes: what a token may be used for (RFC 6749 §3.3).

use std::collections::HashSet;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// One scope as it is declared: its name on the wire and the sentence that the docs show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declared {
    /// The scope token, such as `items`.
    pub name: &'static str,
    /// What it allows, in one sentence.
    pub sentence: &'static str,
}

/// A scope as a type, declared with [`scopes!`](crate::scopes).
pub trait Scope: Send + Sync + 'static {
    /// Its name and sentence.
    const DECLARED: Declared;
}

/// One scope or a tuple of them: what `Scoped<S>` asks for and what `Auth` declares. The order is kept: challenges
/// and documents name the scopes as they are written.
pub trait Scopes: Send + Sync + 'static {
    /// The scopes, in order.
    const LIST: &'static [Declared];
}

impl<S: Scope> Scopes for S {
    const LIST: &'static [Declared] = &[S::DECLARED];
}

impl Scopes for () {
    const LIST: &'static [Declared] = &[];
}

macro_rules! scopes_for_tuples {
    ($($name:ident)+) => {
        impl<$($name: Scope),+> Scopes for ($($name,)+) {
            const LIST: &'static [Declared] = &[$($name::DECLARED),+];
        }
    };
}
scopes_for_tuples!(A);
scopes_for_tuples!(A B);
scopes_for_tuples!(A B C);
scopes_for_tuples!(A B C D);
scopes_for_tuples!(A B C D E);
scopes_for_tuples!(A B C D E F);
scopes_for_tuples!(A B C D E F G);
scopes_for_tuples!(A B C D E F G H);

/// Declares scopes as types, each with the sentence that the docs show (its doc comment).
///
/// The name must be a scope token of RFC 6749 §3.3; anything else does not compile.
///
/// ```
/// portcullis_core::scopes! {
///     /// Read information about the current user.
///     pub Me = "me";
///     /// Read items.
///     pub Items = "items";
/// }
/// use portcullis_core::Scopes;
/// assert_eq!(<(Items, Me)>::LIST[1].sentence, "Read information about the current user.");
/// ```
///
/// ```compile_fail
/// portcullis_core::scopes! {
///     /// A quote would break the challenge header.
///     pub Bad = "it\"ems";
/// }
/// ```
#[macro_export]
macro_rules! scopes {
    (@sentence $name:ident) => {
        compile_error!(concat!(
            "write a `///` sentence above the scope `",
            stringify!($name),
            "`: the documentation shows it to whoever is to grant it"
        ))
    };
    (@sentence $name:ident $($sentence:literal)+) => { concat!($($sentence),+) };
    ($($(#[doc = $sentence:literal])* $visibility:vis $name:ident = $text:literal;)+) => {$(
        $(#[doc = $sentence])*
        #[derive(Debug, Clone, Copy)]
        $visibility struct $name;
        impl $crate::Scope for $name {
            const DECLARED: $crate::Declared = $crate::Declared {
                name: {
                    assert!($crate::is_scope_token($text), "not a scope token (RFC 6749 section 3.3)");
                    $text
                },
                sentence: $crate::trim_sentence($crate::scopes!(@sentence $name $($sentence)*)),
            };
        }
        const _: $crate::Declared = <$name as $crate::Scope>::DECLARED;
    )+};
}

/// Whether `text` is one scope token: one or more printable ASCII characters other than space, `"` and `\`
/// (RFC 6749 §3.3).
pub const fn is_scope_token(text: &str) -> bool {
    let mut rest = text.as_bytes();
    if rest.is_empty() {
        return false;
    }
    while let Some((first, tail)) = rest.split_first() {
        if !matches!(*first, 0x21 | 0x23..=0x5b | 0x5d..=0x7e) {
            return false;
        }
        rest = tail;
    }
    true
}

/// A doc comment without the blank that `///` leaves at its start.
#[doc(hidden)]
pub const fn trim_sentence(text: &'static str) -> &'static str {
    text.trim_ascii()
}

/// A set of scope tokens in the order they were given. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ScopeSet(Arc<str>);

impl ScopeSet {
    /// The longest text, in bytes, that [`ScopeSet::parse`] reads: what somebody may ask for or be given.
    pub const MAX_LEN: usize = 4096;

    /// The empty set.
    pub fn empty() -> Self {
        Self(Arc::from(""))
    }

    /// Reads the wire form: tokens between spaces (several in a row count as one), each once.
    ///
    /// # Errors
    /// A word that is no scope token, or a text beyond [`ScopeSet::MAX_LEN`].
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        if text.len() > Self::MAX_LEN {
            return Err(ScopeError::TooLong);
        }
        let (asked, mut seen) = (Self::stored(text)?, HashSet::new());
        Ok(asked.iter().filter(|word| seen.insert(*word)).collect())
    }

    /// Reads the wire form as a store keeps it, of any length: users of other applications may have hundreds.
    ///
    /// # Errors
    /// A word that is no scope token.
    pub fn stored(text: &str) -> Result<Self, ScopeError> {
        let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
        if words.iter().any(|word| !is_scope_token(word)) {
            return Err(ScopeError::NotAToken);
        }
        Ok(words.into_iter().collect())
    }

    /// The set that a type names.
    pub fn of<S: Scopes>() -> Self {
        S::LIST.iter().map(|declared| declared.name).collect()
    }

    /// The tokens, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.split(' ').filter(|word| !word.is_empty())
    }

    /// Whether `name` is in the set (compared as it is).
    pub fn contains(&self, name: &str) -> bool {
        self.iter().any(|word| word == name)
    }

    /// Whether every scope of `S` is in the set.
    pub fn covers<S: Scopes>(&self) -> bool {
        S::LIST.iter().all(|declared| self.contains(declared.name))
    }

    /// Those of this set that are in `other` too, in the order of this one.
    pub fn intersection(&self, other: &ScopeSet) -> ScopeSet {
        if self == other {
            return self.clone();
        }
        self.iter().filter(|word| other.contains(word)).collect()
    }

    /// What is granted of this set: what the user has too and the application declares, in the order of this one.
    pub(crate) fn granted(&self, own: &ScopeSet, declared: &[Declared]) -> ScopeSet {
        let is_declared = |word: &str| declared.iter().any(|declared| declared.name == word);
        self.iter()
            .filter(|word| own.contains(word) && is_declared(word))
            .collect()
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The wire form: tokens with one space between.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ScopeSet {
    fn default() -> Self {
        Self::empty()
    }
}

/// As [`ScopeSet::stored`]: for a column of text.
impl TryFrom<String> for ScopeSet {
    type Error = ScopeError;

    fn try_from(text: String) -> Result<Self, ScopeError> {
        Self::stored(&text)
    }
}

impl<'a> FromIterator<&'a str> for ScopeSet {
    /// Collects tokens as they come, a doubled one too, however many; what is no scope token is left out.
    fn from_iter<I: IntoIterator<Item = &'a str>>(words: I) -> Self {
        let mut text = String::new();
        for word in words.into_iter().filter(|word| is_scope_token(word)) {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
        }
        Self(text.into())
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScopeSet({:?})", self.as_str())
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a text is no set of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScopeError {
    /// A word has a character that no scope token may have.
    NotAToken,
    /// The text is longer than [`ScopeSet::MAX_LEN`].
    TooLong,
}

impl fmt::Display for ScopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAToken => f.write_str("a scope is printable ASCII without space, quote and backslash"),
            Self::TooLong => write!(f, "scopes take more than {} bytes", ScopeSet::MAX_LEN),
        }
    }
}

impl Error for ScopeError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_printable_ascii_without_quote_and_backslash_is_a_token() {
        for bad in ["", "a b", "a\"b", "a\\b", "m\u{e9}", "a\tb", "\u{a0}", "a\u{7f}"] {
            assert!(!is_scope_token(bad), "{bad:?}");
        }
        assert!(is_scope_token("users:read"));
    }

    #[test]
    fn a_word_that_is_no_token_refuses_the_whole_text() {
        assert_eq!(ScopeSet::parse("me \u{a0}items"), Err(ScopeError::NotAToken));
        assert_eq!(ScopeSet::parse(&"a ".repeat(4000)), Err(ScopeError::TooLong));
    }

    #[test]
    fn order_is_kept_blanks_in_a_row_are_one_and_each_is_there_once() {
        let set = ScopeSet::parse("items  me items ").expect("valid");
        assert_eq!(set.as_str(), "items me");
        assert!(set.contains("me") && !set.contains("m") && !set.contains("items me"));
    }

    #[test]
    fn an_intersection_keeps_the_order_of_the_first() {
        let asked: ScopeSet = ["items", "admin", "me"].into_iter().collect();
        let own: ScopeSet = ["me", "items"].into_iter().collect();
        assert_eq!(asked.intersection(&own).as_str(), "items me");
    }

    #[test]
    fn of_any_number_of_scopes_none_is_cut_off() {
        let names: Vec<String> = (0..500).map(|n| format!("application.permission_{n}")).collect();
        let own: ScopeSet = names.iter().map(String::as_str).collect();
        assert_eq!(own.iter().count(), 500);
        let last = Declared {
            name: "application.permission_499",
            sentence: "",
        };
        let asked = ScopeSet::parse("other application.permission_499").expect("valid");
        assert_eq!(asked.granted(&own, &[last]).as_str(), "application.permission_499");
        assert_eq!(ScopeSet::stored(own.as_str()), Ok(own.clone()));
        assert_eq!(ScopeSet::parse(own.as_str()), Err(ScopeError::TooLong));
    }

    #[test]
    fn a_part_of_a_name_is_another_name() {
        let set = ScopeSet::parse("some me,items").expect("valid");
        assert!(!set.contains("me"));
    }
}
