//! The two texts that must never be confused or shown: what the user typed, and what is stored.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

/// A password as it was given: any bytes, usually UTF-8 text. Wiped on drop, never shown.
///
/// It is not normalised: the same text in another Unicode form is another password.
///
/// ```
/// use portcullis_password::Password;
///
/// let password = Password::from("secret");
/// assert_eq!(password.as_bytes(), b"secret");
/// assert_eq!(format!("{password:?}"), "Password(..)");
/// ```
///
/// A password is not a stored hash, and neither can stand where the other belongs:
///
/// ```compile_fail,E0308
/// use portcullis_password::{HashString, Password, Passwords};
///
/// let stored = HashString::new("$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW");
/// let password = Password::from("secret");
/// let _ = Passwords::recommended().verify(&stored, Some(&password)); // swapped: does not compile
/// ```
pub struct Password(Zeroizing<Vec<u8>>);

impl Password {
    /// The longest password, in bytes, that is ever hashed or can ever match.
    ///
    /// A longer one can be represented, so that refusing it costs what any refusal costs: verifying it does the usual
    /// work and answers [`Verdict::Mismatch`](crate::Verdict::Mismatch); hashing it is an error.
    pub const MAX_LEN: usize = 4096;

    /// Takes the password over. A `String` or `Vec<u8>` is not copied and is wiped when this value is dropped.
    #[must_use]
    pub fn new(password: impl Into<Self>) -> Self {
        password.into()
    }

    /// All bytes as they were given.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether it is longer than [`Password::MAX_LEN`] and therefore never matches.
    #[must_use]
    pub fn is_too_long(&self) -> bool {
        self.0.len() > Self::MAX_LEN
    }

    /// The bytes to work on: at most [`Password::MAX_LEN`], so that the work stays bounded. Whoever compares the result
    /// must refuse a password that is too long (`arithmetic::matches` does).
    pub(crate) fn bounded(&self) -> &[u8] {
        self.0.get(..Self::MAX_LEN).unwrap_or(&self.0)
    }
}

impl From<&str> for Password {
    fn from(password: &str) -> Self {
        Self::from(password.as_bytes())
    }
}

impl From<String> for Password {
    fn from(password: String) -> Self {
        Self::from(password.into_bytes())
    }
}

impl From<&[u8]> for Password {
    fn from(password: &[u8]) -> Self {
        Self::from(password.to_vec())
    }
}

impl From<Vec<u8>> for Password {
    fn from(password: Vec<u8>) -> Self {
        Self(Zeroizing::new(password))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// A stored password hash: the text as it stands in the database, of any scheme or of none. Cheap to clone, never
/// shown.
///
/// ```
/// use portcullis_password::HashString;
///
/// let stored = HashString::new("$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW");
/// assert_eq!(stored.as_str().len(), 60);
/// assert_eq!(format!("{stored:?}"), "HashString(..)");
/// ```
// Debug shows not even the scheme: in a badly migrated table the "scheme" may be the beginning of a plain password.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct HashString {
    text: Arc<str>,
    columns: Option<Arc<Columns>>,
}

/// What a table keeps of a user in other columns and some schemes need for verifying.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
struct Columns {
    user: Option<String>,
    salt: Option<String>,
    algorithm: Option<String>,
}

impl HashString {
    /// Wraps the stored text. Nothing is checked here: what the text is worth is said by
    /// [`Passwords::identify`](crate::Passwords::identify) and [`Passwords::verify`](crate::Passwords::verify).
    #[must_use]
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self {
            text: text.into(),
            columns: None,
        }
    }

    /// Names the user whose hash this is: some schemes take the name for a salt (passlib's context keyword `user`).
    #[must_use]
    pub fn with_user(self, user: impl Into<String>) -> Self {
        self.with_column(|columns| columns.user = Some(user.into()))
    }

    /// The salt that stands in a column of its own, as it stands there.
    #[must_use]
    pub fn with_salt(self, salt: impl Into<String>) -> Self {
        self.with_column(|columns| columns.salt = Some(salt.into()))
    }

    /// The algorithm, with its cost, that stands in a column of its own, as it stands there.
    #[must_use]
    pub fn with_algorithm(self, algorithm: impl Into<String>) -> Self {
        self.with_column(|columns| columns.algorithm = Some(algorithm.into()))
    }

    fn with_column(mut self, set: impl FnOnce(&mut Columns)) -> Self {
        set(Arc::make_mut(self.columns.get_or_insert_default()));
        self
    }

    /// The text, to be stored. It does not belong in a log.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The user's name, where it was given.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.columns.as_ref()?.user.as_deref()
    }

    /// The salt of another column, where it was given.
    #[must_use]
    pub fn salt(&self) -> Option<&str> {
        self.columns.as_ref()?.salt.as_deref()
    }

    /// The algorithm of another column, where it was given.
    #[must_use]
    pub fn algorithm(&self) -> Option<&str> {
        self.columns.as_ref()?.algorithm.as_deref()
    }

    /// The same columns beside another text: what a scheme that wraps another one hands on.
    #[must_use]
    pub fn with_text(&self, text: impl Into<Arc<str>>) -> Self {
        Self {
            text: text.into(),
            columns: self.columns.clone(),
        }
    }
}

impl From<&str> for HashString {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for HashString {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for HashString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashString(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_text_is_shown_by_debug() {
        assert_eq!(
            format!("{:?} {:?}", Password::from("tiger"), HashString::new("$1$tiger")),
            "Password(..) HashString(..)"
        );
    }

    /// Whether the bytes of a secret still stand where they stood before it was dropped.
    #[cfg(target_os = "linux")]
    fn remains<T>(secret: T, bytes: impl Fn(&T) -> &[u8]) -> bool {
        use std::os::unix::fs::FileExt as _;
        let (known, place) = (bytes(&secret).to_vec(), bytes(&secret).as_ptr().addr());
        let memory = std::fs::File::open("/proc/self/mem").expect("our own memory");
        let mut found = vec![0; known.len()];
        drop(secret);
        let read = memory.read_exact_at(&mut found, u64::try_from(place).expect("a place"));
        // The beginning is the allocator's as soon as it is free.
        read.is_ok_and(|()| found[32..] == known[32..])
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_password_that_was_dropped_stands_nowhere() {
        let text = "correct horse battery staple ".repeat(7);
        let times = |remains: &dyn Fn() -> bool| (0..50).filter(|_| remains()).count();
        let plain = times(&|| remains(text.clone().into_bytes(), |bytes| bytes));
        assert!(plain > 0, "it is seen where nobody wipes");
        assert_eq!(times(&|| remains(Password::from(text.as_str()), Password::as_bytes)), 0);
    }

    #[test]
    fn a_password_one_byte_over_the_limit_is_too_long_and_cut_for_the_work() {
        let longest = Password::from(vec![b'a'; Password::MAX_LEN]);
        assert!(!longest.is_too_long());
        let longer = Password::from(vec![b'a'; Password::MAX_LEN + 1]);
        assert!(longer.is_too_long());
        assert_eq!(longer.bounded(), longest.bounded());
        assert_eq!(longer.as_bytes().len(), Password::MAX_LEN + 1);
    }

    #[test]
    fn every_source_gives_the_same_bytes() {
        let bytes: &[u8] = b"p\xffw";
        assert_eq!(
            Password::from(bytes).as_bytes(),
            Password::new(bytes.to_vec()).as_bytes()
        );
        assert_eq!(
            Password::from("pw").as_bytes(),
            Password::new(String::from("pw")).as_bytes()
        );
    }
}
