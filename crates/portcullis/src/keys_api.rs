//! API keys over HTTP: one's own, and those of all users for administrators.

mod models;
mod refusal;

use axum::extract::FromRef;
use axum::response::NoContent;
use http::StatusCode;
use portcullis_core::{Account, AccountStore, Accounts, ApiKeyId, ApiKeys, Auth, User, UserId};

use crate::accounts_api::{UsersRead, UsersWrite};
use crate::by::{By, in_person};
use crate::extract::{ActiveUser, Authenticated, Scoped};
use crate::input::{Json, Path};
use crate::openapi::{Operation, ResponseObject};
use crate::router::{ApiRouter, delete, get};
pub use models::{ApiKeyDetails, ApiKeyWithText};
use models::{KeyList, NewKey};
use refusal::KeyRefusal;

/// The key's id in the path.
type Id = String;

/// The login name in the path.
type Username = String;

/// The routes of one's own API keys; none where `auth` was built without
/// [`api_keys`](portcullis_core::AuthBuilder::api_keys):
///
/// | route | does |
/// |---|---|
/// | `GET /users/me/keys` | one's keys, the oldest first |
/// | `POST /users/me/keys` | makes one; the answer has its text, which nobody shows again |
/// | `DELETE /users/me/keys/{id}` | ends one |
///
/// Every active user may, in person: a key is refused (403). A new key can do what the token can that asks for it, and no more
/// (403). A key of somebody else is answered like one that is not there (404). With fifty that are good, or after a
/// hundred within an hour, it is 409.
pub fn keys_api<U, S>(auth: &Auth<U>) -> ApiRouter<S>
where
    U: User,
    S: Clone + Send + Sync + 'static,
    Auth<U>: FromRef<S>,
{
    match auth.api_keys() {
        Some(keys) => own::<U, S>(keys.clone()),
        None => ApiRouter::new(),
    }
}

/// The routes of everybody's API keys; none where `auth` was built without them:
///
/// | route | for | does |
/// |---|---|---|
/// | `GET /users/{username}/keys` | [`UsersRead`] | a user's keys, the oldest first |
/// | `DELETE /users/{username}/keys` | [`UsersWrite`] | ends all of them |
/// | `DELETE /users/{username}/keys/{id}` | [`UsersWrite`] | ends one |
pub fn user_keys_api<A, S>(auth: &Auth<Account>, accounts: Accounts<A>) -> ApiRouter<S>
where
    A: AccountStore,
    S: Clone + Send + Sync + 'static,
    Auth<Account>: FromRef<S>,
{
    match auth.api_keys() {
        Some(keys) => of_users(keys.clone(), accounts),
        None => ApiRouter::new(),
    }
}

/// One's own.
fn own<U, S>(keys: ApiKeys) -> ApiRouter<S>
where
    U: User,
    S: Clone + Send + Sync + 'static,
    Auth<U>: FromRef<S>,
{
    let on = keys.clone();
    let list = async move |user: ActiveUser<U>, _: By<U>| {
        let found = on.keys_of(&user.id(), user.token_epoch()).await?;
        Ok::<_, KeyRefusal>(Json(KeyList::of(&found)))
    };
    let on = keys.clone();
    let add =
        async move |user: ActiveUser<U>, token: Authenticated<U>, By(cause, _): By<U>, Json(new): Json<NewKey>| {
            // A token that was narrowed does not become a key that is not.
            let keys = on.clone().by(cause).within(token.scopes.clone());
            let added = keys.add(&*user, new.into()).await?;
            Ok::<_, KeyRefusal>((StatusCode::CREATED, Json(ApiKeyWithText::from(added))))
        };
    let end = async move |user: ActiveUser<U>, By(cause, _): By<U>, Path(id): Path<Id>| {
        end_one(&keys.clone().by(cause), &id, &user.id()).await
    };
    let in_person = in_person(true);
    let all = get(list).name("read_own_keys").tag("me").with(in_person);
    let all = all
        .post(add)
        .name("create_own_key")
        .tag("me")
        .status(StatusCode::CREATED);
    let all = all.with(refuses);
    let one = delete(end)
        .name("end_own_key")
        .tag("me")
        .with(not_found)
        .with(in_person);
    ApiRouter::new()
        .api_route("/users/me/keys", all)
        .api_route("/users/me/keys/{id}", one)
}

/// Everybody's.
fn of_users<A, S>(keys: ApiKeys, accounts: Accounts<A>) -> ApiRouter<S>
where
    A: AccountStore,
    S: Clone + Send + Sync + 'static,
    Auth<Account>: FromRef<S>,
{
    let (on, of) = (keys.clone(), accounts.clone());
    let list = async move |_: Scoped<UsersRead>, Path(username): Path<Username>| {
        let account = of.find(&username).await?;
        let found = on.keys_of(&account.id(), account.token_epoch()).await?;
        Ok::<_, KeyRefusal>(Json(KeyList::of(&found)))
    };
    let (on, of) = (keys.clone(), accounts.clone());
    let end_all = async move |_: Scoped<UsersWrite>, By(cause, _): By, Path(username): Path<Username>| {
        let user = of.find(&username).await?.id();
        on.clone().by(cause).end_all(&user).await?;
        Ok::<_, KeyRefusal>(NoContent)
    };
    let end = async move |_: Scoped<UsersWrite>, By(cause, _): By, Path((username, id)): Path<(Username, Id)>| {
        let user = accounts.find(&username).await?.id();
        end_one(&keys.clone().by(cause), &id, &user).await
    };
    let all = get(list).name("read_user_keys").tag("users").with(not_found);
    let all = all.delete(end_all).name("end_user_keys").tag("users").with(not_found);
    let one = delete(end).name("end_user_key").tag("users").with(not_found);
    ApiRouter::new()
        .api_route("/users/{username}/keys", all)
        .api_route("/users/{username}/keys/{id}", one)
}

async fn end_one(keys: &ApiKeys, id: &str, user: &UserId) -> Result<NoContent, KeyRefusal> {
    // A text that is no id names no key.
    let id: ApiKeyId = id.parse().map_err(|_| KeyRefusal::unknown())?;
    keys.end(id, user).await?;
    Ok(NoContent)
}

fn not_found(operation: &mut Operation) {
    operation.response(
        StatusCode::NOT_FOUND,
        ResponseObject::new("There is no such user or key"),
    );
}

fn refuses(operation: &mut Operation) {
    let beyond = "It would do what the token cannot that asks for it, or what asks is itself an API key";
    operation.response(StatusCode::FORBIDDEN, ResponseObject::new(beyond));
    operation.response(
        StatusCode::CONFLICT,
        ResponseObject::new("There are as many as a user may have"),
    );
}

#[cfg(test)]
mod tests;
