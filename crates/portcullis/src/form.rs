//! The forms of the OAuth endpoints: urlencoded or multipart, field by field, with bounded memory. The login form of
//! `POST /token` is read as FastAPI reads `OAuth2PasswordRequestForm`.

mod error;
mod fields;
mod header;
mod limits;
mod login;
mod multipart;
mod parameter;
mod read;
mod scan;
mod text;
mod urlencoded;

pub use error::FormError;
pub use limits::FormLimits;
pub use login::LoginForm;

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

#[cfg(test)]
mod tests;
