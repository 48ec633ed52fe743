//! The form of a login, with FastAPI's checks.

use std::fmt;
use std::ops::Deref;

use axum::body::Body;
use axum::extract::FromRequest;
use http::Request;
use serde_json::Value as Json;
use zeroize::Zeroizing;

use super::error::FormError;
use super::fields::Fields;
use super::parameter::Parameter;
use super::read::read_whole;
use super::sink::Sent;
use crate::detail::{FieldError, ValidationErrors};
use crate::openapi::{Describe, Operation};
use crate::refusal::Refusal;

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
/// The values are those that were sent, whatever their length: what name or password can be right is the application's to
/// say. A form that is larger than [`FormLimits`](crate::FormLimits) allow is refused.
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

impl LoginForm {
    /// What is looked for.
    pub(crate) const PARAMETERS: &[Parameter] = &[
        Parameter::GrantType,
        Parameter::Username,
        Parameter::Password,
        Parameter::Scope,
        Parameter::ClientId,
        Parameter::ClientSecret,
    ];
}

impl<S: Send + Sync> FromRequest<S> for LoginForm {
    type Rejection = FormError;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, FormError> {
        read_whole(request, Self::PARAMETERS).await?.into_login()
    }
}

impl LoginForm {
    /// The same, if two readers of the form cannot differ: no parameter came more than once (RFC 6749 §3.2), and each is UTF-8,
    /// so that different bytes are different texts.
    ///
    /// # Errors
    /// One did, or is not.
    pub fn unambiguous(self) -> Result<Self, Refusal> {
        match self.ambiguity() {
            Some(error) => Err(FormError::Invalid(error.into()).into()),
            None => Ok(self),
        }
    }

    /// What was asked for, name by name: FastAPI's `scopes`, split where Python splits.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        let blank = |letter: char| letter.is_whitespace() || matches!(letter, '\u{1c}'..='\u{1f}');
        self.scope.split(blank).filter(|name| !name.is_empty())
    }

    fn ambiguity(&self) -> Option<FieldError> {
        let (kind, msg) = match (self.repeated, self.replaced) {
            (true, _) => ("value_error", "A parameter is given more than once"),
            (false, true) => (
                "string_unicode",
                "Input should be a valid string, unable to parse raw data as a unicode string",
            ),
            (false, false) => return None,
        };
        Some(FieldError::new(kind, ["body"], msg, Json::Null))
    }
}

/// The same form where `grant_type=password` must be there (RFC 6749 §4.3.2), and which is [unambiguous](LoginForm::unambiguous):
/// FastAPI's `OAuth2PasswordRequestFormStrict`.
#[derive(Debug, Clone)]
pub struct StrictLoginForm(pub LoginForm);

impl Deref for StrictLoginForm {
    type Target = LoginForm;

    fn deref(&self) -> &LoginForm {
        &self.0
    }
}

impl<S: Send + Sync> FromRequest<S> for StrictLoginForm {
    type Rejection = FormError;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, FormError> {
        let form = read_whole(request, LoginForm::PARAMETERS).await?.into_login_of(true)?;
        match form.ambiguity() {
            Some(error) => Err(FormError::Invalid(error.into())),
            None => Ok(Self(form)),
        }
    }
}

impl Describe for StrictLoginForm {
    fn describe(operation: &mut Operation) {
        operation.strict_login_form();
    }
}

impl Describe for LoginForm {
    fn describe(operation: &mut Operation) {
        operation.login_form();
    }
}

impl Fields {
    /// The checks of FastAPI's form, all errors together, in the order of its model.
    pub(crate) fn into_login(self) -> Result<LoginForm, FormError> {
        self.into_login_of(false)
    }

    /// The same, and whether the grant must be named.
    fn into_login_of(mut self, strict: bool) -> Result<LoginForm, FormError> {
        let repeated = LoginForm::PARAMETERS.iter().any(|known| self.repeated(*known));
        let mut read = Reading::default();
        let grant_type = match strict {
            true => read.required(&mut self, Parameter::GrantType),
            false => read.text(&mut self, Parameter::GrantType),
        };
        let grant_type = grant_type.map(plain);
        if let Some(other) = grant_type.as_deref().filter(|grant| *grant != "password") {
            let input = if other.len() > Parameter::GrantType.most() {
                Json::Null
            } else {
                other.into()
            };
            let error = FieldError::pattern(["body", "grant_type"], "^password$", input);
            read.errors.push(error);
        }
        let username = read.required(&mut self, Parameter::Username);
        let password = read.required(&mut self, Parameter::Password);
        let scope = read.text(&mut self, Parameter::Scope).map(plain);
        let client_id = read.text(&mut self, Parameter::ClientId).map(plain);
        let client_secret = read.text(&mut self, Parameter::ClientSecret);
        match (username, password) {
            (Some(username), Some(password)) if read.errors.is_empty() => Ok(LoginForm {
                grant_type,
                username: plain(username),
                password,
                scope: scope.unwrap_or_default(),
                client_id,
                client_secret,
                repeated,
                replaced: read.replaced,
                coded: self.coded,
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
    /// A text that is there and not empty: an empty field is an absent one (RFC 6749 §3.2). One of which only that is known,
    /// at an endpoint of ours, that it was too long is one that is too long, so that it is refused where and as a longer one
    /// always was: as a wrong login.
    fn text(&mut self, fields: &mut Fields, parameter: Parameter) -> Option<Zeroizing<String>> {
        match fields.take(parameter)? {
            Sent::Text(bytes) => Some(self.utf8(bytes)).filter(|text| !text.is_empty()),
            Sent::TooLong => Some(Zeroizing::new("x".repeat(parameter.most().saturating_add(1)))),
            Sent::File => {
                self.errors.push(not_a_text(parameter.name()));
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

    fn required(&mut self, fields: &mut Fields, parameter: Parameter) -> Option<Zeroizing<String>> {
        let known = self.errors.len();
        let text = self.text(fields, parameter);
        if text.is_none() && self.errors.len() == known {
            self.errors
                .push(FieldError::missing(["body", parameter.name()], Json::Null));
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
