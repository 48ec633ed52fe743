//! Accounts over HTTP: one's own, and all of them for administrators.

mod models;
mod precondition;
mod refusal;

use axum::extract::FromRef;
use axum::response::NoContent;
use http::StatusCode;
use portcullis_core::accounts::{Edit, Page};
use portcullis_core::{Account, AccountStore, Accounts, Auth, NewAccount, User as _};
use schemars::JsonSchema;
use serde::Serialize;

use crate::by::{By, in_person};
use crate::extract::{ActiveUser, Scoped};
use crate::input::{Json, Path, Query};
use crate::openapi::{Operation, ResponseObject};
use crate::profile::Profile;
use crate::router::{ApiRouter, get, post, put};
use models::{NewPassword, NewUser, PageQuery, PasswordChange, UserChange};
use precondition::{IfMatch, Tagged};
use refusal::AccountRefusal;

const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
const NOT_FOUND: StatusCode = StatusCode::NOT_FOUND;
const CONFLICT: StatusCode = StatusCode::CONFLICT;
const PRECONDITION_FAILED: StatusCode = StatusCode::PRECONDITION_FAILED;

/// The login name in the path.
type Username = String;

portcullis_core::scopes! {
    /// Read all users.
    pub UsersRead = "users:read";
    /// Add, change and remove users.
    pub UsersWrite = "users:write";
}

/// A user as an administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UserDetails {
    /// The login name.
    pub username: String,
    /// The e-mail address.
    pub email: Option<String>,
    /// The full name.
    pub full_name: Option<String>,
    /// Whether the user is disabled.
    pub disabled: bool,
    /// What the user may be granted.
    pub scopes: Vec<String>,
}

impl From<&Account> for UserDetails {
    fn from(account: &Account) -> Self {
        Self {
            username: account.username().to_owned(),
            email: account.email().map(str::to_owned),
            full_name: account.full_name().map(str::to_owned),
            disabled: account.disabled(),
            scopes: account.scopes().iter().map(str::to_owned).collect(),
        }
    }
}

/// Some users in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UserPage {
    /// The users.
    pub users: Vec<UserDetails>,
    /// What to give as `after` for the next page; `null` on the last one.
    pub next: Option<String>,
}

impl From<Page> for UserPage {
    fn from(page: Page) -> Self {
        Self {
            users: page.accounts.iter().map(UserDetails::from).collect(),
            next: page.next,
        }
    }
}

/// The routes of accounts:
///
/// | route | for | does |
/// |---|---|---|
/// | `GET /users/me/` | every active user | one's own profile |
/// | `PUT /users/me/password` | every active user | a new password for the current one; older tokens end |
/// | `GET /users/?after=&limit=` | [`UsersRead`] | a page of all users by name, 20 unless told otherwise, at most 100 |
/// | `GET /users/{username}` | [`UsersRead`] | one user |
/// | `POST /users/` | [`UsersWrite`] | adds a user |
/// | `PATCH /users/{username}` | [`UsersWrite`] | changes e-mail, name, scopes, or disables |
/// | `PUT /users/{username}/password` | [`UsersWrite`] | a new password; older tokens end |
/// | `DELETE /users/{username}` | [`UsersWrite`] | removes a user |
/// | `POST /users/{username}/admission` | [`UsersWrite`] | where guessing is slowed: lets a user try again who was closed out |
///
/// Nobody gives scopes that they do not have, neither by name nor by setting the password of one who has them nor by enabling
/// one (403). An address is no such thing here: an application that mails to it (a new password, say) asks more itself. The
/// last active user with a password and [`UsersWrite`] stays one (409). `GET`, `POST` and `PATCH` answer with an `ETag`;
/// a change that names it in `If-Match` is made only while the user is as it was seen (412). An API key reads, and changes
/// nothing (403).
///
/// Declare both scopes where the `Auth` is built, and build it over the same store. A body is read as by [`Json`], with
/// no members that are not documented; a wrong current password is answered as a wrong login.
pub fn accounts_api<S, State>(accounts: Accounts<S>) -> ApiRouter<State>
where
    S: AccountStore,
    State: Clone + Send + Sync + 'static,
    Auth<Account>: FromRef<State>,
{
    own(accounts.clone()).merge(all(accounts.clone())).merge(one(accounts))
}

/// One's own account.
fn own<S, State>(accounts: Accounts<S>) -> ApiRouter<State>
where
    S: AccountStore,
    State: Clone + Send + Sync + 'static,
    Auth<Account>: FromRef<State>,
{
    let (slowed, in_person) = (accounts.slows_guessing(), in_person(accounts.takes_api_keys()));
    let change = async move |user: ActiveUser, By(cause, _): By, Json(change): Json<PasswordChange>| {
        let PasswordChange {
            current_password,
            new_password,
        } = change;
        let accounts = accounts.clone().by(cause);
        let done = accounts.change_password(&user, current_password, new_password).await;
        done.map(|_| NoContent).map_err(AccountRefusal::of_change)
    };
    let change = put(change).name("change_own_password").tag("me");
    ApiRouter::new()
        .api_route("/users/me/", get(read_users_me).tag("me"))
        // Without the slash it would be the user called `me`.
        .api_route("/users/me", get(read_users_me).hidden())
        .api_route(
            "/users/me/password",
            change.with(move |operation| {
                operation.with_a_password();
                if slowed {
                    operation.throttled();
                }
                in_person(operation);
                refuses(operation, [CONFLICT]);
            }),
        )
}

async fn read_users_me(user: ActiveUser) -> Json<Profile> {
    Json(Profile::from(&*user))
}

/// The list.
fn all<S, State>(accounts: Accounts<S>) -> ApiRouter<State>
where
    S: AccountStore,
    State: Clone + Send + Sync + 'static,
    Auth<Account>: FromRef<State>,
{
    let on = accounts.clone();
    let list = async move |_: Scoped<UsersRead>, Query(page): Query<PageQuery>| {
        let after = page.after.filter(|after| !after.is_empty());
        let page = on.list(after.as_deref(), page.limit).await?;
        Ok::<_, AccountRefusal>(Json(UserPage::from(page)))
    };
    let create = async move |caller: Scoped<UsersWrite>, By(cause, _): By, Json(new): Json<NewUser>| {
        let accounts = accounts.clone().by(cause).within(caller.scopes().clone());
        let account = accounts.create(NewAccount::from(new)).await?;
        Ok::<_, AccountRefusal>((StatusCode::CREATED, Tagged::from(&account)))
    };
    let methods = get(list).name("read_users").tag("users");
    let methods = methods
        .post(create)
        .name("create_user")
        .tag("users")
        .status(StatusCode::CREATED);
    ApiRouter::new().api_route(
        "/users/",
        methods.with(|operation| refuses(operation, [FORBIDDEN, CONFLICT])),
    )
}

/// One account by its name.
fn one<S, State>(accounts: Accounts<S>) -> ApiRouter<State>
where
    S: AccountStore,
    State: Clone + Send + Sync + 'static,
    Auth<Account>: FromRef<State>,
{
    let slowed = accounts.clone();
    let on = accounts.clone();
    let read = async move |_: Scoped<UsersRead>, Path(username): Path<Username>| {
        let account = on.find(&username).await?;
        Ok::<_, AccountRefusal>(Tagged::from(&account))
    };
    let on = accounts.clone();
    let update = async move |caller: Scoped<UsersWrite>,
                             By(cause, _): By,
                             Path(username): Path<Username>,
                             seen: IfMatch,
                             Json(change): Json<UserChange>| {
        let accounts = seen.of(on.clone()).by(cause).within(caller.scopes().clone());
        let account = accounts.edit(&username, Edit::from(change)).await?;
        Ok::<_, AccountRefusal>(Tagged::from(&account))
    };
    let on = accounts.clone();
    let remove = async move |_: Scoped<UsersWrite>, By(cause, _): By, Path(username): Path<Username>, seen: IfMatch| {
        seen.of(on.clone()).by(cause).delete(&username).await?;
        Ok::<_, AccountRefusal>(NoContent)
    };
    let set_password = async move |caller: Scoped<UsersWrite>,
                                   By(cause, _): By,
                                   Path(username): Path<Username>,
                                   seen: IfMatch,
                                   Json(new): Json<NewPassword>| {
        let accounts = seen.of(accounts.clone()).by(cause).within(caller.scopes().clone());
        accounts.set_password(&username, new.password).await?;
        Ok::<_, AccountRefusal>(NoContent)
    };
    let changes = |operation: &mut Operation| refuses(operation, [FORBIDDEN, NOT_FOUND, CONFLICT, PRECONDITION_FAILED]);
    let methods = get(read).name("read_user").tag("users");
    let methods = methods.with(|operation| refuses(operation, [NOT_FOUND]));
    let methods = methods.patch(update).name("update_user").tag("users").with(changes);
    let methods = methods.delete(remove).name("delete_user").tag("users");
    let methods = methods.with(|operation| refuses(operation, [NOT_FOUND, CONFLICT, PRECONDITION_FAILED]));
    let password = put(set_password).name("set_user_password").tag("users").with(changes);
    let routes = ApiRouter::new()
        .api_route("/users/{username}", methods)
        .api_route("/users/{username}/password", password);
    if !slowed.slows_guessing() {
        return routes;
    }
    let admit = async move |_: Scoped<UsersWrite>, By(cause, _): By, Path(username): Path<Username>| {
        slowed.clone().by(cause).admit(&username).await?;
        Ok::<_, AccountRefusal>(NoContent)
    };
    let admit = post(admit).name("admit_user").tag("users");
    routes.api_route(
        "/users/{username}/admission",
        admit.with(|operation| refuses(operation, [NOT_FOUND])),
    )
}

/// Documents refusals, each with its reason.
fn refuses<const N: usize>(operation: &mut Operation, statuses: [StatusCode; N]) {
    for status in statuses {
        let reason = match status {
            FORBIDDEN => "A scope is missing, or the caller would give scopes that they do not have",
            NOT_FOUND => "There is no such user",
            PRECONDITION_FAILED => "The user is in another state than `If-Match` says",
            _ => {
                "The name is taken, the user is the last administrator, was changed meanwhile, or is administered elsewhere"
            }
        };
        operation.response(status, ResponseObject::new(reason));
    }
}

#[cfg(test)]
mod tests;
