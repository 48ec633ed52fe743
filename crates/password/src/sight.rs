//! What schemes see of a password: where it is less than all of it, others match the same hashes.

use crate::secret::{HashString, Password};

/// What a scheme sees of a password that matched one of its hashes ([`Scheme::sight`](crate::Scheme::sight)).
#[derive(Debug)]
#[must_use]
#[non_exhaustive]
pub enum Sight {
    /// All of it: no other password matches where this one does.
    Whole,
    /// Something that other passwords have in common with it (its first characters, a folded case): whoever has the same
    /// matches the same hashes of this scheme.
    Part {
        /// The scheme whose view it is.
        scheme: &'static str,
        /// What it sees.
        seen: Password,
    },
    /// A spelling that the forms of an application make of this password and of others.
    Spelling {
        /// The application, as the option `form` calls it.
        form: &'static str,
        /// What its forms hand on.
        spelling: Password,
    },
    /// Less than all of it, and what cannot be said.
    Less,
}

/// What there is to see in one password.
pub(crate) enum Seen {
    All,
    Only(Vec<u8>),
    Unknown,
}

type Look = Box<dyn Fn(&HashString, &[u8]) -> Seen + Send + Sync>;

/// How a scheme looks at passwords.
pub(crate) enum View {
    /// Every byte counts.
    Whole,
    /// The password is the key of an HMAC, also inside PBKDF2 and scrypt, which is filled up with NULs (RFC 2104 §2): so
    /// that it is told from every other, none that ends in a NUL matches.
    Keyed,
    /// What this function says.
    Lossy(Look),
}

impl View {
    /// So many bytes at the beginning. One that fills them may be the beginning of a longer one.
    pub(crate) fn first(most: usize) -> Self {
        Self::Lossy(Box::new(move |_, password| match password.get(..most) {
            Some(first) => Seen::Only(first.to_vec()),
            None => Seen::All,
        }))
    }

    /// Always what `form` makes of it.
    pub(crate) fn of(form: impl Fn(&HashString, &[u8]) -> Option<Vec<u8>> + Send + Sync + 'static) -> Self {
        let look = move |stored: &HashString, password: &[u8]| form(stored, password).map_or(Seen::Unknown, Seen::Only);
        Self::Lossy(Box::new(look))
    }

    /// Whether the password is one that may match at all.
    pub(crate) fn admits(&self, password: &[u8]) -> bool {
        !matches!(self, Self::Keyed) || is_key(password)
    }

    /// What `scheme` sees of the password.
    pub(crate) fn sight(&self, scheme: &'static str, password: &Password, stored: &HashString) -> Sight {
        let seen = match self {
            Self::Whole | Self::Keyed => Seen::All,
            Self::Lossy(look) => look(stored, password.bounded()),
        };
        match seen {
            Seen::All => Sight::Whole,
            Seen::Only(seen) => Sight::Part {
                scheme,
                seen: seen.into(),
            },
            Seen::Unknown => Sight::Less,
        }
    }
}

/// Whether the password is the only one that makes its key of an HMAC.
pub(crate) fn is_key(password: &[u8]) -> bool {
    password.last() != Some(&0)
}
