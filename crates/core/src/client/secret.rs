//! The secret of a client: 256 random bits, shown once, kept as a keyed digest.

use hmac::{Hmac, KeyInit, Mac};
use portcullis_password::{Random, RandomError};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::record::ClientSecret;
use crate::secret_text;
use crate::secrets::{SecretNumber, Secrets};
use crate::session::Digest;

/// How the text of one begins.
const PREFIX: &str = "pcs_";

/// How many random bytes one has.
const LEN: usize = 32;

/// The most that a client has: one in use and its successor.
pub const SECRETS_MAX: usize = 2;

/// What else the same secrets are for has another beginning.
const PURPOSE: &[u8] = b"portcullis client secret\0";

/// A new secret for a client, made at `now` (milliseconds since 1970): what is kept, and its text.
///
/// # Errors
/// No randomness.
pub(super) fn make(
    secrets: &Secrets,
    id: &str,
    now: u64,
    random: &dyn Random,
) -> Result<(ClientSecret, Zeroizing<String>), RandomError> {
    let mut secret = Zeroizing::new([0; LEN]);
    random.fill(&mut *secret)?;
    let (key, _) = secrets.newest();
    let kept = ClientSecret {
        key,
        digest: digest(secrets, key, id, &secret),
        created: now,
    };
    Ok((kept, secret_text::encode(PREFIX, &*secret)))
}

/// Whether this text is one of the secrets of the client `id`, of which there may be none. It costs the same whatever there
/// is.
pub(super) fn is_one_of(secrets: &Secrets, kept: &[ClientSecret], id: &str, text: &str) -> bool {
    let shown = secret_text::decode::<LEN>(PREFIX, text);
    let is_ours = shown.is_some();
    let shown = shown.unwrap_or_default();
    let mut found = false;
    for place in 0..SECRETS_MAX {
        // Where there is none, an imaginary one that nothing matches.
        let one = kept.get(place);
        let key = one.map_or(secrets.newest().0, |one| one.key);
        let known = one.is_some() & secrets.of(key).is_some();
        let expected = one.map_or(Digest([0; 32]), |one| one.digest);
        found |= (digest(secrets, key, id, &shown) == expected) & known;
    }
    found & is_ours
}

/// The digest of a client's secret: of another client's it is another, and so it is under another key. One that is not there
/// gives a digest of its own, which the caller does not take.
fn digest(secrets: &Secrets, key: SecretNumber, id: &str, secret: &[u8; LEN]) -> Digest {
    let key = secrets.of(key).copied().map(Zeroizing::new).unwrap_or_default();
    // A key of any length is one.
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(&*key) else {
        return Digest([0; 32]);
    };
    let mac = mac
        .chain_update(PURPOSE)
        .chain_update(id)
        .chain_update([0])
        .chain_update(secret);
    Digest(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use portcullis_password::OsRandom;

    use super::*;

    fn secrets(byte: u8) -> Secrets {
        Secrets::of_one([byte; 32])
    }

    fn made(secrets: &Secrets, id: &str) -> (ClientSecret, Zeroizing<String>) {
        make(secrets, id, 7, &OsRandom).unwrap()
    }

    #[test]
    fn another_secret_another_client_and_another_key_are_refused() {
        let one = secrets(1);
        let (kept, text) = made(&one, "shop");
        let (_, other) = made(&one, "shop");
        let elsewhere = [ClientSecret { key: 2, ..kept.clone() }];
        let kept = [kept];
        assert!(!is_one_of(&one, &kept, "shop", &other));
        assert!(!is_one_of(&one, &kept, "shop2", &text));
        assert!(!is_one_of(&secrets(2), &kept, "shop", &text));
        assert!(!is_one_of(&one, &elsewhere, "shop", &text));
        assert!(!is_one_of(&one, &[], "shop", &text));
        for no_secret in ["", "pcs_", &text[4..], &text.to_uppercase(), &format!("{} ", *text)] {
            assert!(!is_one_of(&one, &kept, "shop", no_secret), "{no_secret}");
        }
        assert!(is_one_of(&one, &kept, "shop", &text));
    }

    #[test]
    fn what_is_no_secret_is_not_taken_for_the_one_that_is_all_zeros() {
        let one = secrets(1);
        let zeros = ClientSecret {
            key: 1,
            digest: digest(&one, 1, "shop", &[0; 32]),
            created: 0,
        };
        assert!(!is_one_of(&one, &[zeros], "shop", "no secret"));
        let under_no_key = ClientSecret {
            key: 9,
            digest: digest(&one, 9, "shop", &[0; 32]),
            created: 0,
        };
        let text = secret_text::encode(PREFIX, &[0; 32]);
        assert!(!is_one_of(&one, &[under_no_key], "shop", &text));
    }

    #[test]
    fn either_of_two_secrets_holds() {
        let one = secrets(1);
        let ((first, first_text), (second, second_text)) = (made(&one, "shop"), made(&one, "shop"));
        let kept = [first, second];
        assert!(is_one_of(&one, &kept, "shop", &first_text) && is_one_of(&one, &kept, "shop", &second_text));
    }

    #[test]
    fn nothing_that_is_kept_tells_the_secret() {
        let (kept, text) = made(&secrets(1), "shop");
        let bytes = secret_text::decode::<LEN>(PREFIX, &text).unwrap();
        assert_ne!(kept.digest.0, *bytes);
        assert!(text.len() == 54 && text.starts_with("pcs_"));
        assert!(text[4..].bytes().all(|letter| letter.is_ascii_alphanumeric()));
    }
}
