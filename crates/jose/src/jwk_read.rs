//! The members of a JWK, strictly read into parts.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

use crate::algorithm::KeyKind;
use crate::json::{self, Names, Scalar, Text};
use crate::jwk::Jwk;
use crate::key_error::KeyError;
use crate::parts::{Bytes, Parts, RsaNumbers};
use crate::pem;
use crate::primes;

/// The members of a key, as they were read.
#[derive(Default)]
pub(crate) struct RawJwk<'a> {
    members: Vec<(Cow<'a, str>, Scalar<'a>)>,
    broken: bool,
}

const MEMBERS: [&str; 17] = [
    "kty", "alg", "use", "key_ops", "kid", "crv", "x", "y", "d", "n", "e", "p", "q", "dp", "dq", "qi", "k",
];

impl Jwk {
    /// Reads the JSON text of one key, at most 64 KiB. Members that are not known are passed over (RFC 7517 §4).
    ///
    /// # Errors
    /// Text that is no JSON object or names a member twice, an unknown `kty` or curve, members that are missing, of the
    /// wrong type, not strict base64url or of the wrong length. The numbers themselves are checked when the key is bound.
    pub fn from_json(text: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        let text = text.as_ref();
        if text.len() > pem::MAX_LEN {
            return Err(KeyError::Malformed("JWK"));
        }
        let raw: RawJwk<'_> = json::parse(text).ok_or(KeyError::Malformed("JWK"))?;
        raw.read()
    }
}

impl RawJwk<'_> {
    pub(crate) fn read(&self) -> Result<Jwk, KeyError> {
        if self.broken {
            return Err(KeyError::Malformed("JWK"));
        }
        let parts = match self.text("kty")?.ok_or(KeyError::Malformed("JWK"))? {
            "oct" => Parts::Secret(self.secret("k")?),
            "RSA" => self.rsa()?,
            "EC" => self.curve()?,
            "OKP" => self.ed25519()?,
            _ => return Err(KeyError::UnknownKind),
        };
        let owned = |name| Ok(self.text(name)?.map(str::to_owned));
        Ok(Jwk {
            parts,
            algorithm: owned("alg")?,
            key_id: owned("kid")?,
            purpose: owned("use")?,
            operations: self.texts("key_ops")?,
        })
    }

    pub(crate) fn key_id(&self) -> Option<&str> {
        self.text("kid").ok().flatten()
    }

    fn member(&self, name: &str) -> Option<&Scalar<'_>> {
        self.members
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    fn text(&self, name: &str) -> Result<Option<&str>, KeyError> {
        match self.member(name) {
            None => Ok(None),
            Some(Scalar::Text(text)) => Ok(Some(text)),
            Some(_) => Err(KeyError::Malformed("JWK")),
        }
    }

    fn texts(&self, name: &str) -> Result<Option<Vec<String>>, KeyError> {
        match self.member(name) {
            None => Ok(None),
            Some(Scalar::Texts(texts)) => Ok(Some(texts.clone())),
            Some(_) => Err(KeyError::Malformed("JWK")),
        }
    }

    fn secret(&self, name: &str) -> Result<Bytes, KeyError> {
        let text = self.text(name)?.ok_or(KeyError::Malformed("JWK"))?;
        URL_SAFE_NO_PAD
            .decode(text)
            .map(Zeroizing::new)
            .map_err(|_| KeyError::Malformed("JWK"))
    }

    fn bytes(&self, name: &str) -> Result<Vec<u8>, KeyError> {
        Ok(self.secret(name)?.to_vec())
    }

    /// A positive number without leading zeros (`Base64urlUInt`, RFC 7518 §2).
    fn number(&self, name: &str) -> Result<Bytes, KeyError> {
        self.secret(name).and_then(|number| match number.first() {
            Some(0) | None => Err(KeyError::Malformed("JWK")),
            Some(_) => Ok(number),
        })
    }

    fn rsa(&self) -> Result<Parts, KeyError> {
        let (n, e) = (self.number("n")?.to_vec(), self.number("e")?.to_vec());
        if self.member("d").is_none() {
            return Ok(Parts::RsaPublic { n, e });
        }
        let rest = ["p", "q", "dp", "dq", "qi"];
        if rest.iter().all(|name| self.member(name).is_none()) {
            // RFC 7518 §6.3.2 allows it: the primes are found.
            let numbers = primes::find(n, e, self.secret("d")?).ok_or(KeyError::Inconsistent)?;
            return Ok(Parts::RsaPrivate(Box::new(numbers)));
        }
        // Leading zeros of private numbers do not matter: nothing is computed from their spelling.
        Ok(Parts::RsaPrivate(Box::new(RsaNumbers {
            n,
            e,
            d: self.secret("d")?,
            p: self.secret("p")?,
            q: self.secret("q")?,
            dp: self.secret("dp")?,
            dq: self.secret("dq")?,
            qi: self.secret("qi")?,
        })))
    }

    fn curve(&self) -> Result<Parts, KeyError> {
        let kind = match self.text("crv")?.ok_or(KeyError::Malformed("JWK"))? {
            "P-256" => KeyKind::P256,
            "P-384" => KeyKind::P384,
            "P-521" => KeyKind::P521,
            "secp256k1" => KeyKind::Secp256k1,
            _ => return Err(KeyError::UnknownKind),
        };
        let (x, y) = (self.bytes("x")?, self.bytes("y")?);
        // RFC 7518 §6.2.1.2: the full length.
        if x.len() != kind.coordinate_len() || y.len() != kind.coordinate_len() {
            return Err(KeyError::Point);
        }
        if self.member("d").is_none() {
            return Ok(Parts::CurvePublic { kind, x, y });
        }
        Ok(Parts::CurvePrivate {
            kind,
            d: self.secret("d")?,
            point: Some([&[4], x.as_slice(), y.as_slice()].concat()),
        })
    }

    fn ed25519(&self) -> Result<Parts, KeyError> {
        if self.text("crv")?.ok_or(KeyError::Malformed("JWK"))? != "Ed25519" {
            return Err(KeyError::UnknownKind);
        }
        let x = self.bytes("x")?;
        if x.len() != 32 {
            return Err(KeyError::Point);
        }
        if self.member("d").is_none() {
            return Ok(Parts::Ed25519Public { x });
        }
        let seed = self.secret("d")?;
        if seed.len() != 32 {
            return Err(KeyError::Inconsistent);
        }
        Ok(Parts::Ed25519Private { seed, x: Some(x) })
    }
}

impl<'de> Deserialize<'de> for RawJwk<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

/// Takes any value, so that one broken member of a set does not spoil the others.
struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = RawJwk<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawJwk<'de>, A::Error> {
        let (mut raw, mut names) = (RawJwk::default(), Names::default());
        while let Some(Text(name)) = map.next_key::<Text<'de>>()? {
            if MEMBERS.contains(&&*name) {
                raw.members.push((name.clone(), map.next_value()?));
            } else {
                map.next_value::<IgnoredAny>()?;
                // More than two primes (RFC 7518 §6.3.2.7): the primitives take two.
                raw.broken |= name == "oth";
            }
            raw.broken |= !names.note(name);
        }
        Ok(raw)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<RawJwk<'de>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(RawJwk::broken())
    }

    fn visit_str<E>(self, _: &str) -> Result<RawJwk<'de>, E> {
        Ok(RawJwk::broken())
    }

    fn visit_u64<E>(self, _: u64) -> Result<RawJwk<'de>, E> {
        Ok(RawJwk::broken())
    }

    fn visit_i64<E>(self, _: i64) -> Result<RawJwk<'de>, E> {
        Ok(RawJwk::broken())
    }

    fn visit_f64<E>(self, _: f64) -> Result<RawJwk<'de>, E> {
        Ok(RawJwk::broken())
    }

    fn visit_bool<E>(self, _: bool) -> Result<RawJwk<'de>, E> {
        Ok(RawJwk::broken())
    }

    fn visit_unit<E>(self) -> Result<RawJwk<'de>, E> {
        Ok(RawJwk::broken())
    }
}

impl RawJwk<'_> {
    fn broken() -> Self {
        Self {
            members: Vec::new(),
            broken: true,
        }
    }
}
