//! The login form of `POST /token`, read as FastAPI reads `OAuth2PasswordRequestForm`: urlencoded or multipart, field
//! by field, with bounded memory.

mod fields;
mod header;
mod multipart;
mod scan;
mod urlencoded;

use std::fmt;

use axum::body::Body;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use zeroize::Zeroizing;

use crate::detail::ValidationErrors;
use fields::Fields;
use multipart::Parts;
use urlencoded::Pairs;

/// How much of a form is read. The defaults are those of FastAPI, with a bound on the whole body, which it lacks.
///
/// Of a field that the login does not know nothing is kept, so a request holds at most six fields of
/// [`field`](FormLimits::field) bytes beside one network buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FormLimits {
    /// The whole body, in bytes as sent. Beyond it: 413. Default 4 MiB.
    pub body: usize,
    /// How many fields, and apart from them how many files. Beyond it: 400. Default 1,000.
    pub fields: usize,
    /// Name and value of one field together (multipart: the value alone), in bytes as sent. Beyond it: 400.
    /// Default 1,048,576.
    pub field: usize,
}

impl Default for FormLimits {
    fn default() -> Self {
        Self {
            body: 4 << 20,
            fields: 1_000,
            field: 1 << 20,
        }
    }
}

/// A form whose fields are all there. `Debug` hides the secrets.
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

/// Reads the form of a login, no further than the first error. A body of another type than the two of HTML forms
/// is not read at all: it is an empty form.
///
/// # Errors
/// See [`FormError`].
pub(crate) async fn read(request: Request<Body>, limits: &FormLimits) -> Result<LoginForm, FormError> {
    let (head, mut body) = request.into_parts();
    let content_type = head.headers.get(CONTENT_TYPE).map(http::HeaderValue::as_bytes);
    let mut reader = Reader::new(content_type, *limits)?;
    while reader.is_form() {
        let Some(frame) = body.frame().await else { break };
        match frame.map_err(|error| broken_off(&error))?.into_data() {
            Ok(data) => reader.push(&data)?,
            Err(_trailers) => break,
        }
    }
    let mut form = reader.finish()?.into_login()?;
    form.coded = is_coded(&head.headers);
    Ok(form)
}

/// The server ends a body that stalls with a time-out; every other failure is the client's going away.
fn broken_off(error: &axum::Error) -> FormError {
    let mut causes = std::iter::successors(Some(error as &dyn std::error::Error), |cause| cause.source());
    let slow = causes.any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|cause| cause.kind() == std::io::ErrorKind::TimedOut)
    });
    if slow { FormError::Slow } else { FormError::Incomplete }
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
    for data in body.chunks(piece) {
        reader.push(data)?;
    }
    reader.finish()?.into_login()
}

/// A form on its way in.
struct Reader {
    kind: Kind,
    room: usize,
}

enum Kind {
    Other,
    Pairs(Box<Pairs>),
    Parts(Box<Parts>),
}

impl Reader {
    fn new(content_type: Option<&[u8]>, limits: FormLimits) -> Result<Self, FormError> {
        let header = header::parse(content_type.unwrap_or_default());
        let kind = match header.value.as_slice() {
            b"application/x-www-form-urlencoded" => Kind::Pairs(Box::new(Pairs::new(limits))),
            b"multipart/form-data" => Kind::Parts(Box::new(Parts::new(header.parameter(b"boundary"), limits)?)),
            _ => Kind::Other,
        };
        Ok(Self {
            kind,
            room: limits.body,
        })
    }

    fn is_form(&self) -> bool {
        !matches!(self.kind, Kind::Other)
    }

    fn push(&mut self, data: &[u8]) -> Result<(), FormError> {
        match &mut self.kind {
            Kind::Other => {}
            Kind::Pairs(pairs) => pairs.push(data)?,
            Kind::Parts(parts) => parts.push(data)?,
        }
        self.room = self.room.checked_sub(data.len()).ok_or(FormError::TooLarge)?;
        Ok(())
    }

    fn finish(self) -> Result<Fields, FormError> {
        match self.kind {
            Kind::Other => Ok(Fields::default()),
            Kind::Pairs(pairs) => pairs.finish(),
            Kind::Parts(parts) => parts.finish(),
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
