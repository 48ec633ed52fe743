//! Which state of a user is meant: `ETag` and `If-Match` (RFC 9110 §8.8.3, §13.1.1).

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::{ETAG, IF_MATCH};
use http::request::Parts;
use portcullis_core::{Account, Accounts, Revision};
use schemars::json_schema;

use super::UserDetails;
use crate::input::Json;
use crate::openapi::{Describe, In, Operation, Parameter, Respond};

/// The states that a request asks for; `None` where it takes any: without the header, or with `*`.
pub(super) struct IfMatch(Option<Vec<Revision>>);

impl IfMatch {
    /// The accounts, of which only those in such a state are changed.
    pub(super) fn of<S: portcullis_core::AccountStore>(self, accounts: Accounts<S>) -> Accounts<S> {
        match self.0 {
            Some(revisions) => accounts.only_if(revisions),
            None => accounts,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let mut revisions = None::<Vec<Revision>>;
        for value in parts.headers.get_all(IF_MATCH) {
            if value.as_bytes().trim_ascii() == b"*" {
                return Ok(Self(None));
            }
            let known = revisions.get_or_insert_default();
            known.extend(tags(value.to_str().unwrap_or_default()));
        }
        Ok(Self(revisions))
    }
}

/// The strong tags of a list. A weak one never matches here (RFC 9110 §13.1.1), nor does what is none.
fn tags(list: &str) -> impl Iterator<Item = Revision> {
    let mut parts = list.split('"').peekable();
    std::iter::from_fn(move || {
        loop {
            let (before, tag) = (parts.next()?, parts.next()?);
            // Without its second quote it is no tag.
            parts.peek()?;
            if !before.ends_with("W/") {
                return Some(Revision::new(tag));
            }
        }
    })
}

impl Describe for IfMatch {
    fn describe(operation: &mut Operation) {
        operation.parameter(Parameter {
            name: "If-Match".to_owned(),
            location: In::Header,
            required: false,
            description: Some("The `ETag` that the user must still have; otherwise 412".to_owned()),
            schema: json_schema!({ "type": "string" }),
        });
    }
}

/// A user with the tag of its state.
pub(super) struct Tagged(UserDetails, Revision);

impl From<&Account> for Tagged {
    fn from(account: &Account) -> Self {
        Self(UserDetails::from(account), Revision::of(account))
    }
}

impl IntoResponse for Tagged {
    fn into_response(self) -> Response {
        let Self(details, revision) = self;
        let mut response = Json(details).into_response();
        // Hexadecimal digits between quotes.
        if let Ok(tag) = HeaderValue::try_from(format!("\"{}\"", revision.as_str())) {
            response.headers_mut().insert(ETAG, tag);
        }
        response
    }
}

impl Respond for Tagged {
    fn respond(operation: &mut Operation) {
        operation.json::<UserDetails>();
        operation.success_header("ETag", "Names the state that the user is in, for `If-Match`");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_tags_and_what_is_no_tag_match_nothing() {
        for list in ["", "abc", "W/\"abc\"", "\"abc", "W/\"a\", W/\"b\"", ", ,"] {
            assert_eq!(tags(list).count(), 0, "{list}");
        }
    }

    #[test]
    fn a_list_of_tags_is_read_with_its_commas() {
        let read: Vec<Revision> = tags("\"a\", W/\"b\",\"c,d\" ,\"\"").collect();
        assert_eq!(read, ["a", "c,d", ""].map(Revision::new));
    }
}
