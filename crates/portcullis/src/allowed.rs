//! Rights on single objects: the handler gets the object, or the request is refused.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::ops::Deref;

use axum::extract::{FromRef, FromRequestParts};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use portcullis_core::{Auth, Declared, Scopes, StoreError, User};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::extract::Scoped;
use crate::input::{InputRefusal, describe_path, read_path};
use crate::openapi::{Describe, GuardedObject, Operation, Respond, names};
use crate::refusal::Refusal;

/// A kind of object on which there is the right `R`: how one is loaded, and who has the right to it.
///
/// A right is a type of its own, `struct Edit;`. [`Allowed<Edit, Post>`](Allowed) in a handler's signature does the rest.
///
/// ```
/// use portcullis::prelude::*;
///
/// /// The right to change a post.
/// struct Edit;
///
/// struct Post {
///     author: UserId,
///     text: String,
/// }
///
/// #[derive(Clone, FromRef)]
/// struct App {
///     auth: Auth,
///     database: Database,
/// }
///
/// impl Guarded<Edit> for Post {
///     type User = Account;
///     type Key = i64;
///     type State = Database;
///
///     async fn load(database: &Database, id: i64) -> Result<Option<Self>, StoreError> {
///         database.read(|connection| {
///             let mut found = connection.prepare_cached("SELECT author, text FROM posts WHERE id = ?1")?;
///             let mut posts = found.query_map([id], |row| {
///                 let author: String = row.get(0)?;
///                 Ok(Post { author: UserId::new(author), text: row.get(1)? })
///             })?;
///             posts.next().transpose()
///         })
///     }
///
///     fn allows(&self, user: &Account) -> bool {
///         self.author == user.id()
///     }
/// }
///
/// async fn read_draft(post: Allowed<Edit, Post>) -> String {
///     post.into_inner().text
/// }
///
/// let routes: ApiRouter<App> = ApiRouter::new().api_route("/posts/{post_id}/draft", get(read_draft));
/// ```
///
/// Of a second right on the same objects `load` may be the first one's: `<Self as Guarded<Edit>>::load(database, id).await`.
#[diagnostic::on_unimplemented(
    message = "nothing says who has the right `{R}` to a `{Self}`",
    label = "`Allowed<{R}, {Self}>` needs `impl Guarded<{R}> for {Self}`",
    note = "write `impl Guarded<{R}> for {Self}`: `User`, `Key` and `State`, how one is loaded (`load`), and who may (`allows`)"
)]
pub trait Guarded<R>: Sized {
    /// Whose rights: the user model of the application's `Auth`.
    type User: User;

    /// What the path names an object by, as [`Path`](crate::Path) takes it: a single value where the path has one parameter or
    /// [`PARAMETER`](Guarded::PARAMETER) says which; a struct with the parameters' names; or a tuple of all of them.
    type Key: DeserializeOwned + JsonSchema + Send + 'static;

    /// The part of the application's state that objects are loaded from.
    type State: Send + Sync;

    /// Whether who has no right shall not know that there is the object: the answer is then the one for an object that does not
    /// exist ([`Answers::no_object`](crate::Answers::no_object)), and the same was done for it. Otherwise it is
    /// [`Answers::not_allowed`](crate::Answers::not_allowed).
    const HIDDEN: bool = true;

    /// The path parameter that names it, where the path has others beside and [`Key`](Guarded::Key) is a single value.
    const PARAMETER: Option<&'static str> = None;

    /// The scopes that a token must have for this right, whoever has it: `Items::LIST`, `<(Items, Me)>::LIST`.
    const SCOPES: &'static [Declared] = &[];

    /// The object; `None` if there is none. Asked only for a user who is active and whose token has the scopes.
    ///
    /// # Errors
    /// It cannot be known just now. The answer is 503, never 404; the cause is logged.
    fn load(state: &Self::State, key: Self::Key) -> impl Future<Output = Result<Option<Self>, StoreError>> + Send;

    /// Whether this user has the right. It is asked of an object as it was loaded: a change of it later must not rely on that.
    fn allows(&self, user: &Self::User) -> bool;
}

/// An object that the active user of a good token has the right `R` to: a handler that names it is called with nothing else.
///
/// In this order: the user is asked for as by [`Scoped`], the path's parameters are read as by [`Path`](crate::Path) (422), the
/// object is loaded (503 where that fails), and the right is looked at (404, or 403). See [`Guarded`].
///
/// Several in one signature are several objects, each with a key of its own. Who the user is, [`ActiveUser`](crate::ActiveUser)
/// tells beside it and nothing is asked twice.
pub struct Allowed<R, T: Guarded<R>> {
    object: T,
    right: PhantomData<fn() -> R>,
}

impl<R, T: Guarded<R>> Allowed<R, T> {
    /// The object.
    pub fn into_inner(self) -> T {
        self.object
    }
}

impl<R, T: Guarded<R>> Deref for Allowed<R, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.object
    }
}

impl<R, T: Guarded<R> + fmt::Debug> fmt::Debug for Allowed<R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Allowed").field(&self.object).finish()
    }
}

impl<R, T: Guarded<R> + Clone> Clone for Allowed<R, T> {
    fn clone(&self) -> Self {
        Self {
            object: self.object.clone(),
            right: PhantomData,
        }
    }
}

/// Why [`Allowed`] hands no object over.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ObjectRefusal {
    /// No user, none who may, or no such object.
    Refused(Refusal),
    /// The path's parameters are not of their type: 422 with FastAPI's list.
    Key(InputRefusal),
}

impl From<Refusal> for ObjectRefusal {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<InputRefusal> for ObjectRefusal {
    fn from(refusal: InputRefusal) -> Self {
        Self::Key(refusal)
    }
}

impl IntoResponse for ObjectRefusal {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(refusal) => refusal.into_response(),
            Self::Key(refusal) => refusal.into_response(),
        }
    }
}

impl Respond for ObjectRefusal {
    /// Nothing: what is guarded documents its refusals itself.
    fn respond(_: &mut Operation) {}
}

/// The scopes that the right `R` to a `T` asks for.
struct Asked<R, T>(PhantomData<fn() -> (R, T)>);

impl<R: 'static, T: Guarded<R> + 'static> Scopes for Asked<R, T> {
    const LIST: &'static [Declared] = T::SCOPES;
}

/// The user whom `Allowed<R, T>` asks for.
type Asking<R, T> = Scoped<Asked<R, T>, <T as Guarded<R>>::User>;

impl<S, R, T> FromRequestParts<S> for Allowed<R, T>
where
    S: Send + Sync,
    R: 'static,
    T: Guarded<R> + 'static,
    Auth<T::User>: FromRef<S>,
    T::State: FromRef<S>,
{
    type Rejection = ObjectRefusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ObjectRefusal> {
        let user = Asking::<R, T>::from_request_parts(parts, state).await?;
        let key = read_path::<T::Key>(parts, T::PARAMETER).await?;
        let own = T::State::from_ref(state);
        match T::load(&own, key).await.map_err(Refusal::from)? {
            Some(object) if object.allows(&user) => Ok(Self {
                object,
                right: PhantomData,
            }),
            Some(_) if !T::HIDDEN => Err(Refusal::NotAllowed.into()),
            Some(_) | None => Err(Refusal::NoObject.into()),
        }
    }
}

impl<R: 'static, T: Guarded<R> + 'static> Describe for Allowed<R, T> {
    fn describe(operation: &mut Operation) {
        Asking::<R, T>::describe(operation);
        let key = describe_path::<T::Key>(operation, T::PARAMETER);
        let named = |type_name| names::function_name(type_name).unwrap_or_else(|| String::from(type_name));
        operation.guards_object(GuardedObject {
            object: named(std::any::type_name::<T>()),
            right: named(std::any::type_name::<R>()),
            hidden: T::HIDDEN,
            key,
        });
    }
}

#[cfg(test)]
mod tests;
