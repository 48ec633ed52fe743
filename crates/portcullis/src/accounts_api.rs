//! Accounts over HTTP: one's own, and all of them for administrators.

mod input;
mod members;
mod models;
mod refusal;

use axum::Json;
use axum::extract::FromRef;
use axum::response::NoContent;
use http::StatusCode;
use portcullis_core::accounts::{Edit, Page};
use portcullis_core::{Account, AccountStore, Accounts, Auth, User as _};
use schemars::JsonSchema;
use serde::Serialize;

use crate::extract::{ActiveUser, Scoped};
use crate::openapi::{Operation, ResponseObject};
use crate::profile::Profile;
use crate::router::{ApiRouter, get, put};
use input::{Body, PageQuery, Username};
use models::{NewPassword, NewUser, PasswordChange, UserChange};
use refusal::AccountRefusal;

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
///
/// Declare both scopes where the `Auth` is built, and build it over the same store. A body is JSON of at most 64 KiB; a
/// wrong current password is answered as a wrong login.
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
    let change = async move |user: ActiveUser, body: Body<PasswordChange>| {
        let PasswordChange {
            current_password,
            new_password,
        } = body.0;
        let done = accounts.change_password(&user, current_password, new_password).await;
        done.map(|_| NoContent).map_err(AccountRefusal::of_change)
    };
    ApiRouter::new()
        .api_route("/users/me/", get(read_users_me).tag("me"))
        // Without the slash it would be the user called `me`.
        .api_route("/users/me", get(read_users_me).hidden())
        .api_route("/users/me/password", put(change).name("change_own_password").tag("me"))
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
    let list = async move |_: Scoped<UsersRead>, page: PageQuery| {
        let page = on.list(page.after.as_deref(), page.limit).await?;
        Ok::<_, AccountRefusal>(Json(UserPage::from(page)))
    };
    let create = async move |_: Scoped<UsersWrite>, body: Body<NewUser>| {
        let account = accounts.create(body.0.into_account()).await?;
        Ok::<_, AccountRefusal>((StatusCode::CREATED, Json(UserDetails::from(&account))))
    };
    let methods = get(list).name("read_users").tag("users");
    let methods = methods
        .post(create)
        .name("create_user")
        .tag("users")
        .status(StatusCode::CREATED);
    ApiRouter::new().api_route(
        "/users/",
        methods.with(|operation| refuses(operation, StatusCode::CONFLICT)),
    )
}

/// One account by its name.
fn one<S, State>(accounts: Accounts<S>) -> ApiRouter<State>
where
    S: AccountStore,
    State: Clone + Send + Sync + 'static,
    Auth<Account>: FromRef<State>,
{
    let unknown = |operation: &mut Operation| refuses(operation, StatusCode::NOT_FOUND);
    let on = accounts.clone();
    let read = async move |_: Scoped<UsersRead>, name: Username| {
        let account = on.find(&name.0).await?;
        Ok::<_, AccountRefusal>(Json(UserDetails::from(&account)))
    };
    let on = accounts.clone();
    let update = async move |_: Scoped<UsersWrite>, name: Username, body: Body<UserChange>| {
        let account = on.edit(&name.0, Edit::from(body.0)).await?;
        Ok::<_, AccountRefusal>(Json(UserDetails::from(&account)))
    };
    let on = accounts.clone();
    let remove = async move |_: Scoped<UsersWrite>, name: Username| {
        on.delete(&name.0).await?;
        Ok::<_, AccountRefusal>(NoContent)
    };
    let set_password = async move |_: Scoped<UsersWrite>, name: Username, body: Body<NewPassword>| {
        accounts.set_password(&name.0, body.0.password).await?;
        Ok::<_, AccountRefusal>(NoContent)
    };
    let methods = get(read).name("read_user").tag("users").with(unknown);
    let methods = methods.patch(update).name("update_user").tag("users").with(unknown);
    let methods = methods.delete(remove).name("delete_user").tag("users").with(unknown);
    let password = put(set_password).name("set_user_password").tag("users").with(unknown);
    ApiRouter::new()
        .api_route("/users/{username}", methods)
        .api_route("/users/{username}/password", password)
}

fn refuses(operation: &mut Operation, status: StatusCode) {
    let reason = if status == StatusCode::CONFLICT {
        "The name is taken"
    } else {
        "There is no such user"
    };
    operation.response(status, ResponseObject::new(reason));
}
