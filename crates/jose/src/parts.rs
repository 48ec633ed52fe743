//! What a key is made of, out of any notation and not yet bound to an algorithm.

use zeroize::Zeroizing;

use crate::algorithm::KeyKind;
use crate::der;
use crate::key_error::KeyError;
use crate::pem;

/// Secret bytes, wiped when dropped.
pub(crate) type Bytes = Zeroizing<Vec<u8>>;

/// The numbers of a key, big-endian.
#[derive(Clone)]
pub(crate) enum Parts {
    Secret(Bytes),
    RsaPublic {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    RsaPrivate(Box<RsaNumbers>),
    CurvePublic {
        kind: KeyKind,
        x: Vec<u8>,
        y: Vec<u8>,
    },
    CurvePrivate {
        kind: KeyKind,
        d: Bytes,
        /// The public point, uncompressed, where the notation has it.
        point: Option<Vec<u8>>,
    },
    Ed25519Public {
        x: Vec<u8>,
    },
    Ed25519Private {
        seed: Bytes,
        /// The public point, where the notation has it.
        x: Option<Vec<u8>>,
    },
}

/// The numbers of an RSA key with two primes (RFC 8017 §3.2), without leading zeros.
#[derive(Clone)]
pub(crate) struct RsaNumbers {
    pub(crate) n: Vec<u8>,
    pub(crate) e: Vec<u8>,
    pub(crate) d: Bytes,
    pub(crate) p: Bytes,
    pub(crate) q: Bytes,
    pub(crate) dp: Bytes,
    pub(crate) dq: Bytes,
    pub(crate) qi: Bytes,
}

impl Parts {
    pub(crate) fn kind(&self) -> KeyKind {
        match self {
            Self::Secret(_) => KeyKind::Secret,
            Self::RsaPublic { .. } | Self::RsaPrivate(_) => KeyKind::Rsa,
            Self::CurvePublic { kind, .. } | Self::CurvePrivate { kind, .. } => *kind,
            Self::Ed25519Public { .. } | Self::Ed25519Private { .. } => KeyKind::Ed25519,
        }
    }

    /// Reads a PEM text: SPKI, PKCS#8, PKCS#1, SEC1, or a certificate, of which only the key is looked at.
    pub(crate) fn from_pem(text: &str) -> Result<Self, KeyError> {
        let block = pem::read(text).ok_or(KeyError::Malformed("PEM"))?;
        let der = &block.der;
        match block.label {
            "PUBLIC KEY" => Self::from_spki(der),
            "PRIVATE KEY" => Self::from_pkcs8(der),
            "RSA PUBLIC KEY" => Self::rsa_public(der),
            "RSA PRIVATE KEY" => Self::rsa_private(der),
            "EC PRIVATE KEY" => Self::sec1(der, None),
            "CERTIFICATE" | "X509 CERTIFICATE" => {
                let (kind, key) = der::certificate_key(der).ok_or(KeyError::Malformed("X.509"))?;
                Self::public(kind, key)
            }
            _ => Err(KeyError::UnknownKind),
        }
    }

    /// Reads DER: SPKI, PKCS#8, PKCS#1 or SEC1, whichever it is.
    pub(crate) fn from_der(bytes: &[u8]) -> Result<Self, KeyError> {
        if bytes.len() > pem::MAX_LEN {
            return Err(KeyError::Malformed("DER"));
        }
        if der::public_key_info(bytes).is_some() {
            Self::from_spki(bytes)
        } else if der::private_key_info(bytes).is_some() {
            Self::from_pkcs8(bytes)
        } else if der::rsa_public(bytes).is_some() {
            Self::rsa_public(bytes)
        } else if der::rsa_private(bytes).is_some() {
            Self::rsa_private(bytes)
        } else if der::sec1_parts(bytes).is_some() {
            Self::sec1(bytes, None)
        } else {
            Err(KeyError::Malformed("DER"))
        }
    }

    fn from_spki(bytes: &[u8]) -> Result<Self, KeyError> {
        let (kind, key) = der::public_key_info(bytes).ok_or(KeyError::Malformed("SPKI"))?;
        Self::public(kind, key)
    }

    pub(crate) fn from_pkcs8(bytes: &[u8]) -> Result<Self, KeyError> {
        let (kind, key) = der::private_key_info(bytes).ok_or(KeyError::Malformed("PKCS#8"))?;
        match kind {
            KeyKind::Rsa => Self::rsa_private(key),
            // RFC 8410 §7: an octet string within the octet string. A public half that may follow in version 2 is not
            // needed: it is found from the seed.
            KeyKind::Ed25519 => {
                let mut inner = der::Reader::new(key);
                let seed = inner
                    .value(der::OCTET_STRING)
                    .filter(|seed| seed.len() == 32 && inner.is_empty())
                    .ok_or(KeyError::Malformed("PKCS#8"))?;
                let seed = Zeroizing::new(seed.to_vec());
                Ok(Self::Ed25519Private { seed, x: None })
            }
            kind => Self::sec1(key, Some(kind)),
        }
    }

    fn public(kind: KeyKind, key: &[u8]) -> Result<Self, KeyError> {
        match kind {
            KeyKind::Rsa => Self::rsa_public(key),
            KeyKind::Ed25519 => Ok(Self::Ed25519Public { x: key.to_vec() }),
            kind => Self::from_point(kind, key),
        }
    }

    fn rsa_public(bytes: &[u8]) -> Result<Self, KeyError> {
        let (n, e) = der::rsa_public(bytes).ok_or(KeyError::Malformed("PKCS#1"))?;
        Ok(Self::RsaPublic {
            n: n.to_vec(),
            e: e.to_vec(),
        })
    }

    fn rsa_private(bytes: &[u8]) -> Result<Self, KeyError> {
        let [n, e, d, p, q, dp, dq, qi] = der::rsa_private(bytes).ok_or(KeyError::Malformed("PKCS#1"))?;
        let secret = |number: &[u8]| Zeroizing::new(number.to_vec());
        Ok(Self::RsaPrivate(Box::new(RsaNumbers {
            n: n.to_vec(),
            e: e.to_vec(),
            d: secret(d),
            p: secret(p),
            q: secret(q),
            dp: secret(dp),
            dq: secret(dq),
            qi: secret(qi),
        })))
    }

    /// Reads a SEC1 key, whose curve it names itself or the PKCS#8 around it.
    fn sec1(bytes: &[u8], outer: Option<KeyKind>) -> Result<Self, KeyError> {
        let key = der::sec1_parts(bytes).ok_or(KeyError::Malformed("SEC1"))?;
        let kind = match (outer, key.kind) {
            (Some(outer), Some(inner)) if outer != inner => return Err(KeyError::Inconsistent),
            (outer, inner) => outer.or(inner).ok_or(KeyError::UnknownKind)?,
        };
        let d = Zeroizing::new(key.d.to_vec());
        let point = key.point.map(<[u8]>::to_vec);
        Ok(Self::CurvePrivate { kind, d, point })
    }

    /// A point of a curve, uncompressed (SEC1 §2.3.3).
    pub(crate) fn from_point(kind: KeyKind, point: &[u8]) -> Result<Self, KeyError> {
        let (x, y) = point
            .strip_prefix(&[4])
            .and_then(|point| point.split_at_checked(kind.coordinate_len()))
            .ok_or(KeyError::Point)?;
        Ok(Self::CurvePublic {
            kind,
            x: x.to_vec(),
            y: y.to_vec(),
        })
    }
}
