//! Which origins may call.

use std::sync::Arc;

use http::HeaderValue;
use regex_lite::Regex;

use super::CorsError;
use super::origin::parse;

/// The origins whose pages may call.
#[derive(Debug, Clone)]
pub(super) enum Allowed {
    All,
    These(Arc<[HeaderValue]>),
    Like(Arc<Regex>),
}

impl Allowed {
    pub(super) fn these(origins: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Self, CorsError> {
        let origins: Result<_, CorsError> = origins.into_iter().map(|origin| parse(origin.as_ref())).collect();
        origins.map(Self::These)
    }

    /// All of an origin has to be as the pattern says.
    pub(super) fn like(pattern: &str) -> Result<Self, CorsError> {
        match Regex::new(&format!(r"\A(?:{pattern})\z")) {
            // Alone it must be one too: `a)|(b` would leave the parentheses.
            Ok(whole) if Regex::new(pattern).is_ok() => Ok(Self::Like(Arc::new(whole))),
            _ => Err(CorsError::NoPattern {
                text: pattern.to_owned(),
            }),
        }
    }

    /// What `Access-Control-Allow-Origin` says to a page of this origin, if it may call.
    pub(super) fn allows(&self, origin: Option<&HeaderValue>) -> Option<HeaderValue> {
        match self {
            Self::All => Some(HeaderValue::from_static("*")),
            Self::These(known) => known.iter().find(|known| Some(*known) == origin).cloned(),
            Self::Like(pattern) => origin
                .filter(|origin| origin.to_str().is_ok_and(|text| pattern.is_match(text)))
                .cloned(),
        }
    }

    pub(super) fn are_all(&self) -> bool {
        matches!(self, Self::All)
    }
}

impl PartialEq for Allowed {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, Self::All) => true,
            (Self::These(own), Self::These(other)) => own == other,
            (Self::Like(own), Self::Like(other)) => own.as_str() == other.as_str(),
            _ => false,
        }
    }
}

impl Eq for Allowed {}
