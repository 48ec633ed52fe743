//! Sessions over HTTP: one's own, and those of all users for administrators.

mod agent;
mod models;
mod refusal;

use axum::extract::FromRef;
use axum::response::{IntoResponse, NoContent, Response};
use http::StatusCode;
use portcullis_core::{
    Account, AccountStore, Accounts, Auth, Cause, EndReason, Ending, Principal, SessionId, Sessions, User, UserId,
};

use crate::accounts_api::{UsersRead, UsersWrite};
use crate::by::{By, in_person};
use crate::extract::{ActiveUser, Authenticated, Scoped};
use crate::input::{Json, Path};
use crate::openapi::{Operation, ResponseObject};
use crate::router::{ApiRouter, get, post};
use models::{LabelChange, SessionList};
use refusal::SessionRefusal;

/// The session's id in the path.
type Id = String;

/// The login name in the path.
type Username = String;

/// The routes of one's own sessions; none where `auth` was built without
/// [`sessions`](portcullis_core::AuthBuilder::sessions):
///
/// | route | does |
/// |---|---|
/// | `GET /users/me/sessions` | where one is logged in, the session used last first |
/// | `PATCH /users/me/sessions/{id}` | what one calls a session |
/// | `DELETE /users/me/sessions/{id}` | ends one |
/// | `DELETE /users/me/sessions` | ends all but this one |
/// | `POST /logout` | ends this one |
///
/// Every active user may. With a session its refresh token and access tokens end. A session of somebody else is answered
/// like one that is not there (404). An API key is refused (403).
pub fn sessions_api<U, S>(auth: &Auth<U>) -> ApiRouter<S>
where
    U: User,
    S: Clone + Send + Sync + 'static,
    Auth<U>: FromRef<S>,
{
    match auth.sessions() {
        Some(sessions) => {
            let own = own::<U, S>(sessions, auth.api_keys().is_some());
            match auth.cookies() {
                // Whoever mounts the routes has the one that takes a cookie too.
                Some(_) => own,
                None => own.merge(log_out::<U, S>(auth.clone(), sessions.clone())),
            }
        }
        None => ApiRouter::new(),
    }
}

/// The routes of everybody's sessions; none where `auth` was built without sessions:
///
/// | route | for | does |
/// |---|---|---|
/// | `GET /users/{username}/sessions` | [`UsersRead`] | a user's sessions, the one used last first |
/// | `DELETE /users/{username}/sessions` | [`UsersWrite`] | ends all of them |
/// | `DELETE /users/{username}/sessions/{id}` | [`UsersWrite`] | ends one |
pub fn user_sessions_api<A, S>(auth: &Auth<Account>, accounts: Accounts<A>) -> ApiRouter<S>
where
    A: AccountStore,
    S: Clone + Send + Sync + 'static,
    Auth<Account>: FromRef<S>,
{
    match auth.sessions() {
        Some(sessions) => of_users(sessions.clone(), accounts),
        None => ApiRouter::new(),
    }
}

/// One's own.
fn own<U, S>(sessions: &Sessions, keys: bool) -> ApiRouter<S>
where
    U: User,
    S: Clone + Send + Sync + 'static,
    Auth<U>: FromRef<S>,
{
    let on = sessions.clone();
    let list = async move |user: ActiveUser<U>, token: Authenticated<U>, _: By<U>| {
        let found = on.sessions_of(&user.id(), user.token_epoch()).await?;
        Ok::<_, SessionRefusal>(Json(SessionList::of(&found, token.token.session)))
    };
    let on = sessions.clone();
    let end_others = async move |user: ActiveUser<U>, token: Authenticated<U>, By(cause, _): By<U>| {
        let others = Ending::OfUser(user.id(), token.token.session);
        on.clone().by(cause).end(&others, EndReason::Logout, &[]).await?;
        Ok::<_, SessionRefusal>(NoContent)
    };
    let on = sessions.clone();
    let label =
        async move |user: ActiveUser<U>, By(cause, _): By<U>, Path(id): Path<Id>, Json(change): Json<LabelChange>| {
            let label = change.label()?;
            match on.clone().by(cause).label(read(&id)?, &user.id(), &label).await? {
                true => Ok(NoContent),
                false => Err(SessionRefusal::Unknown),
            }
        };
    let on = sessions.clone();
    let end = async move |user: ActiveUser<U>, By(cause, _): By<U>, Path(id): Path<Id>| {
        end_one(&on.clone().by(cause), (&id, user.id()), EndReason::Logout).await
    };
    let in_person = in_person(keys);
    let all = get(list).name("read_own_sessions").tag("me").with(in_person);
    let all = all
        .delete(end_others)
        .name("end_other_sessions")
        .tag("me")
        .with(in_person);
    let one = crate::router::patch(label).name("label_own_session").tag("me");
    let one = one.with(not_found).with(in_person);
    let one = one.delete(end).name("end_own_session").tag("me");
    ApiRouter::new()
        .api_route("/users/me/sessions", all)
        .api_route("/users/me/sessions/{id}", one.with(not_found).with(in_person))
}

fn log_out<U, S>(auth: Auth<U>, sessions: Sessions) -> ApiRouter<S>
where
    U: User,
    S: Clone + Send + Sync + 'static,
    Auth<U>: FromRef<S>,
{
    let in_person = in_person(auth.api_keys().is_some());
    let end = async move |token: Authenticated<U>, By(cause, _): By<U>| end_this(&auth, &sessions, &token, cause).await;
    ApiRouter::new().api_route("/logout", post(end).name("log_out").tag("me").with(in_person))
}

/// Ends the session of a token; one that belongs to none ends alone.
pub(crate) async fn end_session_of<U: User>(auth: &Auth<U>, token: &Principal<U>, cause: Cause) -> Response {
    match auth.sessions() {
        Some(sessions) => end_this(auth, sessions, token, cause).await.into_response(),
        None => SessionRefusal::Unknown.into_response(),
    }
}

/// The session of a token; one that belongs to none ends alone.
async fn end_this<U: User>(
    auth: &Auth<U>,
    sessions: &Sessions,
    token: &Principal<U>,
    cause: Cause,
) -> Result<NoContent, SessionRefusal> {
    match (token.token.session, &token.token.jti) {
        (Some(session), _) => {
            let which = Ending::SessionOf(session, token.user.id());
            sessions.clone().by(cause).end(&which, EndReason::Logout, &[]).await?;
        }
        (None, Some(_)) => auth.revoke_token(&token.token, cause).await?,
        (None, None) => return Err(SessionRefusal::Unknown),
    }
    Ok(NoContent)
}

/// Everybody's.
fn of_users<A, S>(sessions: Sessions, accounts: Accounts<A>) -> ApiRouter<S>
where
    A: AccountStore,
    S: Clone + Send + Sync + 'static,
    Auth<Account>: FromRef<S>,
{
    let (on, of) = (sessions.clone(), accounts.clone());
    let list = async move |_: Scoped<UsersRead>, Path(username): Path<Username>| {
        let account = of.find(&username).await?;
        let found = on.sessions_of(&account.id(), account.token_epoch()).await?;
        Ok::<_, SessionRefusal>(Json(SessionList::of(&found, None)))
    };
    let (on, of) = (sessions.clone(), accounts.clone());
    let end_all = async move |_: Scoped<UsersWrite>, By(cause, _): By, Path(username): Path<Username>| {
        let all = Ending::OfUser(of.find(&username).await?.id(), None);
        on.clone().by(cause).end(&all, EndReason::Administrator, &[]).await?;
        Ok::<_, SessionRefusal>(NoContent)
    };
    let end = async move |_: Scoped<UsersWrite>, By(cause, _): By, Path((username, id)): Path<(Username, Id)>| {
        let user = accounts.find(&username).await?.id();
        end_one(&sessions.clone().by(cause), (&id, user), EndReason::Administrator).await
    };
    let all = get(list).name("read_user_sessions").tag("users");
    let all = all
        .with(not_found)
        .delete(end_all)
        .name("end_user_sessions")
        .tag("users");
    let one = crate::router::delete(end).name("end_user_session").tag("users");
    ApiRouter::new()
        .api_route("/users/{username}/sessions", all.with(not_found))
        .api_route("/users/{username}/sessions/{id}", one.with(not_found))
}

async fn end_one(sessions: &Sessions, (id, user): (&str, UserId), why: EndReason) -> Result<NoContent, SessionRefusal> {
    let ended = sessions.end(&Ending::SessionOf(read(id)?, user), why, &[]).await?;
    match ended.is_empty() {
        true => Err(SessionRefusal::Unknown),
        false => Ok(NoContent),
    }
}

/// A text that is no id names no session.
fn read(id: &str) -> Result<SessionId, SessionRefusal> {
    id.parse().map_err(|_| SessionRefusal::Unknown)
}

fn not_found(operation: &mut Operation) {
    operation.response(StatusCode::NOT_FOUND, ResponseObject::new("There is no such session"));
}

#[cfg(test)]
mod tests;
