//! The claims of a token against a policy.

use std::time::Duration;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use crate::claims::{Claims, NumericDate};
use crate::json::{IsNull, Names, Text};
use crate::policy::Policy;
use crate::verify_error::VerifyError;

impl Policy {
    pub(crate) fn check<X>(&self, claims: &Claims<X>, now: Duration) -> Result<(), VerifyError> {
        self.check_times(claims, now)?;
        if !self.issuers.is_empty() {
            let iss = claims.iss.as_ref().ok_or(VerifyError::Missing("iss".into()))?;
            if !self.issuers.contains(iss) {
                return Err(VerifyError::Issuer);
            }
        }
        if let Some(subject) = &self.subject {
            let sub = claims.sub.as_ref().ok_or(VerifyError::Missing("sub".into()))?;
            if sub != subject {
                return Err(VerifyError::Subject);
            }
        }
        self.check_audience(claims)
    }

    fn check_audience<X>(&self, claims: &Claims<X>) -> Result<(), VerifyError> {
        if self.skip.aud {
            return Ok(());
        }
        match (self.audiences.is_empty(), claims.aud.is_present()) {
            (true, false) => Ok(()),
            (true, true) => Err(VerifyError::Audience),
            (false, false) => Err(VerifyError::Missing("aud".into())),
            (false, true) if self.audience_is_one && claims.aud.is_list() => Err(VerifyError::Audience),
            (false, true) if claims.aud.names().iter().any(|name| self.audiences.contains(name)) => Ok(()),
            (false, true) => Err(VerifyError::Audience),
        }
    }

    fn check_times<X>(&self, claims: &Claims<X>, now: Duration) -> Result<(), VerifyError> {
        let now = now.as_secs_f64();
        let (late, early) = (self.exp_leeway.as_secs_f64(), self.start_leeway.as_secs_f64());
        match claims.exp {
            Some(exp) if exp.as_seconds() <= now - late && !self.skip.exp => return Err(VerifyError::Expired),
            None if !self.without_exp => return Err(VerifyError::Missing("exp".into())),
            _ => {}
        }
        let in_the_future = |date: NumericDate| date.as_seconds() > now + early;
        if claims.nbf.is_some_and(in_the_future) && !self.skip.nbf {
            return Err(VerifyError::NotYet);
        }
        if claims.iat.is_some_and(in_the_future) && !self.skip.iat {
            return Err(VerifyError::FromTheFuture);
        }
        Ok(())
    }

    /// Whether every claim that is asked for is there and, where only the payload knows it, not `null`.
    pub(crate) fn check_required(&self, names: &Names<'_>, payload: &[u8]) -> Result<(), VerifyError> {
        let mut look_again = false;
        for wanted in &self.required {
            if !names.has(wanted) {
                return Err(VerifyError::Missing(wanted.clone()));
            }
            // A registered claim that is `null` has been refused already.
            look_again |= !is_registered(wanted);
        }
        if !look_again {
            return Ok(());
        }
        let Nulls(nulls) = serde_json::from_slice(payload).map_err(|_| VerifyError::PayloadJson)?;
        match self
            .required
            .iter()
            .find(|wanted| nulls.iter().any(|null| null == *wanted))
        {
            Some(wanted) => Err(VerifyError::Missing(wanted.clone())),
            None => Ok(()),
        }
    }
}

fn is_registered(name: &str) -> bool {
    matches!(name, "iss" | "sub" | "aud" | "exp" | "nbf" | "iat" | "jti")
}

/// The names of the claims that are `null`.
struct Nulls(Vec<String>);

impl<'de> Deserialize<'de> for Nulls {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NullsVisitor;
        impl<'de> Visitor<'de> for NullsVisitor {
            type Value = Nulls;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Nulls, A::Error> {
                let mut nulls = Vec::new();
                while let Some((Text(name), IsNull(is_null))) = map.next_entry::<Text<'de>, IsNull>()? {
                    if is_null {
                        nulls.push(name.into_owned());
                    }
                }
                Ok(Nulls(nulls))
            }
        }
        deserializer.deserialize_map(NullsVisitor)
    }
}
