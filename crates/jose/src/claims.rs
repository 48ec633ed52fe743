//! Claims: the registered ones (RFC 7519 §4.1) as fields, the application's own behind one type parameter.

use std::fmt;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::audience::Audience;
use crate::json::{Names, Scalar, Text};
use crate::verify_error::VerifyError;

/// The claims of a token. A claim that is `None` is not written; all times are seconds since the epoch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Claims<X> {
    /// Who issued it.
    pub iss: Option<String>,
    /// Who or what it is about.
    pub sub: Option<String>,
    /// Whom it is for.
    pub aud: Audience,
    /// From when on it is no longer good.
    pub exp: Option<NumericDate>,
    /// Before when it is not yet good.
    pub nbf: Option<NumericDate>,
    /// When it was made.
    pub iat: Option<NumericDate>,
    /// What tells it from every other.
    pub jti: Option<String>,
    /// The application's own.
    pub extra: X,
}

impl<X> Claims<X> {
    /// Claims with the application's own and none of the registered ones.
    pub fn new(extra: X) -> Self {
        Self {
            iss: None,
            sub: None,
            aud: Audience::default(),
            exp: None,
            nbf: None,
            iat: None,
            jti: None,
            extra,
        }
    }

    /// `exp` as a time since the epoch; `None` without one. A time before the epoch is the epoch.
    pub fn exp_duration(&self) -> Option<Duration> {
        self.exp.map(NumericDate::since_epoch)
    }
}

/// A `NumericDate` (RFC 7519 §2): seconds since the epoch, fractions allowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NumericDate {
    /// Whole seconds.
    Whole(i64),
    /// A fraction, or a number beyond `i64`.
    Fraction(f64),
}

impl NumericDate {
    pub(crate) fn as_seconds(self) -> f64 {
        match self {
            Self::Whole(seconds) => seconds as f64,
            Self::Fraction(seconds) => seconds,
        }
    }

    /// The time since the epoch: the epoch itself for what is before it, the end of time for what is beyond it.
    pub fn since_epoch(self) -> Duration {
        match self {
            Self::Whole(seconds) => Duration::from_secs(u64::try_from(seconds).unwrap_or(0)),
            Self::Fraction(seconds) if seconds > 0.0 => Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX),
            Self::Fraction(_) => Duration::ZERO,
        }
    }
}

impl From<u64> for NumericDate {
    fn from(seconds: u64) -> Self {
        Self::Whole(i64::try_from(seconds).unwrap_or(i64::MAX))
    }
}

impl Serialize for NumericDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Whole(seconds) => serializer.serialize_i64(*seconds),
            Self::Fraction(seconds) => serializer.serialize_f64(*seconds),
        }
    }
}

/// The application's own claims, filled during the one parse of the payload.
///
/// ```
/// use portcullis_jose::ExtraClaims;
/// use serde::{de::MapAccess, ser::SerializeMap};
///
/// #[derive(Default)]
/// struct Tenant { tenant: Option<String> }
///
/// impl ExtraClaims for Tenant {
///     fn claim<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
///         if name != "tenant" { return Ok(false); }
///         self.tenant = Some(map.next_value()?);
///         Ok(true)
///     }
///     fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
///         map.serialize_entry("tenant", &self.tenant)
///     }
/// }
/// ```
pub trait ExtraClaims: Default {
    /// Called for every claim that is not a registered one. Takes the claim's value from `map` and gives `true`, or
    /// leaves `map` alone and gives `false`: then the claim is passed over.
    ///
    /// # Errors
    /// A value of the wrong type; the token is then refused.
    fn claim<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error>;

    /// Writes the claims behind the registered ones.
    ///
    /// # Errors
    /// What the serializer says.
    fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;
}

impl ExtraClaims for () {
    fn claim<'de, A: MapAccess<'de>>(&mut self, _: &str, _: &mut A) -> Result<bool, A::Error> {
        Ok(false)
    }

    fn serialize_into<M: SerializeMap>(&self, _: &mut M) -> Result<(), M::Error> {
        Ok(())
    }
}

/// Keeps every claim.
impl ExtraClaims for serde_json::Map<String, serde_json::Value> {
    fn claim<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        self.insert(name.to_owned(), map.next_value()?);
        Ok(true)
    }

    fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        self.iter()
            .try_for_each(|(name, value)| map.serialize_entry(name, value))
    }
}

impl<X: ExtraClaims> Serialize for Claims<X> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(iss) = &self.iss {
            map.serialize_entry("iss", iss)?;
        }
        if let Some(sub) = &self.sub {
            map.serialize_entry("sub", sub)?;
        }
        if self.aud.is_present() {
            map.serialize_entry("aud", &self.aud)?;
        }
        for (name, date) in [("exp", self.exp), ("nbf", self.nbf), ("iat", self.iat)] {
            if let Some(date) = date {
                map.serialize_entry(name, &date)?;
            }
        }
        if let Some(jti) = &self.jti {
            map.serialize_entry("jti", jti)?;
        }
        self.extra.serialize_into(&mut map)?;
        map.end()
    }
}

/// The claims as they were read, with the first thing that was wrong with one.
pub(crate) struct RawClaims<'de, X> {
    pub(crate) claims: Claims<X>,
    pub(crate) fault: Option<VerifyError>,
    pub(crate) names: Names<'de>,
}

impl<X> RawClaims<'_, X> {
    fn fail(&mut self, fault: VerifyError) {
        self.fault.get_or_insert(fault);
    }

    fn registered(&mut self, name: &'static str, value: Scalar<'_>) {
        let claims = &mut self.claims;
        match (name, value) {
            ("iss", Scalar::Text(text)) => claims.iss = Some(text.into_owned()),
            ("sub", Scalar::Text(text)) => claims.sub = Some(text.into_owned()),
            ("jti", Scalar::Text(text)) => claims.jti = Some(text.into_owned()),
            ("aud", Scalar::Text(text)) => claims.aud = Some(text.into_owned()).into(),
            ("aud", Scalar::Texts(texts)) => claims.aud = texts.into(),
            ("exp", Scalar::Whole(seconds)) => claims.exp = Some(NumericDate::Whole(seconds)),
            ("exp", Scalar::Fraction(seconds)) => claims.exp = Some(NumericDate::Fraction(seconds)),
            ("nbf", Scalar::Whole(seconds)) => claims.nbf = Some(NumericDate::Whole(seconds)),
            ("nbf", Scalar::Fraction(seconds)) => claims.nbf = Some(NumericDate::Fraction(seconds)),
            ("iat", Scalar::Whole(seconds)) => claims.iat = Some(NumericDate::Whole(seconds)),
            ("iat", Scalar::Fraction(seconds)) => claims.iat = Some(NumericDate::Fraction(seconds)),
            _ => self.fail(VerifyError::ClaimType(name)),
        }
    }
}

/// The registered claims, by the names that refusals carry.
fn registered(name: &str) -> Option<&'static str> {
    ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"]
        .into_iter()
        .find(|known| *known == name)
}

impl<'de, X: ExtraClaims> Deserialize<'de> for RawClaims<'de, X> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ClaimsVisitor<X>(std::marker::PhantomData<X>);
        impl<'de, X: ExtraClaims> Visitor<'de> for ClaimsVisitor<X> {
            type Value = RawClaims<'de, X>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawClaims<'de, X>, A::Error> {
                let mut raw = RawClaims {
                    claims: Claims::new(X::default()),
                    fault: None,
                    names: Names::default(),
                };
                while let Some(Text(name)) = map.next_key::<Text<'de>>()? {
                    if let Some(known) = registered(&name) {
                        raw.registered(known, map.next_value()?);
                    } else if !raw.claims.extra.claim(&name, &mut map)? {
                        map.next_value::<IgnoredAny>()?;
                    }
                    if !raw.names.note(name) {
                        raw.fail(VerifyError::DuplicateName);
                    }
                }
                Ok(raw)
            }
        }
        deserializer.deserialize_map(ClaimsVisitor(std::marker::PhantomData))
    }
}
