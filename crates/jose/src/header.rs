//! The protected header (RFC 7515 §4): written in one fixed form, read strictly.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::algorithm::Algorithm;
use crate::json::{self, Names, Scalar, Text};
use crate::verify_error::VerifyError;

#[derive(Serialize)]
struct Written<'a> {
    alg: &'static str,
    typ: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
}

/// The header as it stands in a token: `alg`, `typ` and `kid` in this order.
pub(crate) fn encode(algorithm: Algorithm, typ: &str, kid: Option<&str>) -> Result<String, serde_json::Error> {
    let header = serde_json::to_vec(&Written {
        alg: algorithm.name(),
        typ,
        kid,
    })?;
    Ok(URL_SAFE_NO_PAD.encode(header))
}

/// What a verifier looks at. `jwk`, `jku`, `x5u`, `x5c` and unknown members are passed over: keys come from the
/// verifier alone.
#[derive(Debug, Default)]
pub(crate) struct Header {
    pub(crate) alg: String,
    pub(crate) typ: Option<String>,
    pub(crate) kid: Option<String>,
    pub(crate) payload: PayloadForm,
}

/// How the payload stands in what is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum PayloadForm {
    #[default]
    Base64,
    /// As it is (RFC 7797: `b64` is false).
    Unencoded,
}

impl Header {
    /// Reads the JSON of a header that asks for no extension.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, VerifyError> {
        Raw::parse(json)?.check(false)
    }

    /// The same, and `b64` is known (RFC 7797): then `crit` names it and nothing else, once.
    pub(crate) fn parse_with_b64(json: &[u8]) -> Result<Self, VerifyError> {
        Raw::parse(json)?.check(true)
    }

    /// The first member whose type is wrong, or a name that stands twice; `alg` and extensions may be what they like.
    pub(crate) fn check_types(json: &[u8]) -> Result<(), VerifyError> {
        Raw::parse(json)?.fault.map_or(Ok(()), Err)
    }
}

#[derive(Default)]
struct Raw {
    header: Header,
    alg: bool,
    fault: Option<VerifyError>,
    /// `crit` is there; whether it is the list of `b64` alone.
    crit: Option<bool>,
    /// `b64` is there; its value, if that is one.
    b64: Option<Option<bool>>,
}

impl Raw {
    fn parse(bytes: &[u8]) -> Result<Self, VerifyError> {
        json::parse(bytes).ok_or(VerifyError::HeaderJson)
    }

    fn check(mut self, b64_is_known: bool) -> Result<Header, VerifyError> {
        self.header.payload = match (self.crit, self.b64) {
            (None, None) => PayloadForm::Base64,
            (Some(true), Some(Some(true))) if b64_is_known => PayloadForm::Base64,
            (Some(true), Some(Some(false))) if b64_is_known => PayloadForm::Unencoded,
            // An extension that must be understood, or a list that is none.
            _ => return Err(VerifyError::Critical),
        };
        match self.fault {
            Some(fault) => Err(fault),
            None if !self.alg => Err(VerifyError::NoAlgorithm),
            None => Ok(self.header),
        }
    }

    fn fail(&mut self, fault: VerifyError) {
        self.fault.get_or_insert(fault);
    }

    fn member(&mut self, name: &str, value: Scalar<'_>) {
        let text = match value {
            Scalar::Text(text) => text.into_owned(),
            _ => return self.fail(VerifyError::HeaderType),
        };
        match name {
            "alg" => {
                self.alg = true;
                self.header.alg = text;
            }
            "typ" => self.header.typ = Some(text),
            "kid" => self.header.kid = Some(text),
            _ => {}
        }
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RawVisitor;
        impl<'de> Visitor<'de> for RawVisitor {
            type Value = Raw;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
                let (mut raw, mut names) = (Raw::default(), Names::default());
                while let Some(Text(name)) = map.next_key::<Text<'de>>()? {
                    match &*name {
                        "alg" | "typ" | "kid" | "cty" => raw.member(&name, map.next_value()?),
                        "crit" => {
                            let list: Scalar<'de> = map.next_value()?;
                            raw.crit = Some(matches!(list, Scalar::Texts(names) if names == ["b64"]));
                        }
                        "b64" => {
                            let value: Scalar<'de> = map.next_value()?;
                            raw.b64 = Some(match value {
                                Scalar::Bool(value) => Some(value),
                                _ => None,
                            });
                        }
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                    if !names.note(name) {
                        raw.fail(VerifyError::DuplicateName);
                    }
                }
                Ok(raw)
            }
        }
        deserializer.deserialize_map(RawVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Header, VerifyError> {
        Header::parse(json.as_bytes())
    }

    #[test]
    fn a_header_that_is_no_object_or_not_strict_is_refused() {
        for bad in [
            "",
            "hello",
            "[]",
            "[\"HS256\"]",
            "null",
            "\"HS256\"",
            "{",
            "{}x",
            "\u{feff}{\"alg\":\"HS256\"}",
        ] {
            assert_eq!(parse(bad).err(), Some(VerifyError::HeaderJson), "{bad:?}");
        }
        assert_eq!(parse("{}").err(), Some(VerifyError::NoAlgorithm));
        for bad in [
            "{\"alg\":1}",
            "{\"alg\":\"HS256\",\"typ\":null}",
            "{\"alg\":\"HS256\",\"kid\":[]}",
        ] {
            assert_eq!(parse(bad).err(), Some(VerifyError::HeaderType), "{bad:?}");
        }
        assert_eq!(
            parse("{\"alg\":\"none\",\"alg\":\"HS256\"}").err(),
            Some(VerifyError::DuplicateName)
        );
        for bad in ["{\"alg\":\"HS256\",\"crit\":[]}", "{\"alg\":\"HS256\",\"b64\":true}"] {
            assert_eq!(parse(bad).err(), Some(VerifyError::Critical), "{bad:?}");
        }
    }

    #[test]
    fn b64_where_it_is_known_stands_in_crit_alone_and_once() {
        let parse = |rest: &str| {
            let json = format!("{{\"alg\":\"HS256\"{rest}}}");
            Header::parse_with_b64(json.as_bytes()).map(|header| header.payload)
        };
        assert_eq!(parse(""), Ok(PayloadForm::Base64));
        assert_eq!(parse(",\"b64\":true,\"crit\":[\"b64\"]"), Ok(PayloadForm::Base64));
        assert_eq!(parse(",\"b64\":false,\"crit\":[\"b64\"]"), Ok(PayloadForm::Unencoded));
        for bad in [
            ",\"b64\":false",
            ",\"b64\":false,\"crit\":[]",
            ",\"b64\":false,\"crit\":[\"b64\",\"b64\"]",
            ",\"b64\":false,\"crit\":[\"b64\",\"exp\"]",
            ",\"b64\":false,\"crit\":\"b64\"",
            ",\"b64\":0,\"crit\":[\"b64\"]",
            ",\"crit\":[\"b64\"]",
        ] {
            assert_eq!(parse(bad), Err(VerifyError::Critical), "{bad}");
        }
    }

    #[test]
    fn blanks_and_unknown_members_are_passed_over() {
        let header =
            parse(" { \"alg\" : \"HS256\",\n\"foo\":[1,{\"a\":null}], \"jku\":\"https://x\" } ").expect("good");
        assert_eq!((header.alg.as_str(), header.typ, header.kid), ("HS256", None, None));
    }
}
