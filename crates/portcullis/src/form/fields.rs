//! The six parameters of a login, and what FastAPI asks of them.

use serde_json::Value as Json;
use zeroize::Zeroizing;

use super::{FormError, LoginForm};
use crate::detail::{FieldError, ValidationErrors};

/// A parameter that the login knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parameter {
    GrantType,
    Username,
    Password,
    Scope,
    ClientId,
    ClientSecret,
}

/// The longest name, percent-encoded throughout: a longer one is not ours and need not be kept.
pub(super) const LONGEST_NAME: usize = "client_secret".len() * "%63".len();

impl Parameter {
    pub(super) fn named(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"grant_type" => Self::GrantType,
            b"username" => Self::Username,
            b"password" => Self::Password,
            b"scope" => Self::Scope,
            b"client_id" => Self::ClientId,
            b"client_secret" => Self::ClientSecret,
            _ => return None,
        })
    }
}

/// What was sent for one parameter.
pub(super) enum Sent {
    Text(Zeroizing<String>),
    /// A file in the place of a text. Its content is not kept.
    File,
}

/// What has been read so far; of a repeated parameter the last value.
#[derive(Default)]
pub(super) struct Fields {
    grant_type: Option<Sent>,
    username: Option<Sent>,
    password: Option<Sent>,
    scope: Option<Sent>,
    client_id: Option<Sent>,
    client_secret: Option<Sent>,
    repeated: bool,
    replaced: bool,
}

impl Fields {
    /// Takes a text as bytes, which should be UTF-8; what is not becomes U+FFFD.
    pub(super) fn put_text(&mut self, parameter: Parameter, mut bytes: Zeroizing<Vec<u8>>) {
        let text = match String::from_utf8(std::mem::take(&mut *bytes)) {
            Ok(text) => Zeroizing::new(text),
            Err(error) => {
                self.replaced = true;
                let bytes = Zeroizing::new(error.into_bytes());
                Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned())
            }
        };
        self.put(parameter, Sent::Text(text));
    }

    pub(super) fn put(&mut self, parameter: Parameter, sent: Sent) {
        let place = match parameter {
            Parameter::GrantType => &mut self.grant_type,
            Parameter::Username => &mut self.username,
            Parameter::Password => &mut self.password,
            Parameter::Scope => &mut self.scope,
            Parameter::ClientId => &mut self.client_id,
            Parameter::ClientSecret => &mut self.client_secret,
        };
        self.repeated |= place.replace(sent).is_some();
    }

    /// The checks of FastAPI's form, all errors together, in the order of its model.
    pub(super) fn into_login(self) -> Result<LoginForm, FormError> {
        let mut errors = Vec::new();
        let grant_type = text("grant_type", self.grant_type, &mut errors).map(plain);
        if let Some(other) = grant_type.as_deref().filter(|grant| *grant != "password") {
            errors.push(FieldError::pattern(["body", "grant_type"], "^password$", other));
        }
        let username = required("username", self.username, &mut errors);
        let password = required("password", self.password, &mut errors);
        let scope = text("scope", self.scope, &mut errors).map(plain);
        let client_id = text("client_id", self.client_id, &mut errors).map(plain);
        let client_secret = text("client_secret", self.client_secret, &mut errors);
        match (username, password) {
            (Some(username), Some(password)) if errors.is_empty() => Ok(LoginForm {
                grant_type,
                username: plain(username),
                password,
                scope: scope.unwrap_or_default(),
                client_id,
                client_secret,
                repeated: self.repeated,
                replaced: self.replaced,
                coded: false,
            }),
            _ => Err(FormError::Invalid(ValidationErrors::new(errors))),
        }
    }
}

/// A text that is there and not empty: an empty field is an absent one (RFC 6749 §3.2).
fn text(name: &'static str, sent: Option<Sent>, errors: &mut Vec<FieldError>) -> Option<Zeroizing<String>> {
    match sent? {
        Sent::Text(text) => Some(text).filter(|text| !text.is_empty()),
        Sent::File => {
            errors.push(not_a_text(name));
            None
        }
    }
}

fn required(name: &'static str, sent: Option<Sent>, errors: &mut Vec<FieldError>) -> Option<Zeroizing<String>> {
    let known = errors.len();
    let text = text(name, sent, errors);
    if text.is_none() && errors.len() == known {
        errors.push(FieldError::missing(["body", name], Json::Null));
    }
    text
}

/// FastAPI puts its temporary-file object into `input`; nothing of that is the client's business.
fn not_a_text(name: &'static str) -> FieldError {
    FieldError::new(
        "string_type",
        ["body", name],
        "Input should be a valid string",
        Json::Null,
    )
}

fn plain(mut text: Zeroizing<String>) -> String {
    std::mem::take(&mut *text)
}
