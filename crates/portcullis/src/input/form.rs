//! The fields of a form.

use std::ops::{Deref, DerefMut};

use axum::extract::{FromRequest, Request};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::check::Check;
use super::fields::members;
use super::shape::Shape;
use super::{InputRefusal, read};
use crate::detail::FieldError;
use crate::form::{FormError, Named, Sent, read_all};
use crate::openapi::{Describe, Operation};
use crate::refusal::Refusal;

/// The fields of a form, read into a struct: FastAPI's `Form()`. What a login sends is [`LoginForm`](crate::LoginForm).
///
/// ```
/// use portcullis::{ApiRouter, Form, post};
/// use schemars::JsonSchema;
/// use serde::Deserialize;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Comment {
///     #[schemars(length(max = 500))]
///     text: String,
///     #[serde(default)]
///     tag: Vec<String>,
///     stars: Option<u8>,
/// }
///
/// async fn send(Form(comment): Form<Comment>) -> String {
///     comment.text
/// }
///
/// let routes: ApiRouter = ApiRouter::new().api_route("/comments/", post(send));
/// ```
///
/// **Taken** is `application/x-www-form-urlencoded`, and the texts of `multipart/form-data`, under the
/// [`FormLimits`](crate::FormLimits); a body of any other type is an empty form, as it is for FastAPI. Texts become what the
/// schema says they are, and everything that the schema asks is asked of them, as with [`Query`](crate::Query). A field that is
/// a list takes every text of its name, any other one the last; there an empty text is none, as browsers send one for what was not
/// filled in. Fields that the type does not name are passed over, unless it denies them.
///
/// **Refused** is with 422 and FastAPI's list of errors, as with [`Json`](crate::Json); also a text that is no UTF-8, and a file
/// in the place of a text. 400, 408 and 413: see [`FormError`](crate::FormError). Files are for axum's `Multipart`, in
/// [`Undescribed`](crate::openapi::Undescribed).
///
/// A page of another site can send a form without asking first. Where a cookie says who the user is, the guards look who asks;
/// a handler without a guard must do so itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Form<T>(pub T);

impl<T> Deref for Form<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Form<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<S, T> FromRequest<S> for Form<T>
where
    S: Send + Sync,
    T: DeserializeOwned + JsonSchema + 'static,
{
    type Rejection = InputRefusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, InputRefusal> {
        read_fields(read_all(request).await?).map(Self)
    }
}

fn read_fields<T: DeserializeOwned + JsonSchema + 'static>(Named(fields): Named) -> Result<T, InputRefusal> {
    let shape = Shape::of::<T>();
    let mut check = Check::new(&shape, "body");
    let mut pairs = Vec::new();
    for (name, sent) in fields {
        // Nobody asks for a field whose name is no text.
        let Ok(name) = String::from_utf8(name) else { continue };
        match text(sent) {
            Ok(text) => pairs.push((name, text)),
            Err((kind, msg)) if is_looked_for(&shape, &name) => {
                check.step(name, |check| check.wrong(kind, msg, &Value::Null));
            }
            Err(_) => {}
        }
    }
    if !check.errors.is_empty() {
        return Err(check.errors.into());
    }
    let mut members = members(&shape, pairs);
    members.retain(|_, value| value.as_str() != Some(""));
    let mut value = Value::Object(members);
    check.value(&[shape.root()], &mut value);
    for error in &mut check.errors {
        if error.kind() == "missing" {
            // Of a field that is not there nothing was sent; with an object it would be what stands beside.
            *error = FieldError::missing(error.loc().to_vec(), Value::Null);
        }
    }
    read::checked(check, value, "body")
}

/// Whether a field of this name is looked at.
fn is_looked_for(shape: &Shape, name: &str) -> bool {
    let named = shape.root().get("properties");
    named.is_none_or(|fields| fields.get(name).is_some())
}

/// What was sent as a text, or why it is none, in pydantic's words.
fn text(sent: Sent) -> Result<String, (&'static str, &'static str)> {
    match sent {
        Sent::Text(mut bytes) => String::from_utf8(std::mem::take(&mut *bytes)).map_err(|_| {
            let msg = "Input should be a valid string, unable to parse raw data as a unicode string";
            ("string_unicode", msg)
        }),
        Sent::TooLong | Sent::File => Err(("string_type", "Input should be a valid string")),
    }
}

impl From<FormError> for InputRefusal {
    fn from(error: FormError) -> Self {
        match error {
            FormError::Invalid(errors) => Self::Invalid(errors),
            unread => Self::Unread(Refusal::from(unread)),
        }
    }
}

impl<T: JsonSchema> Describe for Form<T> {
    fn describe(operation: &mut Operation) {
        operation.body_of::<T>("application/x-www-form-urlencoded");
        operation.promises(read::unkept::<T>());
    }
}
