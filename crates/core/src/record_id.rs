//! Ids of what is stored: short, unique, and in the order of their making.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_password::{Random, RandomError};

use crate::secret_text;

/// How many bytes an id has.
pub const ID_LEN: usize = 16;

/// How many of them say when it was made.
const TIME_LEN: usize = 6;

/// A new id: 48 bits of milliseconds since 1970, so that new rows stand beside each other, and 80 random bits.
fn generate(now: Duration, random: &dyn Random) -> Result<[u8; ID_LEN], RandomError> {
    let mut id = [0_u8; ID_LEN];
    random.fill(&mut id)?;
    let [_, _, time @ ..] = u64::try_from(now.as_millis()).unwrap_or(u64::MAX).to_be_bytes();
    for (to, from) in id.iter_mut().zip::<[u8; TIME_LEN]>(time) {
        *to = from;
    }
    Ok(id)
}

/// A text is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAnId;

impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an id: one has 22 characters")
    }
}

impl Error for NotAnId {}

fn read(text: &str) -> Result<[u8; ID_LEN], NotAnId> {
    let mut id = [0; ID_LEN];
    let length = URL_SAFE_NO_PAD.decode_slice(text, &mut id).map_err(|_| NotAnId)?;
    if length == ID_LEN { Ok(id) } else { Err(NotAnId) }
}

fn write(id: [u8; ID_LEN]) -> String {
    URL_SAFE_NO_PAD.encode(id)
}

fn read_digits(text: &str) -> Result<[u8; ID_LEN], NotAnId> {
    secret_text::of_digits(text.as_bytes()).map(|id| *id).ok_or(NotAnId)
}

fn write_digits(id: [u8; ID_LEN]) -> String {
    let mut text = String::new();
    secret_text::push_digits(&id, &mut text);
    text
}

macro_rules! record_id {
    ($(#[$meta:meta])* $name:ident, $read:ident, $write:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; ID_LEN]);

        impl $name {
            /// A new one, made at `now` (since 1970).
            ///
            /// # Errors
            /// No randomness.
            pub fn generate(now: Duration, random: &dyn Random) -> Result<Self, RandomError> {
                Ok(Self(generate(now, random)?))
            }

            /// The one of these bytes.
            pub const fn from_bytes(bytes: [u8; ID_LEN]) -> Self {
                Self(bytes)
            }

            /// Its bytes.
            pub const fn as_bytes(&self) -> &[u8; ID_LEN] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&$write(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl std::str::FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                $read(text).map(Self)
            }
        }
    };
}

record_id! {
    /// What identifies a session: the `sid` of its access tokens.
    ///
    /// 16 bytes; as a text 22 characters of base64url (RFC 4648 §5) without padding.
    SessionId, read, write
}

record_id! {
    /// What identifies a family of refresh tokens, each the successor of the one before.
    ///
    /// 16 bytes; as a text 22 characters of base64url (RFC 4648 §5) without padding.
    FamilyId, read, write
}

record_id! {
    /// What identifies an API key.
    ///
    /// 16 bytes; as a text 22 letters and digits, which are those that follow `pc_` in the key itself: whoever finds a key knows
    /// which one it is.
    ApiKeyId, read_digits, write_digits
}

#[cfg(test)]
mod tests {
    use portcullis_password::OsRandom;

    use super::*;

    #[test]
    fn ids_are_in_the_order_of_their_making_and_come_back_from_their_texts() {
        let made_at = |seconds| SessionId::generate(Duration::from_secs(seconds), &OsRandom).unwrap();
        let (first, second) = (made_at(1_000), made_at(1_001));
        assert!(first < second);
        assert_ne!(made_at(1_000), made_at(1_000));
        assert_eq!(first.to_string().parse(), Ok(first));
    }

    #[test]
    fn an_api_keys_id_is_letters_and_digits_and_comes_back() {
        let id = ApiKeyId::generate(Duration::from_secs(1_800_000_000), &OsRandom).unwrap();
        let text = id.to_string();
        assert!(text.len() == 22 && text.bytes().all(|letter| letter.is_ascii_alphanumeric()));
        assert_eq!(text.parse(), Ok(id));
        for other in [
            "",
            &text[1..],
            &format!("{text}0"),
            &"z".repeat(22),
            "0000000000-00000000000",
        ] {
            assert_eq!(other.parse::<ApiKeyId>(), Err(NotAnId), "{other}");
        }
    }

    #[test]
    fn what_is_no_id_is_told() {
        for text in [
            "",
            "AAAA",
            "AAAAAAAAAAAAAAAAAAAAAA=",
            "AAAAAAAAAAAAAAAAAAAAAB",
            "AAAAAAAAAAAAAAAAAAAAA/",
        ] {
            assert_eq!(text.parse::<SessionId>(), Err(NotAnId), "{text}");
        }
        assert!("AAAAAAAAAAAAAAAAAAAAAA".parse::<SessionId>().is_ok());
    }
}
