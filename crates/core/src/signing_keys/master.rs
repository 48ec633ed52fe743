//! The master key: what encrypts signing keys and other secrets at rest.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};
use portcullis_jose::Algorithm;
use portcullis_password::{Random, RandomError};
use zeroize::Zeroizing;

use super::error::MasterKeyError;

/// The first byte of what is encrypted here.
const VERSION: u8 = 1;

/// How many bytes of a master key's id stand in what it encrypted.
const ID_LEN: usize = 8;

/// The secret under which signing keys are stored: 256 bits, from which a key for each purpose is derived (RFC 5869).
/// Cheap to clone; `Debug` shows its public id only.
#[derive(Clone)]
pub struct MasterKey(Arc<Inner>);

struct Inner {
    derive: Prk,
    seal: LessSafeKey,
    id: [u8; ID_LEN],
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MasterKey").field(&self.id()).finish()
    }
}

impl MasterKey {
    /// The master key of these bytes, which must be random.
    ///
    /// # Errors
    /// The primitive failed.
    pub fn new(secret: &[u8; 32]) -> Result<Self, MasterKeyError> {
        let prk = Salt::new(HKDF_SHA256, b"portcullis master key").extract(secret);
        let sealing = derive(&prk, "signing keys at rest")?;
        let seal = UnboundKey::new(&AES_256_GCM, &*sealing).map_err(|_| MasterKeyError::Unusable)?;
        let named = derive(&prk, "public id")?;
        let mut id = [0; ID_LEN];
        for (to, from) in id.iter_mut().zip(named.iter()) {
            *to = *from;
        }
        Ok(Self(Arc::new(Inner {
            derive: prk,
            seal: LessSafeKey::new(seal),
            id,
        })))
    }

    /// The master key written as 64 hexadecimal digits; blanks around them are passed over.
    ///
    /// # Errors
    /// [`MasterKeyError::NotHex`].
    pub fn from_hex(text: &str) -> Result<Self, MasterKeyError> {
        let text = text.trim().as_bytes();
        let mut secret = Zeroizing::new([0_u8; 32]);
        let (pairs, rest) = text.as_chunks::<2>();
        if pairs.len() != secret.len() || !rest.is_empty() {
            return Err(MasterKeyError::NotHex);
        }
        for (byte, pair) in secret.iter_mut().zip(pairs) {
            let [high, low] = pair.map(|digit| {
                char::from(digit)
                    .to_digit(16)
                    .and_then(|digit| u8::try_from(digit).ok())
            });
            let (Some(high), Some(low)) = (high, low) else {
                return Err(MasterKeyError::NotHex);
            };
            *byte = (high << 4) | low;
        }
        Self::new(&secret)
    }

    /// A new random one as 64 hexadecimal digits, to be kept where only the server can read it.
    ///
    /// # Errors
    /// No randomness.
    pub fn generate_hex(random: &dyn Random) -> Result<Zeroizing<String>, RandomError> {
        let mut secret = Zeroizing::new([0_u8; 32]);
        random.fill(&mut *secret)?;
        let mut text = Zeroizing::new(String::with_capacity(64));
        push_hex(&*secret, &mut text);
        Ok(text)
    }

    /// Its public id, 16 hexadecimal digits: tells one master key from another and nothing about either.
    pub fn id(&self) -> String {
        hex(&self.0.id)
    }

    /// A secret for another purpose: always the same for one master key and purpose, and telling nothing of the master
    /// key or of what is derived for other purposes (HKDF, RFC 5869).
    ///
    /// # Errors
    /// The primitive failed.
    pub fn derive_secret(&self, purpose: &str) -> Result<Zeroizing<[u8; 32]>, MasterKeyError> {
        derive(&self.0.derive, &format!("for {purpose}"))
    }

    /// Encrypts the text of a signing key (AES-256-GCM under a random nonce), bound to the key's id and algorithm.
    ///
    /// # Errors
    /// No randomness, or the primitive failed.
    pub fn seal(
        &self,
        id: &str,
        algorithm: Algorithm,
        text: &str,
        random: &dyn Random,
    ) -> Result<Vec<u8>, MasterKeyError> {
        self.seal_bytes(&signing_key(id, algorithm), text.as_bytes(), random)
    }

    /// The text of a signing key that was encrypted by [`MasterKey::seal`] with the same id and algorithm.
    ///
    /// # Errors
    /// Another master key encrypted it, or it was cut or changed.
    pub fn open(&self, id: &str, algorithm: Algorithm, sealed: &[u8]) -> Result<Zeroizing<String>, MasterKeyError> {
        let text = self.open_bytes(&signing_key(id, algorithm), sealed)?;
        let text = std::str::from_utf8(&text).map_err(|_| MasterKeyError::Broken)?;
        Ok(Zeroizing::new(text.to_owned()))
    }

    /// Encrypts anything, bound to what it belongs to: moved to another record it does not open.
    pub(crate) fn seal_bytes(
        &self,
        bound_to: &[u8],
        clear: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, MasterKeyError> {
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce).map_err(|_| MasterKeyError::Unusable)?;
        let mut sealed = [&[VERSION][..], &self.0.id, &nonce].concat();
        // The clear text is encrypted where it stands, with room for the tag from the start: a buffer that grows leaves
        // a copy behind.
        let mut body = Zeroizing::new(Vec::with_capacity(clear.len().saturating_add(AES_256_GCM.tag_len())));
        body.extend_from_slice(clear);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let done = self
            .0
            .seal
            .seal_in_place_append_tag(nonce, Aad::from(bound_to), &mut *body);
        done.map_err(|_| MasterKeyError::Unusable)?;
        sealed.extend_from_slice(&body);
        Ok(sealed)
    }

    /// What was encrypted by [`MasterKey::seal_bytes`] and belongs to the same.
    pub(crate) fn open_bytes(&self, bound_to: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, MasterKeyError> {
        let (version, rest) = sealed.split_first().ok_or(MasterKeyError::Broken)?;
        if *version != VERSION {
            return Err(MasterKeyError::Newer);
        }
        if let Some(other) = self.other_than_of(sealed) {
            return Err(other);
        }
        let (_, rest) = rest.split_first_chunk::<ID_LEN>().ok_or(MasterKeyError::Broken)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or(MasterKeyError::Broken)?;
        let mut body = Zeroizing::new(body.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.0.seal.open_in_place(nonce, Aad::from(bound_to), &mut body);
        let length = opened.map_err(|_| MasterKeyError::Broken)?.len();
        body.truncate(length);
        Ok(body)
    }

    /// The public id of the master key that encrypted this; `None` if nothing of ours is encrypted in it.
    pub fn id_in(sealed: &[u8]) -> Option<String> {
        let (by, _) = sealed.get(1..)?.split_first_chunk::<ID_LEN>()?;
        Some(hex(by))
    }

    /// Whether this master key, or a newer version of us, encrypted it.
    pub(crate) fn is_of(&self, sealed: &[u8]) -> bool {
        sealed_by(sealed).is_some_and(|by| *by == self.0.id)
    }

    /// That another master key encrypted it, if so.
    pub(crate) fn other_than_of(&self, sealed: &[u8]) -> Option<MasterKeyError> {
        let by = sealed_by(sealed).filter(|by| **by != self.0.id)?;
        Some(MasterKeyError::Other {
            sealed_by: hex(by),
            at_hand: self.id(),
        })
    }
}

/// The id of the master key that encrypted it.
fn sealed_by(sealed: &[u8]) -> Option<&[u8; ID_LEN]> {
    sealed.get(1..)?.first_chunk()
}

/// What the text of a signing key belongs to.
fn signing_key(id: &str, algorithm: Algorithm) -> Vec<u8> {
    [
        b"portcullis signing key\0",
        id.as_bytes(),
        b"\0",
        algorithm.name().as_bytes(),
    ]
    .concat()
}

fn derive(prk: &Prk, purpose: &str) -> Result<Zeroizing<[u8; 32]>, MasterKeyError> {
    let mut secret = Zeroizing::new([0; 32]);
    let info = [purpose.as_bytes()];
    prk.expand(&info, HKDF_SHA256)
        .and_then(|derived| derived.fill(&mut *secret))
        .map_err(|_| MasterKeyError::Unusable)?;
    Ok(secret)
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    push_hex(bytes, &mut text);
    text
}

/// Digit by digit and into the caller's own text: nothing of a secret is left in another.
fn push_hex(bytes: &[u8], text: &mut String) {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    text.extend(digits.filter_map(|digit| char::from_digit(digit.into(), 16)));
}

#[cfg(test)]
mod tests {
    use portcullis_password::OsRandom;

    use super::*;

    fn master(byte: u8) -> MasterKey {
        MasterKey::new(&[byte; 32]).expect("a master key")
    }

    #[test]
    fn what_is_not_64_hexadecimal_digits_is_no_master_key() {
        let good = "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7";
        assert!(MasterKey::from_hex(&format!(" {good}\n")).is_ok());
        let (cut, strange) = (&good[1..], good.replace('d', "g"));
        for bad in ["", cut, &format!("{good}0"), &format!("{good}00"), &strange, "é"] {
            assert_eq!(MasterKey::from_hex(bad).err(), Some(MasterKeyError::NotHex), "{bad}");
        }
    }

    #[test]
    fn any_changed_bit_and_any_other_record_are_refused() {
        let sealed = master(1)
            .seal("a", Algorithm::EdDSA, "private", &OsRandom)
            .expect("sealed");
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(master(1).open("a", Algorithm::EdDSA, &changed).is_err(), "bit {bit}");
        }
        for cut in 0..sealed.len() {
            assert!(
                master(1).open("a", Algorithm::EdDSA, &sealed[..cut]).is_err(),
                "{cut} bytes"
            );
        }
        let broken = Some(MasterKeyError::Broken);
        assert_eq!(master(1).open("b", Algorithm::EdDSA, &sealed).err(), broken);
        assert_eq!(master(1).open("a", Algorithm::HS256, &sealed).err(), broken);
        assert_eq!(
            master(1).open("a", Algorithm::EdDSA, &sealed).expect("opens").as_str(),
            "private"
        );
    }

    #[test]
    fn what_earlier_versions_encrypted_opens() {
        // Made with Python's `cryptography` by what `seal` promises: the version, the public id, the nonce, the rest.
        let sealed = "0167d7faab814a19d3000102030405060708090a0b\
                      ff738f5ff01592fc24682df052ae942733bb9d14805bf9";
        let (pairs, _) = sealed.as_bytes().as_chunks::<2>();
        let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        let sealed: Vec<u8> = pairs.iter().map(byte).collect();
        let opened = master(1).open("a", Algorithm::EdDSA, &sealed);
        assert_eq!(opened.expect("opens").as_str(), "private");
    }

    #[test]
    fn another_master_key_is_named() {
        let sealed = master(1)
            .seal("a", Algorithm::EdDSA, "private", &OsRandom)
            .expect("sealed");
        let error = master(2).open("a", Algorithm::EdDSA, &sealed).expect_err("another");
        assert_eq!(
            error,
            MasterKeyError::Other {
                sealed_by: master(1).id(),
                at_hand: master(2).id(),
            }
        );
        assert!(master(1).is_of(&sealed) && !master(2).is_of(&sealed));
    }

    #[test]
    fn a_new_one_is_written_as_it_is_read() {
        let text = MasterKey::generate_hex(&OsRandom).expect("made");
        assert!(
            text.len() == 64 && text.capacity() == 64,
            "it never grew: no copy was left"
        );
        assert_eq!(hex(&[0, 0x9a, 0xff]), "009aff");
        assert!(MasterKey::from_hex(&text).is_ok());
    }

    #[test]
    fn nothing_secret_is_shown_and_no_two_seals_are_alike() {
        let one = master(1)
            .seal("a", Algorithm::EdDSA, "private", &OsRandom)
            .expect("sealed");
        let two = master(1)
            .seal("a", Algorithm::EdDSA, "private", &OsRandom)
            .expect("sealed");
        assert_ne!(one, two);
        assert!(!one.windows(7).any(|part| part == b"private"));
        let shown = format!("{:?}", master(1));
        assert!(!shown.contains("0101") && shown.contains(&master(1).id()), "{shown}");
    }

    #[test]
    fn secrets_for_other_purposes_are_stable_and_apart() {
        let decoys = master(1).derive_secret("decoys").expect("derived");
        assert_eq!(decoys, master(1).derive_secret("decoys").expect("derived"));
        assert_ne!(decoys, master(1).derive_secret("others").expect("derived"));
        assert_ne!(decoys, master(2).derive_secret("decoys").expect("derived"));
    }
}
