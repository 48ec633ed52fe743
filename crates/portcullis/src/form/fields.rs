//! The six parameters of a login, and what FastAPI asks of them.

use portcullis_core::{Password, ScopeSet, UserId};
use serde_json::Value as Json;
use zeroize::Zeroizing;

use super::text::Text;
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

    /// A text to keep its value in, as long as the longest that can be right.
    pub(super) fn text(self) -> Text {
        Text::new(match self {
            Self::GrantType | Self::Username | Self::ClientId => UserId::MAX_LEN,
            Self::Password | Self::ClientSecret => Password::MAX_LEN,
            Self::Scope => ScopeSet::MAX_LEN,
        })
    }
}

/// What was sent for one parameter.
pub(super) enum Sent {
    Text(Zeroizing<Vec<u8>>),
    /// More than can be right; it was not kept.
    TooLong,
    /// A file in the place of a text. Its content is not kept.
    File,
}

impl From<Text> for Sent {
    fn from(text: Text) -> Self {
        text.finish().map_or(Self::TooLong, Self::Text)
    }
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
}

impl Fields {
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
        let mut read = Reading::default();
        let grant_type = read.text("grant_type", self.grant_type, UserId::MAX_LEN).map(plain);
        if let Some(other) = grant_type.as_deref().filter(|grant| *grant != "password") {
            let input = if other.len() > UserId::MAX_LEN {
                Json::Null
            } else {
                other.into()
            };
            let error = FieldError::pattern(["body", "grant_type"], "^password$", input);
            read.errors.push(error);
        }
        let username = read.required("username", self.username, UserId::MAX_LEN);
        let password = read.required("password", self.password, Password::MAX_LEN);
        let scope = read.text("scope", self.scope, ScopeSet::MAX_LEN).map(plain);
        let client_id = read.text("client_id", self.client_id, UserId::MAX_LEN).map(plain);
        let client_secret = read.text("client_secret", self.client_secret, Password::MAX_LEN);
        match (username, password) {
            (Some(username), Some(password)) if read.errors.is_empty() => Ok(LoginForm {
                grant_type,
                username: plain(username),
                password,
                scope: scope.unwrap_or_default(),
                client_id,
                client_secret,
                repeated: self.repeated,
                replaced: read.replaced,
                coded: false,
            }),
            _ => Err(FormError::Invalid(ValidationErrors::new(read.errors))),
        }
    }
}

/// The fields as they become texts.
#[derive(Default)]
struct Reading {
    errors: Vec<FieldError>,
    replaced: bool,
}

impl Reading {
    /// A text that is there and not empty: an empty field is an absent one (RFC 6749 §3.2). One that was too long is
    /// one that is too long, so that it is refused where and as a longer one always was: as a wrong login.
    fn text(&mut self, name: &'static str, sent: Option<Sent>, most: usize) -> Option<Zeroizing<String>> {
        match sent? {
            Sent::Text(bytes) => Some(self.utf8(bytes)).filter(|text| !text.is_empty()),
            Sent::TooLong => Some(Zeroizing::new("x".repeat(most.saturating_add(1)))),
            Sent::File => {
                self.errors.push(not_a_text(name));
                None
            }
        }
    }

    /// What is no UTF-8 becomes U+FFFD.
    fn utf8(&mut self, mut bytes: Zeroizing<Vec<u8>>) -> Zeroizing<String> {
        match String::from_utf8(std::mem::take(&mut *bytes)) {
            Ok(text) => Zeroizing::new(text),
            Err(error) => {
                self.replaced = true;
                let bytes = Zeroizing::new(error.into_bytes());
                Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned())
            }
        }
    }

    fn required(&mut self, name: &'static str, sent: Option<Sent>, most: usize) -> Option<Zeroizing<String>> {
        let known = self.errors.len();
        let text = self.text(name, sent, most);
        if text.is_none() && self.errors.len() == known {
            self.errors.push(FieldError::missing(["body", name], Json::Null));
        }
        text
    }
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
