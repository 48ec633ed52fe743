//! The login form of `POST /token`, read as FastAPI reads `OAuth2PasswordRequestForm`: urlencoded or multipart, field
//! by field, with bounded memory.

mod fields;
mod header;
mod limits;
mod multipart;
mod scan;
mod text;
mod urlencoded;

use std::fmt;

use axum::body::Body;
use axum::extract::FromRequest;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, Request, StatusCode};
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::body::{self, Unread};
use crate::detail::ValidationErrors;
use crate::openapi::{Describe, Operation, Respond};
use crate::refusal::Refusal;
use fields::Fields;
pub use limits::FormLimits;
use multipart::Parts;
use urlencoded::Pairs;

/// A form whose fields are all there, for a login route of one's own; `Debug` hides the secrets.
///
/// ```
/// use axum::extract::State;
/// use portcullis::core::{Auth, Credentials, Password};
/// use portcullis::{ApiRouter, LoginForm, Refusal, post};
///
/// async fn log_in(State(auth): State<Auth>, form: LoginForm) -> Result<String, Refusal> {
///     let credentials = Credentials::new(form.username, Password::from(form.password.as_bytes()));
///     Ok(auth.log_in(credentials).await?.access_token)
/// }
///
/// let routes: ApiRouter<Auth> = ApiRouter::new().api_route("/log-in", post(log_in));
/// ```
///
/// [`FormLimits`] say how much of it is read.
#[derive(Clone)]
pub struct LoginForm {
    /// `password`, or `None` where it was absent or empty: FastAPI asks for no more.
    pub grant_type: Option<String>,
    /// The login name, never empty.
    pub username: String,
    /// The password, never empty; wiped when dropped.
    pub password: Zeroizing<String>,
    /// What was asked for, as it was sent; empty if nothing was.
    pub scope: String,
    /// The client's id, if one was sent.
    pub client_id: Option<String>,
    /// The client's secret, if one was sent; wiped when dropped.
    pub client_secret: Option<Zeroizing<String>>,
    /// One of these parameters came more than once (forbidden by RFC 6749 §3.2). The values here are the last ones,
    /// as in FastAPI.
    pub repeated: bool,
    /// One of these parameters was no UTF-8: U+FFFD stands for the bytes that were not.
    pub replaced: bool,
    /// The request names a content coding other than `identity`. Nothing was decoded.
    pub coded: bool,
}

impl fmt::Debug for LoginForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginForm")
            .field("grant_type", &self.grant_type)
            .field("username", &self.username)
            .field("scope", &self.scope)
            .field("client_id", &self.client_id)
            .field("repeated", &self.repeated)
            .field("replaced", &self.replaced)
            .field("coded", &self.coded)
            .finish_non_exhaustive()
    }
}

/// Why a form could not be read.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum FormError {
    /// Fields are missing or not valid: FastAPI's list, in the order of the form's model.
    Invalid(ValidationErrors),
    /// A form that cannot be taken apart, or one beyond the limits on fields; the sentence is FastAPI's.
    Malformed(String),
    /// More than [`FormLimits::body`] bytes.
    TooLarge,
    /// The body ended early.
    Incomplete,
    /// The body came too slowly ([`Limits::body_pause`](crate::Limits::body_pause)).
    Slow,
}

impl FormError {
    /// FastAPI's status for it: 422, 400, and 413 or 408 where FastAPI has no limit.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Malformed(_) | Self::Incomplete => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
        }
    }
}

impl fmt::Display for FormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(_) => f.write_str("Fields are missing or not valid."),
            Self::Malformed(sentence) => f.write_str(sentence),
            Self::TooLarge => f.write_str("The form is too large."),
            Self::Incomplete => f.write_str("There was an error parsing the body"),
            Self::Slow => f.write_str("The body came too slowly."),
        }
    }
}

impl std::error::Error for FormError {}

impl From<Unread> for FormError {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::TooLarge => Self::TooLarge,
            Unread::Slow => Self::Slow,
            Unread::Incomplete => Self::Incomplete,
        }
    }
}

impl From<FormError> for Refusal {
    fn from(error: FormError) -> Self {
        match error {
            FormError::Invalid(errors) => {
                let errors = errors.into_errors();
                // Another grant has other fields: that these are missing is then beside the point.
                if errors.iter().any(|error| error.field() == Some("grant_type")) {
                    Self::BadGrantType { errors }
                } else {
                    Self::BadForm { errors }
                }
            }
            other => Self::BadBody {
                status: other.status(),
                detail: other.to_string(),
            },
        }
    }
}

impl IntoResponse for FormError {
    fn into_response(self) -> Response {
        Refusal::from(self).into_response()
    }
}

impl Respond for FormError {
    /// Nothing: the form documents its refusals itself.
    fn respond(_: &mut Operation) {}
}

impl<S: Send + Sync> FromRequest<S> for LoginForm {
    type Rejection = FormError;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, FormError> {
        let limits = request.extensions().get().copied().unwrap_or_default();
        read(request, &limits).await
    }
}

impl Describe for LoginForm {
    fn describe(operation: &mut Operation) {
        operation.login_form();
    }
}

/// Reads the form of a login, no further than the first error. A body of another type than the two of HTML forms
/// is not read at all: it is an empty form.
async fn read(request: Request<Body>, limits: &FormLimits) -> Result<LoginForm, FormError> {
    let (head, body) = request.into_parts();
    let content_type = head.headers.get(CONTENT_TYPE).map(http::HeaderValue::as_bytes);
    let mut reader = Reader::new(content_type, *limits)?;
    if reader.is_form() {
        let reading = body::read(body, limits.body, |piece| reader.push(piece));
        timeout(limits.time, reading).await.unwrap_or(Err(FormError::Slow))?;
    }
    let mut form = reader.finish()?.into_login()?;
    form.coded = is_coded(&head.headers);
    Ok(form)
}

fn is_coded(headers: &HeaderMap) -> bool {
    headers.get_all(CONTENT_ENCODING).iter().any(|coding| {
        let coding = coding.as_bytes().trim_ascii();
        !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity")
    })
}

/// Reads a form that is all there, in pieces of `piece` bytes (0: in one). Public for fuzzing only.
///
/// # Errors
/// As for a request.
#[doc(hidden)]
pub fn parse_form(
    content_type: Option<&[u8]>,
    body: &[u8],
    piece: usize,
    limits: FormLimits,
) -> Result<LoginForm, FormError> {
    let mut reader = Reader::new(content_type, limits)?;
    let piece = if piece == 0 { body.len().max(1) } else { piece };
    for (taken, data) in body.chunks(piece).enumerate() {
        reader.push(data)?;
        if taken.saturating_mul(piece).saturating_add(data.len()) > limits.body {
            return Err(FormError::TooLarge);
        }
    }
    reader.finish()?.into_login()
}

/// A form on its way in.
enum Reader {
    Other,
    Pairs(Box<Pairs>),
    Parts(Box<Parts>),
}

impl Reader {
    fn new(content_type: Option<&[u8]>, limits: FormLimits) -> Result<Self, FormError> {
        let header = header::parse(content_type.unwrap_or_default());
        Ok(match header.value.as_slice() {
            b"application/x-www-form-urlencoded" => Self::Pairs(Box::new(Pairs::new(limits))),
            b"multipart/form-data" => Self::Parts(Box::new(Parts::new(header.parameter(b"boundary"), limits)?)),
            _ => Self::Other,
        })
    }

    fn is_form(&self) -> bool {
        !matches!(self, Self::Other)
    }

    fn push(&mut self, data: &[u8]) -> Result<(), FormError> {
        match self {
            Self::Other => Ok(()),
            Self::Pairs(pairs) => pairs.push(data),
            Self::Parts(parts) => parts.push(data),
        }
    }

    fn finish(self) -> Result<Fields, FormError> {
        match self {
            Self::Other => Ok(Fields::default()),
            Self::Pairs(pairs) => pairs.finish(),
            Self::Parts(parts) => parts.finish(),
        }
    }
}

/// FastAPI's sentence for the limits on one field; its unit is 1,024 bytes.
fn too_big(what: &str, limit: usize) -> FormError {
    FormError::Malformed(format!("{what} exceeded maximum size of {}KB.", limit >> 10))
}

/// FastAPI's sentence for the limits on the number of fields and files.
fn too_many(what: &str, limit: usize) -> FormError {
    FormError::Malformed(format!("Too many {what}. Maximum number of {what} is {limit}."))
}

#[cfg(test)]
mod tests;
