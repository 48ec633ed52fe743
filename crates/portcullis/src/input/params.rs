//! The parameters of the query and of the path.

use std::ops::{Deref, DerefMut};

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::check::Check;
use super::fields::members;
use super::keyword::list;
use super::shape::Shape;
use super::{InputRefusal, read};
use crate::detail::FieldError;
use crate::openapi::{Describe, In, Operation, PathKey};
use crate::refusal::Refusal;

/// The query, read into a struct: each field is a parameter, in the document too.
///
/// ```
/// use portcullis::{ApiRouter, Query, get};
/// use schemars::JsonSchema;
/// use serde::Deserialize;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Search {
///     /// What to look for.
///     q: String,
///     #[serde(default)]
///     tag: Vec<String>,
///     limit: Option<u8>,
/// }
///
/// async fn find(Query(search): Query<Search>) -> String {
///     search.q
/// }
///
/// let routes: ApiRouter = ApiRouter::new().api_route("/items/", get(find));
/// ```
///
/// Texts become what the schema says they are, as pydantic converts them (`1`, `true`, `yes` and `on` are true). A
/// field that is a list takes every parameter of its name, any other one the last. Parameters that no field names are
/// passed over, unless the type denies them. What is refused is refused as with [`Json`](crate::Json).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Query<T>(pub T);

/// The parameters of the path: a single value, a tuple in the order of the route, or a struct by name.
///
/// ```
/// use portcullis::{ApiRouter, Path, get};
///
/// async fn read_item(Path(item_id): Path<u32>) -> String {
///     item_id.to_string()
/// }
///
/// async fn read_part(Path((item_id, part)): Path<(u32, String)>) -> String {
///     format!("{part} of {item_id}")
/// }
///
/// let routes: ApiRouter = ApiRouter::new()
///     .api_route("/items/{item_id}", get(read_item))
///     .api_route("/items/{item_id}/{part}", get(read_part));
/// ```
///
/// Refused as [`Query`], with 422. A type that asks for other parameters than the route has is a mistake in the
/// program: answered with 500 and logged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Path<T>(pub T);

macro_rules! wraps {
    ($($name:ident),+) => {$(
        impl<T> Deref for $name<T> {
            type Target = T;

            fn deref(&self) -> &T {
                &self.0
            }
        }

        impl<T> DerefMut for $name<T> {
            fn deref_mut(&mut self) -> &mut T {
                &mut self.0
            }
        }
    )+};
}
wraps!(Query, Path);

impl<S, T> FromRequestParts<S> for Query<T>
where
    S: Send + Sync,
    T: DeserializeOwned + JsonSchema + 'static,
{
    type Rejection = InputRefusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, InputRefusal> {
        let pairs = axum::extract::Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        let axum::extract::Query(pairs) = pairs.map_err(|_| {
            let msg = "Value error, the query cannot be read";
            FieldError::new("value_error", ["query"], msg, Value::Null)
        })?;
        let shape = Shape::of::<T>();
        let mut value = Value::Object(members(&shape, pairs));
        let mut check = Check::new(&shape, "query");
        check.value(&[shape.root()], &mut value);
        read::checked(check, value, "query").map(Self)
    }
}

impl<S, T> FromRequestParts<S> for Path<T>
where
    S: Send + Sync,
    T: DeserializeOwned + JsonSchema + 'static,
{
    type Rejection = InputRefusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, InputRefusal> {
        read_path(parts, None).await.map(Self)
    }
}

/// The parameters of the path as a `T`; where one is `named`, that one alone.
pub(crate) async fn read_path<T>(parts: &mut Parts, named: Option<&str>) -> Result<T, InputRefusal>
where
    T: DeserializeOwned + JsonSchema + 'static,
{
    let params = RawPathParams::from_request_parts(parts, &()).await.map_err(|_| {
        let msg = "Input should be a valid string, unable to parse raw data as a unicode string";
        FieldError::new("string_unicode", ["path"], msg, Value::Null)
    })?;
    let asked = params
        .iter()
        .filter(|(name, _)| named.is_none_or(|named| named == *name));
    let pairs: Vec<(&str, Value)> = asked.map(|(name, text)| (name, text.into())).collect();
    let shape = Shape::of::<T>();
    let mut check = Check::new(&shape, "path");
    let value = arrange(&mut check, pairs).ok_or_else(|| {
        tracing::error!(
            handler_takes = std::any::type_name::<T>(),
            "the route has other path parameters"
        );
        InputRefusal::Unread(Refusal::Failed)
    })?;
    read::checked(check, value, "path")
}

/// The parameters as the type wants them; `None` if they are not those that it wants.
fn arrange(check: &mut Check<'_>, mut pairs: Vec<(&str, Value)>) -> Option<Value> {
    let schema = check.shape.root();
    let places = list(schema, "prefixItems");
    if !places.is_empty() {
        if places.len() != pairs.len() {
            return None;
        }
        for (place, (name, text)) in places.into_iter().zip(&mut pairs) {
            check.at((*name).to_owned(), &[place], text);
        }
        return Some(pairs.into_iter().map(|(_, text)| text).collect());
    }
    if schema.get("type").is_some_and(|kind| kind == "object") {
        let there = |name: &&Value| pairs.iter().any(|(own, _)| *name == own);
        if !list(schema, "required").iter().all(there) {
            return None;
        }
        let members = pairs.into_iter().map(|(name, text)| (name.to_owned(), text));
        let mut value = Value::Object(members.collect());
        check.value(&[schema], &mut value);
        return Some(value);
    }
    match pairs.as_mut_slice() {
        [(name, text)] => {
            check.at((*name).to_owned(), &[schema], text);
            Some(text.take())
        }
        _ => None,
    }
}

impl<T: JsonSchema> Describe for Query<T> {
    fn describe(operation: &mut Operation) {
        operation.parameters::<T>(In::Query);
        operation.promises(read::unkept::<T>());
    }
}

impl<T: JsonSchema> Describe for Path<T> {
    fn describe(operation: &mut Operation) {
        describe_path::<T>(operation, None);
    }
}

/// Describes what [`read_path`] reads, and gives the parameters that it takes.
pub(crate) fn describe_path<T: JsonSchema>(operation: &mut Operation, named: Option<&str>) -> PathKey {
    operation.promises(read::unkept::<T>());
    operation.path_key::<T>(named)
}
