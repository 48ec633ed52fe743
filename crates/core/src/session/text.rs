//! The text of a refresh token.
//!
//! `pcr_`, then 72 bytes as nine blocks of eight, each of them 11 digits of base 62, then the CRC-32 of all that as 6 digits:
//! one word that a double click selects, that scanners of leaked secrets find by its start and tell from others by its
//! checksum. The bytes: the number of our secret (1), family (16), generation (4), secret (32), and of the
//! authenticity of these the first bytes (19). So a token that was not made here is refused without a look at the store, and
//! one that was is known as such even where the store has forgotten it.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use zeroize::Zeroizing;

use super::record::{Digest, FamilyKey};
use super::secrets::{RefreshSecrets, TokenSecret};
use crate::record_id::FamilyId;
use crate::secret_text;

const PREFIX: &str = "pcr_";

/// What the tag is made of.
const TAGGED: usize = 1 + 16 + 4 + 32;

const TAG: usize = 19;

const BYTES: usize = TAGGED + TAG;

/// How many characters a refresh token has.
pub const REFRESH_TOKEN_LEN: usize = secret_text::len(PREFIX, BYTES);

/// A refresh token that was made here.
#[derive(Clone)]
#[cfg_attr(test, derive(PartialEq))]
pub(crate) struct RefreshToken {
    pub(crate) key: FamilyKey,
    pub(crate) family: FamilyId,
    pub(crate) generation: u32,
    pub(crate) secret: TokenSecret,
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshToken")
            .field("key", &self.key)
            .field("family", &self.family)
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

impl RefreshToken {
    /// Reads a text; `None`: it was not made with any of these secrets. Nothing is allocated, and the first part that is
    /// wrong ends it.
    pub(crate) fn parse(text: &str, secrets: &RefreshSecrets) -> Option<Self> {
        let bytes = secret_text::decode::<BYTES>(PREFIX, text)?;
        let (tagged, tag) = bytes.split_first_chunk::<TAGGED>()?;
        let ([key], rest) = tagged.split_first_chunk()?;
        let (family, rest) = rest.split_first_chunk()?;
        let (generation, rest) = rest.split_first_chunk()?;
        let expected = secrets.keys(*key)?.tag(tagged);
        verify_slices_are_equal(expected.get(..TAG)?, tag).ok()?;
        Some(Self {
            key: *key,
            family: FamilyId::from_bytes(*family),
            generation: u32::from_be_bytes(*generation),
            secret: Zeroizing::new(*rest.first_chunk()?),
        })
    }

    /// Its text; `None`: its secret is not among these.
    pub(crate) fn text(&self, secrets: &RefreshSecrets) -> Option<String> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        let parts: [&[u8]; 4] = [
            &[self.key],
            self.family.as_bytes(),
            &self.generation.to_be_bytes(),
            &self.secret[..],
        ];
        for (to, from) in bytes.iter_mut().zip(parts.into_iter().flatten()) {
            *to = *from;
        }
        let (tagged, tag) = bytes.split_first_chunk_mut::<TAGGED>()?;
        for (to, from) in tag.iter_mut().zip(secrets.keys(self.key)?.tag(tagged)) {
            *to = from;
        }
        Some(std::mem::take(&mut *secret_text::encode(PREFIX, &*bytes)))
    }

    /// What is stored of it; `None`: its secret is not among these.
    pub(crate) fn digest(&self, secrets: &RefreshSecrets) -> Option<Digest> {
        let keys = secrets.keys(self.key)?;
        Some(keys.digest(self.family, self.generation, &self.secret))
    }

    /// The one after it, made with the secret of this number; `None`: that is not among these, or there can be none after
    /// it.
    pub(crate) fn successor(&self, key: FamilyKey, nonce: &[u8; 16], secrets: &RefreshSecrets) -> Option<Self> {
        let generation = self.generation.checked_add(1)?;
        let secret = secrets.keys(key)?.next(self.family, generation, nonce, &self.secret);
        Some(Self {
            key,
            family: self.family,
            generation,
            secret,
        })
    }
}

/// Whether a text is a refresh token that was made with one of these secrets, good or not: what a scanner of leaked secrets
/// asks. Costs a microsecond and no look-up.
pub fn is_refresh_token(text: &str, secrets: &RefreshSecrets) -> bool {
    RefreshToken::parse(text, secrets).is_some()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::secret_text::BLOCK_DIGITS;

    /// Its digits without the checksum.
    const BODY: usize = BYTES / 8 * BLOCK_DIGITS;

    fn secrets() -> RefreshSecrets {
        let secrets = RefreshSecrets::new(1, &[1; 32]).and_then(|secrets| secrets.also_read(200, &[2; 32]));
        secrets.expect("usable")
    }

    fn token() -> impl Strategy<Value = RefreshToken> {
        (
            prop_oneof![Just(1_u8), Just(200)],
            any::<[u8; 16]>(),
            any::<u32>(),
            any::<[u8; 32]>(),
        )
            .prop_map(|(key, family, generation, secret)| RefreshToken {
                key,
                family: FamilyId::from_bytes(family),
                generation,
                secret: Zeroizing::new(secret),
            })
    }

    fn text_of(token: &RefreshToken) -> String {
        token.text(&secrets()).expect("a known secret")
    }

    fn fixed() -> RefreshToken {
        RefreshToken {
            key: 1,
            family: FamilyId::from_bytes([3; 16]),
            generation: 7,
            secret: Zeroizing::new([9; 32]),
        }
    }

    #[test]
    fn a_text_is_of_one_word_with_prefix_and_checksum() {
        let text = text_of(&fixed());
        assert_eq!(text.len(), 109);
        assert!(text.starts_with("pcr_"));
        assert!(text[4..].bytes().all(|byte| byte.is_ascii_alphanumeric()));
        // Computed elsewhere. It stays what it is: tokens that are out are read by later versions.
        let expected = concat!(
            "pcr_05NuFE27ArT0G1xHvdSZDX0Fy4Z3X0LDV0m5rrmuNheb0m5rrmuNheb0",
            "m5rrmuNheb0m5rrmus1gJJUnkoWNk1cxI4Pbo4PpJw91NMrDq"
        );
        assert_eq!(text, expected);
    }

    #[test]
    fn every_change_of_one_character_is_refused() {
        let text = text_of(&fixed());
        for at in 0..text.len() {
            for byte in 0..=127_u8 {
                let mut bytes = text.clone().into_bytes();
                bytes[at] = byte;
                let changed = String::from_utf8(bytes).expect("ASCII");
                let read = RefreshToken::parse(&changed, &secrets());
                assert_eq!(read.is_some(), changed == text, "{changed}");
            }
        }
    }

    /// The text of these bytes with the checksum that belongs to them.
    fn checked(body: &str) -> String {
        let mut text = body.to_owned();
        secret_text::push_checksum(&mut text);
        text
    }

    #[test]
    fn a_good_checksum_alone_opens_nothing() {
        let text = text_of(&fixed());
        let body = &text[..PREFIX.len() + BODY];
        assert!(RefreshToken::parse(&checked(body), &secrets()).is_some());
        for at in PREFIX.len()..body.len() {
            let mut bytes = body.as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
            let changed = checked(std::str::from_utf8(&bytes).expect("ASCII"));
            assert!(RefreshToken::parse(&changed, &secrets()).is_none(), "{changed}");
        }
        // Eleven digits hold more than 64 bits.
        let beyond = checked(&format!("{PREFIX}{}", "z".repeat(BODY)));
        assert!(RefreshToken::parse(&beyond, &secrets()).is_none());
    }

    #[test]
    fn what_is_cut_longer_swapped_or_of_another_secret_is_refused() {
        let text = text_of(&fixed());
        let (head, tail) = text.split_at(PREFIX.len() + 2 * BLOCK_DIGITS);
        let swapped = format!("{PREFIX}{}{}{tail}", &head[15..], &head[4..15]);
        assert_eq!(swapped.len(), text.len());
        let others = [
            "",
            "pcr_",
            &text[1..],
            &text[..108],
            &swapped,
            &format!("{text}0"),
            &format!(" {text}"),
        ]
        .map(|other| RefreshToken::parse(other, &secrets()));
        assert!(others.iter().all(Option::is_none));
        let body = &swapped[..PREFIX.len() + BODY];
        assert!(RefreshToken::parse(&checked(body), &secrets()).is_none());
        for other in [RefreshSecrets::new(1, &[2; 32]), RefreshSecrets::new(2, &[1; 32])] {
            assert!(RefreshToken::parse(&text, &other.expect("usable")).is_none());
        }
    }

    #[test]
    fn the_last_generation_has_no_successor() {
        let token = RefreshToken {
            generation: u32::MAX,
            ..fixed()
        };
        assert!(token.successor(1, &[0; 16], &secrets()).is_none());
        assert!(
            fixed().successor(2, &[0; 16], &secrets()).is_none(),
            "an unknown secret"
        );
        let next = fixed().successor(200, &[0; 16], &secrets()).expect("a successor");
        assert_eq!((next.key, next.generation), (200, 8));
        assert_ne!(next.secret, fixed().secret);
    }

    #[test]
    fn a_token_is_not_shown() {
        assert!(!format!("{:?}", fixed()).contains('9'));
    }

    proptest! {
        #[test]
        fn a_token_comes_back_from_its_text(token in token()) {
            let text = text_of(&token);
            prop_assert_eq!(text.len(), REFRESH_TOKEN_LEN);
            prop_assert_eq!(RefreshToken::parse(&text, &secrets()), Some(token));
        }

        #[test]
        fn no_other_text_is_a_token(text in "(pcr_)?[0-9A-Za-z]{0,120}|.{0,40}") {
            prop_assert_eq!(RefreshToken::parse(&text, &secrets()), None);
        }
    }
}
