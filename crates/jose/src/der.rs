//! As much DER (ITU-T X.690) as key files need: definite lengths, five tags, nothing nested deeper than a key is.

use zeroize::Zeroizing;

use crate::algorithm::KeyKind;

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
const OBJECT_ID: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
/// `[0]`, constructed: a certificate's version, a SEC1 key's curve.
pub(crate) const CONTEXT_0: u8 = 0xa0;
/// `[1]`, constructed: a SEC1 key's point.
const CONTEXT_1: u8 = 0xa1;

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const P521: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];
const SECP256K1: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x0a];

/// Reads values one after the other. Every method gives `None` for what is not there or not DER.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The reader of the one sequence that `bytes` is, to its last byte.
    pub(crate) fn whole_sequence(bytes: &'a [u8]) -> Option<Self> {
        let mut outer = Self::new(bytes);
        let inner = outer.value(SEQUENCE)?;
        outer.is_empty().then_some(Self(inner))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn next_tag(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// Takes the next value, which has this tag, and gives its content.
    pub(crate) fn value(&mut self, tag: u8) -> Option<&'a [u8]> {
        let rest = self.0.strip_prefix(&[tag])?;
        let (first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            short @ 0..=0x7f => (usize::from(*short), rest),
            0x81 => {
                let (length, rest) = rest.split_first()?;
                (*length >= 0x80).then_some((usize::from(*length), rest))?
            }
            0x82 => {
                let (length, rest) = rest.split_first_chunk::<2>()?;
                let length = usize::from(u16::from_be_bytes(*length));
                (length >= 0x100).then_some((length, rest))?
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(content)
    }

    pub(crate) fn sequence(&mut self) -> Option<Self> {
        self.value(SEQUENCE).map(Self)
    }

    /// The next positive integer, big-endian, without leading zero.
    pub(crate) fn unsigned(&mut self) -> Option<&'a [u8]> {
        match self.value(INTEGER)? {
            [0, rest @ ..] if rest.first().is_some_and(|byte| *byte >= 0x80) => Some(rest),
            [0] => Some(&[]),
            [0, ..] | [] => None,
            content if content.first().is_some_and(|byte| *byte >= 0x80) => None,
            content => Some(content),
        }
    }

    /// The next value, whatever it is.
    pub(crate) fn skip(&mut self) -> Option<()> {
        let tag = self.next_tag()?;
        self.value(tag).map(|_| ())
    }

    /// The kind of key that the next `AlgorithmIdentifier` names.
    fn key_kind(&mut self) -> Option<KeyKind> {
        let mut identifier = self.sequence()?;
        match identifier.value(OBJECT_ID)? {
            RSA => Some(KeyKind::Rsa),
            ED25519 => Some(KeyKind::Ed25519),
            EC => curve(identifier.value(OBJECT_ID)?),
            _ => None,
        }
    }
}

fn curve(id: &[u8]) -> Option<KeyKind> {
    match id {
        P256 => Some(KeyKind::P256),
        P384 => Some(KeyKind::P384),
        P521 => Some(KeyKind::P521),
        SECP256K1 => Some(KeyKind::Secp256k1),
        _ => None,
    }
}

/// What a `SubjectPublicKeyInfo` (RFC 5280 §4.1) holds: the kind, and the bytes of the bit string.
pub(crate) fn public_key_info(der: &[u8]) -> Option<(KeyKind, &[u8])> {
    let mut info = Reader::whole_sequence(der)?;
    let kind = info.key_kind()?;
    let bits = info.value(BIT_STRING)?.strip_prefix(&[0])?;
    info.is_empty().then_some((kind, bits))
}

/// The `SubjectPublicKeyInfo` inside a certificate (RFC 5280 §4.1). Nothing else of it is looked at.
pub(crate) fn certificate_key(der: &[u8]) -> Option<(KeyKind, &[u8])> {
    let mut signed = Reader::whole_sequence(der)?.sequence()?;
    if signed.next_tag() == Some(CONTEXT_0) {
        signed.skip()?;
    }
    // Serial number, signature algorithm, issuer, validity, subject.
    for _ in 0..5 {
        signed.skip()?;
    }
    let mut info = signed.sequence()?;
    let kind = info.key_kind()?;
    Some((kind, info.value(BIT_STRING)?.strip_prefix(&[0])?))
}

/// What a `PrivateKeyInfo` (PKCS#8, RFC 5208 §5, RFC 5958 §2) holds: the kind, and the key in its own notation.
pub(crate) fn private_key_info(der: &[u8]) -> Option<(KeyKind, &[u8])> {
    let mut info = Reader::whole_sequence(der)?;
    info.value(INTEGER).filter(|version| matches!(version, [0 | 1]))?;
    let kind = info.key_kind()?;
    Some((kind, info.value(OCTET_STRING)?))
}

/// What an `ECPrivateKey` (SEC1, RFC 5915 §3) holds.
pub(crate) struct Sec1<'a> {
    pub(crate) d: &'a [u8],
    /// The curve, where it is named.
    pub(crate) kind: Option<KeyKind>,
    /// The public point, where it is there.
    pub(crate) point: Option<&'a [u8]>,
}

pub(crate) fn sec1_parts(der: &[u8]) -> Option<Sec1<'_>> {
    let mut key = Reader::whole_sequence(der)?;
    key.value(INTEGER).filter(|version| *version == [1])?;
    let d = key.value(OCTET_STRING)?;
    let kind = match key.next_tag() {
        Some(CONTEXT_0) => Some(curve(Reader::new(key.value(CONTEXT_0)?).value(OBJECT_ID)?)?),
        _ => None,
    };
    let point = match key.next_tag() {
        Some(CONTEXT_1) => Some(
            Reader::new(key.value(CONTEXT_1)?)
                .value(BIT_STRING)?
                .strip_prefix(&[0])?,
        ),
        _ => None,
    };
    key.is_empty().then_some(Sec1 { d, kind, point })
}

/// An `ECPrivateKey` with nothing but its number, which is at most 66 bytes long.
pub(crate) fn sec1(d: &[u8]) -> Zeroizing<Vec<u8>> {
    let short = |length: usize| u8::try_from(length).unwrap_or(0);
    let head = [
        SEQUENCE,
        short(d.len().saturating_add(5)),
        INTEGER,
        1,
        1,
        OCTET_STRING,
        short(d.len()),
    ];
    Zeroizing::new([&head, d].concat())
}

/// Modulus and exponent of an `RSAPublicKey` (PKCS#1, RFC 8017 §A.1.1).
pub(crate) fn rsa_public(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut key = Reader::whole_sequence(der)?;
    let numbers = (key.unsigned()?, key.unsigned()?);
    key.is_empty().then_some(numbers)
}

/// The eight numbers of an `RSAPrivateKey` (PKCS#1, RFC 8017 §A.1.2) with two primes: `n, e, d, p, q, dp, dq, qi`.
pub(crate) fn rsa_private(der: &[u8]) -> Option<[&[u8]; 8]> {
    let mut key = Reader::whole_sequence(der)?;
    key.value(INTEGER).filter(|version| *version == [0])?;
    let mut numbers: [&[u8]; 8] = [&[]; 8];
    for number in &mut numbers {
        *number = key.unsigned()?;
    }
    key.is_empty().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_that_are_not_the_shortest_or_run_over_are_refused() {
        for bad in [
            &[0x30][..],
            &[0x30, 0x01],
            &[0x30, 0x80, 0, 0],
            &[0x30, 0x81, 0x01, 0x00],
            &[0x30, 0x82, 0x00, 0x01, 0x00],
            &[0x30, 0x84, 0, 0, 0, 1, 0],
            &[0x30, 0x00, 0x00],
        ] {
            assert!(Reader::whole_sequence(bad).is_none(), "{bad:?}");
        }
        assert!(Reader::whole_sequence(&[0x30, 0]).is_some());
    }

    #[test]
    fn integers_are_positive_and_shortest() {
        for bad in [&[2, 0][..], &[2, 1, 0x80], &[2, 2, 0, 0x7f]] {
            assert!(Reader::new(bad).unsigned().is_none(), "{bad:?}");
        }
        assert_eq!(Reader::new(&[2, 2, 0, 0x80]).unsigned(), Some(&[0x80][..]));
        assert_eq!(Reader::new(&[2, 1, 3]).unsigned(), Some(&[3][..]));
    }
}
