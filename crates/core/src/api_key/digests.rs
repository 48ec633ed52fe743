//! The digests of API keys: keyed, so that a copy of the store yields no key.

use crate::keyed::{MacKey, Root, Unusable};
use crate::record_id::ApiKeyId;
use crate::secrets::{SecretNumber, Secrets};
use crate::session::Digest;

use super::text::Secret;

/// What else the same secrets are for has another beginning.
const ROOM: &[u8] = b"portcullis api keys";

/// Makes digests under the newest secret, and knows those that were made under an older one.
pub(super) struct Digests {
    newest: (SecretNumber, MacKey),
    older: Vec<(SecretNumber, MacKey)>,
}

impl Digests {
    /// Those of these secrets.
    pub(super) fn new(secrets: &Secrets) -> Result<Self, Unusable> {
        let key = |(number, secret)| Ok((number, Root::new(ROOM, secret).key(b"digest")?));
        Ok(Self {
            newest: key(secrets.newest())?,
            older: secrets.older().map(key).collect::<Result<_, _>>()?,
        })
    }

    /// The digest of a new key, and the number of the secret that it is made with.
    pub(super) fn make(&self, id: ApiKeyId, secret: &Secret) -> (SecretNumber, Digest) {
        let (number, key) = &self.newest;
        (*number, digest(key, id, secret))
    }

    /// Whether this is the digest of that key; not where the secret of this number is gone.
    pub(super) fn is_of(&self, (number, known): (SecretNumber, &Digest), id: ApiKeyId, secret: &Secret) -> bool {
        let mut all = self.older.iter().chain([&self.newest]);
        let found = all.find(|(one, _)| *one == number);
        found.is_some_and(|(_, key)| digest(key, id, secret) == *known)
    }
}

fn digest(key: &MacKey, id: ApiKeyId, secret: &Secret) -> Digest {
    Digest(key.mac(&[id.as_bytes(), &secret[..]]))
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    #[test]
    fn another_key_another_id_and_another_secret_of_ours_give_another_digest() {
        let digests = |byte| Digests::new(&Secrets::of_one([byte; 32])).unwrap();
        let (id, secret) = (ApiKeyId::from_bytes([1; 16]), Zeroizing::new([7; 32]));
        let (number, made) = digests(1).make(id, &secret);
        assert!(digests(1).is_of((number, &made), id, &secret));
        assert!(!digests(2).is_of((number, &made), id, &secret));
        assert!(!digests(1).is_of((9, &made), id, &secret));
        assert!(!digests(1).is_of((number, &made), ApiKeyId::from_bytes([2; 16]), &secret));
        assert!(!digests(1).is_of((number, &made), id, &Zeroizing::new([8; 32])));
    }

    #[test]
    fn what_was_made_under_an_older_secret_is_known_and_new_ones_are_made_under_the_newest() {
        let older = Secrets::of_one([1; 32]);
        let (id, secret) = (ApiKeyId::from_bytes([1; 16]), Zeroizing::new([7; 32]));
        let before = Digests::new(&older).unwrap().make(id, &secret);
        let both = Digests::new(&older.and_newer(2, [2; 32])).unwrap();
        assert!(both.is_of((before.0, &before.1), id, &secret));
        assert_eq!((before.0, both.make(id, &secret).0), (1, 2));
    }
}
