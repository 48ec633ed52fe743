//! From a request to the fields of its form.

use axum::body::Body;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, Request};
use tokio::time::timeout;

use super::error::FormError;
use super::fields::Fields;
use super::header;
use super::known::Known;
use super::limits::FormLimits;
use super::multipart::Parts;
use super::named::Named;
use super::parameter::Parameter;
use super::sink::{Sent, Sink};
use super::urlencoded::Pairs;
use crate::body;

/// Reads the parameters that are `known` out of a form for an endpoint of ours, no further than the first error, under the
/// [`FormLimits`] that come with the request. A body of another type than the two of HTML forms is not read at all: it is an
/// empty form.
pub(crate) async fn read(request: Request<Body>, known: &'static [Parameter]) -> Result<Fields, FormError> {
    read_known(request, Known::bounded(known)).await
}

/// The same for a handler that is not ours: each value is what was sent.
///
/// # Errors
/// As [`read`], and a form of which not everything could be kept ([`FormError::TooLarge`]).
pub(super) async fn read_whole(request: Request<Body>, known: &'static [Parameter]) -> Result<Fields, FormError> {
    read_known(request, Known::whole(known)).await?.whole()
}

/// Every field of a form for a handler that is not ours.
///
/// # Errors
/// As [`read`], and a form of which not everything could be kept ([`FormError::TooLarge`]).
pub(crate) async fn read_all(request: Request<Body>) -> Result<Named, FormError> {
    let Named(fields) = read_into(Named::default(), request).await?;
    match fields.iter().any(|(_, sent)| matches!(sent, Sent::TooLong)) {
        true => Err(FormError::TooLarge),
        false => Ok(Named(fields)),
    }
}

async fn read_known(request: Request<Body>, known: Known) -> Result<Fields, FormError> {
    let coded = is_coded(request.headers());
    let mut fields = read_into(known, request).await?.fields;
    fields.coded = coded;
    Ok(fields)
}

async fn read_into<S: Sink>(sink: S, request: Request<Body>) -> Result<S, FormError> {
    let (head, body) = request.into_parts();
    let limits: FormLimits = head.extensions.get().copied().unwrap_or_default();
    let content_type = head.headers.get(CONTENT_TYPE).map(http::HeaderValue::as_bytes);
    let mut reader = Reader::new(content_type, sink, limits)?;
    if reader.is_form() {
        let reading = body::read(body, limits.body, |piece| reader.push(piece));
        timeout(limits.time, reading).await.unwrap_or(Err(FormError::Slow))?;
    }
    reader.finish()
}

/// What HTML forms are sent as.
const URLENCODED: &[u8] = b"application/x-www-form-urlencoded";
const MULTIPART: &[u8] = b"multipart/form-data";

/// Whether a body says that it is one of an HTML form.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    [URLENCODED, MULTIPART].contains(&media_type(headers).as_slice())
}

/// Whether it says that it is one as browsers send it unless told otherwise.
pub(crate) fn is_urlencoded(headers: &HeaderMap) -> bool {
    media_type(headers) == URLENCODED
}

fn media_type(headers: &HeaderMap) -> Vec<u8> {
    let content_type = headers.get(CONTENT_TYPE).map(http::HeaderValue::as_bytes);
    header::parse(content_type.unwrap_or_default()).value
}

fn is_coded(headers: &HeaderMap) -> bool {
    headers.get_all(CONTENT_ENCODING).iter().any(|coding| {
        let coding = coding.as_bytes().trim_ascii();
        !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity")
    })
}

/// Reads a form that is all there as an endpoint of ours does, in pieces of `piece` bytes (0: in one).
pub(super) fn parse(
    content_type: Option<&[u8]>,
    body: &[u8],
    piece: usize,
    known: &'static [Parameter],
    limits: FormLimits,
) -> Result<Fields, FormError> {
    let mut reader = Reader::new(content_type, Known::bounded(known), limits)?;
    let piece = if piece == 0 { body.len().max(1) } else { piece };
    for (taken, data) in body.chunks(piece).enumerate() {
        reader.push(data)?;
        if taken.saturating_mul(piece).saturating_add(data.len()) > limits.body {
            return Err(FormError::TooLarge);
        }
    }
    Ok(reader.finish()?.fields)
}

/// A form on its way in.
enum Reader<S: Sink> {
    Other(S),
    Pairs(Box<Pairs<S>>),
    Parts(Box<Parts<S>>),
}

impl<S: Sink> Reader<S> {
    fn new(content_type: Option<&[u8]>, sink: S, limits: FormLimits) -> Result<Self, FormError> {
        let header = header::parse(content_type.unwrap_or_default());
        Ok(match header.value.as_slice() {
            URLENCODED => Self::Pairs(Box::new(Pairs::new(sink, limits))),
            MULTIPART => Self::Parts(Box::new(Parts::new(header.parameter(b"boundary"), sink, limits)?)),
            _ => Self::Other(sink),
        })
    }

    fn is_form(&self) -> bool {
        !matches!(self, Self::Other(_))
    }

    fn push(&mut self, data: &[u8]) -> Result<(), FormError> {
        match self {
            Self::Other(_) => Ok(()),
            Self::Pairs(pairs) => pairs.push(data),
            Self::Parts(parts) => parts.push(data),
        }
    }

    fn finish(self) -> Result<S, FormError> {
        match self {
            Self::Other(sink) => Ok(sink),
            Self::Pairs(pairs) => pairs.finish(),
            Self::Parts(parts) => parts.finish(),
        }
    }
}
