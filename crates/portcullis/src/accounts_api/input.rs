//! What the routes of accounts read: names in the path, pages in the query, JSON bodies; refused as FastAPI refuses.

use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use http::StatusCode;
use http::request::Parts;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use portcullis_core::UserId;
use portcullis_core::accounts::PAGE_MAX;
use schemars::{JsonSchema, json_schema};
use serde_json::{Value, json};

use super::members::{Members, too_long};
use crate::detail::{FieldError, Loc, ValidationErrors};
use crate::openapi::{Describe, In, Operation, Parameter};
use crate::refusal::Refusal;

/// The largest body, in bytes: two passwords of 4096 bytes, each byte written as `\u00xx`, fit.
const BODY_MAX: usize = 64 * 1024;

/// How many users a page has unless told otherwise.
const PAGE: usize = 20;

/// A body or a parameter that is not taken.
pub(super) enum InputRefusal {
    Invalid(Vec<FieldError>),
    Body(Refusal),
}

impl axum::response::IntoResponse for InputRefusal {
    fn into_response(self) -> axum::response::Response {
        match self {
            Self::Invalid(errors) => ValidationErrors::new(errors).into_response(),
            Self::Body(refusal) => refusal.into_response(),
        }
    }
}

impl From<FieldError> for InputRefusal {
    fn from(error: FieldError) -> Self {
        Self::Invalid(vec![error])
    }
}

/// The user name in the path.
pub(super) struct Username(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Username {
    type Rejection = InputRefusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, InputRefusal> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(name)) => Ok(Self(name)),
            // Only bytes that are no text do not fit.
            Err(_) => {
                let msg = "Input should be a valid string, unable to parse raw data as a unicode string";
                Err(FieldError::new("string_unicode", ["path", "username"], msg, Value::Null).into())
            }
        }
    }
}

impl Describe for Username {
    fn describe(operation: &mut Operation) {
        operation.parameter(Parameter {
            name: "username".to_owned(),
            location: In::Path,
            required: true,
            description: None,
            schema: json_schema!({ "type": "string" }),
        });
    }
}

/// Which page of a list.
pub(super) struct PageQuery {
    pub(super) after: Option<String>,
    pub(super) limit: usize,
}

impl<S: Send + Sync> FromRequestParts<S> for PageQuery {
    type Rejection = InputRefusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, InputRefusal> {
        let Ok(Query(pairs)) = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await else {
            return Err(FieldError::new("value_error", ["query"], "The query cannot be read", Value::Null).into());
        };
        let (mut page, mut errors) = (
            Self {
                after: None,
                limit: PAGE,
            },
            Vec::new(),
        );
        for (name, value) in pairs {
            match name.as_str() {
                "after" if value.len() > UserId::MAX_LEN => errors.push(too_long("query", "after", UserId::MAX_LEN)),
                "after" => page.after = Some(value).filter(|after| !after.is_empty()),
                "limit" => match limit(&value) {
                    Ok(limit) => page.limit = limit,
                    Err(error) => errors.push(*error),
                },
                _ => {}
            }
        }
        if errors.is_empty() {
            Ok(page)
        } else {
            Err(InputRefusal::Invalid(errors))
        }
    }
}

fn limit(text: &str) -> Result<usize, Box<FieldError>> {
    let error = |kind: &'static str, msg: &'static str| FieldError::new(kind, ["query", "limit"], msg, text);
    let unread = "Input should be a valid integer, unable to parse string as an integer";
    let number: i128 = text
        .trim()
        .parse()
        .map_err(|_| Box::new(error("int_parsing", unread)))?;
    match usize::try_from(number) {
        Ok(limit @ 1..=PAGE_MAX) => Ok(limit),
        _ if number < 1 => Err(
            error("greater_than_equal", "Input should be greater than or equal to 1")
                .with_ctx("ge", 1)
                .into(),
        ),
        _ => Err(error("less_than_equal", "Input should be less than or equal to 100")
            .with_ctx("le", PAGE_MAX)
            .into()),
    }
}

impl Describe for PageQuery {
    fn describe(operation: &mut Operation) {
        let mut add = |name: &str, says: &str, schema| {
            let (name, description) = (name.to_owned(), Some(says.to_owned()));
            operation.parameter(Parameter {
                name,
                location: In::Query,
                required: false,
                description,
                schema,
            });
        };
        let after = json_schema!({ "type": "string", "maxLength": UserId::MAX_LEN });
        add(
            "after",
            "The name after which the page starts: `next` of the page before",
            after,
        );
        let limit = json_schema!({ "type": "integer", "minimum": 1, "maximum": PAGE_MAX, "default": PAGE });
        add("limit", "How many users the page has at most", limit);
    }
}

/// A JSON body that was read into a `T`.
pub(super) struct Body<T>(pub(super) T);

/// What can be read from the members of a JSON object.
pub(super) trait FromMembers: Sized {
    /// The same as the document shows it.
    type Schema: JsonSchema;

    /// `None` if a member was wrong; `members` then has the errors.
    fn from_members(members: &mut Members) -> Option<Self>;
}

impl<S: Send + Sync, T: FromMembers> FromRequest<S> for Body<T> {
    type Rejection = InputRefusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, InputRefusal> {
        let bytes = match Limited::new(request.into_body(), BODY_MAX).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) => return Err(InputRefusal::Body(unread(&*error))),
        };
        let value: Value = serde_json::from_slice(&bytes).map_err(|error| invalid_json(&error))?;
        let Value::Object(object) = value else {
            let msg = "Input should be a valid dictionary or object to extract fields from";
            return Err(FieldError::new("model_attributes_type", ["body"], msg, Value::Null).into());
        };
        let mut members = Members::of(object);
        match T::from_members(&mut members) {
            Some(read) if members.are_right() => Ok(Self(read)),
            _ => Err(InputRefusal::Invalid(members.into_errors())),
        }
    }
}

impl<T: FromMembers> Describe for Body<T> {
    fn describe(operation: &mut Operation) {
        operation.body_of::<T::Schema>("application/json");
    }
}

/// Where the syntax breaks, without the text around it.
fn invalid_json(error: &serde_json::Error) -> FieldError {
    let place: [Loc; 2] = ["body".into(), error.column().into()];
    let reason = if error.is_eof() {
        "Expecting value: the body ends early"
    } else {
        "Expecting JSON"
    };
    FieldError::new("json_invalid", place, "JSON decode error", json!({})).with_ctx("error", reason)
}

fn unread(error: &(dyn std::error::Error + 'static)) -> Refusal {
    let mut causes = std::iter::successors(Some(error), |cause| cause.source());
    let slow = |cause: &&(dyn std::error::Error + 'static)| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|cause| cause.kind() == std::io::ErrorKind::TimedOut)
    };
    let (status, detail) = if error.is::<LengthLimitError>() {
        (StatusCode::PAYLOAD_TOO_LARGE, "The body is larger than 64 KiB.")
    } else if causes.any(|cause| slow(&cause)) {
        (StatusCode::REQUEST_TIMEOUT, "The body came too slowly.")
    } else {
        (StatusCode::BAD_REQUEST, "There was an error parsing the body")
    };
    Refusal::BadBody {
        status,
        detail: detail.to_owned(),
    }
}
