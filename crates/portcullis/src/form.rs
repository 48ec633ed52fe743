//! The forms of the OAuth endpoints: urlencoded or multipart, field by field, with bounded memory. The login form of
//! `POST /token` is read as FastAPI reads `OAuth2PasswordRequestForm`.

use zeroize::Zeroizing;

use known::Known;

mod error;
mod fields;
mod header;
mod known;
mod limits;
mod login;
mod multipart;
mod named;
mod parameter;
mod part;
mod read;
mod scan;
mod sink;
mod strict;
mod text;
mod urlencoded;

pub use error::FormError;
pub(crate) use fields::Fields;
pub use limits::FormLimits;
pub use login::{LoginForm, StrictLoginForm};
pub(crate) use named::Named;
pub(crate) use parameter::Parameter;
pub(crate) use read::{is_form, is_urlencoded, read, read_all};
pub(crate) use sink::Sent;
pub(crate) use strict::StrictForm;
pub(crate) use urlencoded::decode;

/// The fields of a text in the notation of URLs: those of a query, say.
///
/// # Errors
/// As for a form.
pub(crate) fn parsed(text: &str, known: &'static [Parameter]) -> Result<Fields, FormError> {
    let mut pairs = urlencoded::Pairs::new(Known::bounded(known), FormLimits::default());
    pairs.push(text.as_bytes())?;
    Ok(pairs.finish()?.fields)
}

/// The text of the one parameter that is looked for in a form that is all there, if it came once and can be right.
pub(crate) fn only_text(form: &[u8], looked_for: &'static [Parameter; 1]) -> Option<String> {
    let limits = FormLimits {
        body: usize::MAX,
        ..FormLimits::default()
    };
    let mut pairs = urlencoded::Pairs::new(Known::bounded(looked_for), limits);
    pairs.push(form).ok()?;
    let [parameter] = looked_for;
    let text = pairs.finish().ok()?.fields.strict(looked_for).ok()?.take(*parameter)?;
    Some(text.to_string())
}

/// Reads a login form that is all there, in pieces of `piece` bytes (0: in one). Public for fuzzing only.
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
    read::parse(content_type, body, piece, LoginForm::PARAMETERS, limits)?.into_login()
}

/// Reads a form that is all there as RFC 6749 §3.2 does: what was sent of the parameters that our endpoints know, by their
/// names; `None`: it is refused. Public for fuzzing only.
#[doc(hidden)]
pub fn parse_strict_form(
    content_type: Option<&[u8]>,
    body: &[u8],
    piece: usize,
    limits: FormLimits,
) -> Option<Vec<(&'static str, Zeroizing<String>)>> {
    let fields = read::parse(content_type, body, piece, Parameter::ALL, limits);
    let mut form = fields.ok()?.strict(Parameter::ALL).ok()?;
    let sent = |parameter: &Parameter| Some((parameter.name(), form.take(*parameter)?));
    Some(Parameter::ALL.iter().filter_map(sent).collect())
}

#[cfg(test)]
mod tests;
