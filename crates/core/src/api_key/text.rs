//! The text of an API key.
//!
//! `pc_`, then 48 bytes as six blocks of eight, each of them 11 digits of base 62, then the CRC-32 of all that as 6 digits. The
//! bytes: the id (16), by which the key is found, and the secret (32). A text with another checksum is refused without a look
//! at the store, and whoever looks for leaked keys knows one of ours by start, length and checksum.

use zeroize::Zeroizing;

use crate::record_id::{ApiKeyId, ID_LEN};
use crate::secret_text;

/// How one begins. No JSON Web Token does: its header would be no JSON.
const PREFIX: &str = "pc_";

/// How many random bytes one has.
pub(super) const SECRET: usize = 32;

const BYTES: usize = ID_LEN + SECRET;

/// How many characters an API key has.
pub const API_KEY_LEN: usize = secret_text::len(PREFIX, BYTES);

/// The digits of the id.
const ID_DIGITS: usize = ID_LEN / 8 * secret_text::BLOCK_DIGITS;

/// The secret of a key.
pub(super) type Secret = Zeroizing<[u8; SECRET]>;

/// Whether a bearer's text is meant as an API key, good or not.
pub(crate) fn is_meant(text: &str) -> bool {
    text.starts_with(PREFIX)
}

/// Whether a text has the form of an API key with the right checksum: what a scanner of leaked secrets asks. Costs no look-up,
/// and says nothing of whether there is such a key.
pub fn is_api_key(text: &str) -> bool {
    decode(text).is_some()
}

/// The id that stands in a key, in the beginning of one (as logs cut them) or alone.
pub fn id_of_api_key(text: &str) -> Option<ApiKeyId> {
    let text = text.strip_prefix(PREFIX).unwrap_or(text);
    text.get(..ID_DIGITS)?.parse().ok()
}

/// The text of a key.
pub(super) fn encode(id: ApiKeyId, secret: &Secret) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0; BYTES]);
    for (to, from) in bytes.iter_mut().zip(id.as_bytes().iter().chain(secret.iter())) {
        *to = *from;
    }
    secret_text::encode(PREFIX, &*bytes)
}

/// What a text holds; `None`: it is no key of ours. Nothing is allocated.
pub(super) fn decode(text: &str) -> Option<(ApiKeyId, Secret)> {
    let bytes = secret_text::decode::<BYTES>(PREFIX, text)?;
    let (id, secret) = bytes.split_first_chunk()?;
    Some((ApiKeyId::from_bytes(*id), Zeroizing::new(*secret.first_chunk()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> Zeroizing<String> {
        encode(ApiKeyId::from_bytes([1; 16]), &Zeroizing::new([7; 32]))
    }

    #[test]
    fn a_changed_or_cut_text_is_no_key() {
        let text = text();
        for at in 0..text.len() {
            for other in ["0", "Z", "_"] {
                let mut changed = text.to_string();
                changed.replace_range(at..=at, other);
                assert!(changed == *text || !is_api_key(&changed), "{changed}");
            }
            assert!(!is_api_key(&text[..at]), "{at}");
        }
        for other in [
            "",
            "pc_",
            "pcr_",
            "pcs_",
            &format!("{} ", *text),
            &format!(" {}", *text),
        ] {
            assert!(!is_api_key(other), "{other}");
        }
    }

    #[test]
    fn a_key_is_what_it_was_made_of_and_fits_the_published_pattern() {
        let text = text();
        let (id, secret) = decode(&text).unwrap();
        assert_eq!((id, *secret), (ApiKeyId::from_bytes([1; 16]), [7; 32]));
        assert_eq!(text.len(), API_KEY_LEN);
        let rest = text.strip_prefix("pc_").unwrap();
        assert!(rest.len() == 72 && rest.bytes().all(|letter| letter.is_ascii_alphanumeric()));
    }

    #[test]
    fn the_id_is_read_out_of_a_key_its_beginning_and_itself() {
        let (text, id) = (text(), ApiKeyId::from_bytes([1; 16]));
        for found in [&**text, &text[..25], &text[..40], &text[3..25], &id.to_string()] {
            assert_eq!(id_of_api_key(found), Some(id), "{found}");
        }
        for other in [
            "",
            "pc_",
            &text[..24],
            "pc_\u{e4}0000000000000000000000",
            &"z".repeat(40),
        ] {
            assert_eq!(id_of_api_key(other), None, "{other}");
        }
    }
}
