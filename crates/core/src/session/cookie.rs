//! The text of a session's cookie.
//!
//! `pcb_`, then 64 bytes in base 62 and a checksum, as a refresh token has them: the number of our secret (1), the family
//! (16), a secret (32), and of the authenticity of these the first bytes (15). It opens a family of its own, which no refresh
//! token opens: tag and digest are made with other keys.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use portcullis_password::{Random, RandomError};
use zeroize::Zeroizing;

use super::record::{Digest, FamilyKey};
use super::secrets::{RefreshSecrets, TokenSecret};
use crate::record_id::FamilyId;
use crate::secret_text;

const PREFIX: &str = "pcb_";

/// What the tag is made of.
const TAGGED: usize = 1 + 16 + 32;

const TAG: usize = 15;

const BYTES: usize = TAGGED + TAG;

/// The prefix of what a page proves with that it is the session's own.
const PROOF_PREFIX: &str = "pcx_";

/// A number of its own, so that no page has the same text twice (which its compressed length could give away), and the code.
const PROOF_NONCE: usize = 16;

const PROOF_BYTES: usize = PROOF_NONCE + 32;

/// A cookie that was made here.
#[derive(Clone)]
pub(crate) struct CookieToken {
    pub(crate) key: FamilyKey,
    pub(crate) family: FamilyId,
    pub(crate) secret: TokenSecret,
}

impl fmt::Debug for CookieToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CookieToken")
            .field("key", &self.key)
            .field("family", &self.family)
            .finish_non_exhaustive()
    }
}

impl CookieToken {
    /// Reads a text; `None`: it was not made with any of these secrets. Nothing is looked up.
    pub(crate) fn parse(text: &str, secrets: &RefreshSecrets) -> Option<Self> {
        let bytes = secret_text::decode::<BYTES>(PREFIX, text)?;
        let (tagged, tag) = bytes.split_first_chunk::<TAGGED>()?;
        let ([key], rest) = tagged.split_first_chunk()?;
        let (family, secret) = rest.split_first_chunk()?;
        let expected = secrets.keys(*key)?.cookie_tag(tagged);
        verify_slices_are_equal(expected.get(..TAG)?, tag).ok()?;
        Some(Self {
            key: *key,
            family: FamilyId::from_bytes(*family),
            secret: Zeroizing::new(*secret.first_chunk()?),
        })
    }

    /// Its text; `None`: its secret is not among these.
    pub(crate) fn text(&self, secrets: &RefreshSecrets) -> Option<String> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        let parts: [&[u8]; 3] = [&[self.key], self.family.as_bytes(), &self.secret[..]];
        copy(&mut *bytes, parts);
        let (tagged, tag) = bytes.split_first_chunk_mut::<TAGGED>()?;
        copy(tag, [&secrets.keys(self.key)?.cookie_tag(tagged)[..]]);
        Some(std::mem::take(&mut *secret_text::encode(PREFIX, &*bytes)))
    }

    /// What is stored of it; `None`: its secret is not among these.
    pub(crate) fn digest(&self, secrets: &RefreshSecrets) -> Option<Digest> {
        Some(secrets.keys(self.key)?.cookie_digest(self.family, &self.secret))
    }

    /// What a page of the session proves with that a request is its own; `Ok(None)`: its secret is not among these.
    pub(crate) fn proof(&self, secrets: &RefreshSecrets, random: &dyn Random) -> Result<Option<String>, RandomError> {
        let mut nonce = [0; PROOF_NONCE];
        random.fill(&mut nonce)?;
        Ok(secrets.keys(self.key).map(|keys| {
            let mut bytes = [0; PROOF_BYTES];
            copy(&mut bytes, [&nonce[..], &keys.page_proof(self.family, &nonce)]);
            std::mem::take(&mut *secret_text::encode(PROOF_PREFIX, &bytes))
        }))
    }

    /// Whether a text is such a proof of this session.
    pub(crate) fn is_proven_by(&self, text: &str, secrets: &RefreshSecrets) -> bool {
        let proven = || {
            let bytes = secret_text::decode::<PROOF_BYTES>(PROOF_PREFIX, text)?;
            let (nonce, code) = bytes.split_first_chunk::<PROOF_NONCE>()?;
            let expected = secrets.keys(self.key)?.page_proof(self.family, nonce);
            verify_slices_are_equal(&expected, code).ok()
        };
        proven().is_some()
    }
}

/// Copies parts one behind the other, as far as there is room.
fn copy<const N: usize>(to: &mut [u8], parts: [&[u8]; N]) {
    for (to, from) in to.iter_mut().zip(parts.into_iter().flatten()) {
        *to = *from;
    }
}

#[cfg(test)]
mod tests {
    use portcullis_password::OsRandom;
    use proptest::prelude::*;

    use super::*;
    use crate::session::text::RefreshToken;

    fn secrets() -> RefreshSecrets {
        let secrets = RefreshSecrets::new(1, &[1; 32]).and_then(|secrets| secrets.also_read(200, &[2; 32]));
        secrets.expect("usable")
    }

    fn cookie(key: u8, family: u8, secret: u8) -> CookieToken {
        CookieToken {
            key,
            family: FamilyId::from_bytes([family; 16]),
            secret: Zeroizing::new([secret; 32]),
        }
    }

    fn text(cookie: &CookieToken) -> String {
        cookie.text(&secrets()).expect("a known secret")
    }

    #[test]
    fn every_change_of_one_character_is_refused() {
        let own = text(&cookie(1, 3, 9));
        for at in 0..own.len() {
            for byte in 32..127_u8 {
                let mut bytes = own.clone().into_bytes();
                bytes[at] = byte;
                let changed = String::from_utf8(bytes).expect("ASCII");
                assert_eq!(
                    CookieToken::parse(&changed, &secrets()).is_some(),
                    changed == own,
                    "{changed}"
                );
            }
        }
    }

    #[test]
    fn it_stays_what_it_is_and_later_versions_read_it() {
        let own = text(&cookie(1, 3, 9));
        assert!(own.starts_with("pcb_") && own.len() == 98, "{own}");
        let read = CookieToken::parse(&own, &secrets()).expect("ours");
        assert_eq!((read.key, read.family), (1, FamilyId::from_bytes([3; 16])));
        assert_eq!(*read.secret, [9; 32]);
        assert!(read.digest(&secrets()) == cookie(1, 3, 9).digest(&secrets()));
    }

    #[test]
    fn another_secret_reads_none_and_a_missing_one_makes_none() {
        let own = text(&cookie(1, 3, 9));
        for other in [RefreshSecrets::new(1, &[2; 32]), RefreshSecrets::new(2, &[1; 32])] {
            assert!(CookieToken::parse(&own, &other.expect("usable")).is_none());
        }
        assert!(cookie(7, 3, 9).text(&secrets()).is_none());
        assert!(cookie(7, 3, 9).proof(&secrets(), &OsRandom).expect("random").is_none());
    }

    #[test]
    fn no_refresh_token_is_a_cookie_and_no_cookie_a_refresh_token() {
        let refresh = RefreshToken {
            key: 1,
            family: FamilyId::from_bytes([3; 16]),
            generation: 0,
            secret: Zeroizing::new([9; 32]),
        };
        assert!(RefreshToken::parse(&text(&cookie(1, 3, 9)), &secrets()).is_none());
        let text = refresh.text(&secrets()).expect("a known secret");
        assert!(CookieToken::parse(&text, &secrets()).is_none());
        assert!(refresh.digest(&secrets()) != cookie(1, 3, 9).digest(&secrets()));
    }

    #[test]
    fn a_proof_is_of_its_session_alone_and_never_the_same_text() {
        let own = cookie(1, 3, 9);
        let proof = || {
            own.proof(&secrets(), &OsRandom)
                .expect("random")
                .expect("a known secret")
        };
        let (first, second) = (proof(), proof());
        assert_ne!(first, second);
        assert!([&first, &second].iter().all(|text| own.is_proven_by(text, &secrets())));
        for other in [cookie(1, 4, 9), cookie(200, 3, 9)] {
            assert!(!other.is_proven_by(&first, &secrets()));
        }
        for wrong in ["", "pcx_", &first[1..], &text(&own), &first.replace("pcx_", "pcb_")] {
            assert!(!own.is_proven_by(wrong, &secrets()), "{wrong}");
        }
        assert!(!format!("{own:?}").contains("secret"));
    }

    proptest! {
        #[test]
        fn no_other_text_is_a_cookie(text in "(pcb_)?[0-9A-Za-z]{0,110}|.{0,40}") {
            prop_assert!(CookieToken::parse(&text, &secrets()).is_none());
        }
    }
}
