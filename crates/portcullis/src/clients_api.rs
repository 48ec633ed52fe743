//! Clients over HTTP, for administrators.

mod models;
mod refusal;

use axum::extract::State;
use axum::response::NoContent;
use http::StatusCode;
use portcullis_core::{Auth, Clients, ScopeSet, User};

use crate::by::By;
use crate::extract::Scoped;
use crate::input::{Json, Path, Query};
use crate::openapi::{Operation, ResponseObject};
use crate::router::{ApiRouter, delete, get, post};
use models::{ClientChange, ClientDetails, ClientList, ClientWithSecret, NewClientBody, PageQuery};
use refusal::ClientRefusal;

const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
const NOT_FOUND: StatusCode = StatusCode::NOT_FOUND;
const CONFLICT: StatusCode = StatusCode::CONFLICT;

/// The client's id in the path.
type ClientId = String;

portcullis_core::scopes! {
    /// Read all clients.
    pub ClientsRead = "clients:read";
    /// Add, change and remove clients.
    pub ClientsWrite = "clients:write";
}

/// The routes of clients; none where `auth` was built without [`clients`](portcullis_core::AuthBuilder::clients):
///
/// | route | for | does |
/// |---|---|---|
/// | `GET /clients/?after=&limit=` | [`ClientsRead`] | a page of all clients by id, 20 unless told otherwise, at most 100 |
/// | `GET /clients/{client_id}` | [`ClientsRead`] | one client |
/// | `POST /clients/` | [`ClientsWrite`] | adds a client; the answer has its secret, which nobody shows again |
/// | `PATCH /clients/{client_id}` | [`ClientsWrite`] | disables a client, whose tokens end with it, or enables it |
/// | `POST /clients/{client_id}/secrets` | [`ClientsWrite`] | a second secret beside the first |
/// | `DELETE /clients/{client_id}/secrets/older` | [`ClientsWrite`] | ends the older of two |
/// | `DELETE /clients/{client_id}` | [`ClientsWrite`] | removes a client, whose tokens end with it |
///
/// Nobody gives scopes that they do not have, neither to a new client nor by a new secret of one that has them (403).
/// Declare both scopes where the `Auth` is built. A body is read as by [`Json`], with no members that are not documented.
pub fn clients_api<U: User>(auth: &Auth<U>) -> ApiRouter<Auth<U>> {
    let Some(clients) = auth.clients() else {
        return ApiRouter::new();
    };
    all::<U>(clients.clone())
        .merge(one::<U>(clients.clone()))
        .merge(secrets::<U>(clients.clone()))
}

/// The list.
fn all<U: User>(clients: Clients) -> ApiRouter<Auth<U>> {
    let on = clients.clone();
    let list = async move |_: Scoped<ClientsRead, U>, Query(page): Query<PageQuery>| {
        let after = page.after.filter(|after| !after.is_empty());
        let page = on.list(after.as_deref(), page.limit).await?;
        Ok::<_, ClientRefusal>(Json(ClientList::from(page)))
    };
    let create = async move |caller: Scoped<ClientsWrite, U>,
                             by: By<U>,
                             State(auth): State<Auth<U>>,
                             Json(new): Json<NewClientBody>| {
        let added = on_behalf_of(&clients, auth.may_do(&caller), by).add(new.into()).await?;
        Ok::<_, ClientRefusal>((StatusCode::CREATED, Json(ClientWithSecret::from(added))))
    };
    let methods = get(list).name("read_clients").tag("clients");
    let methods = methods
        .post(create)
        .name("create_client")
        .tag("clients")
        .status(StatusCode::CREATED);
    ApiRouter::new().api_route(
        "/clients/",
        methods.with(|operation| refuses(operation, [FORBIDDEN, CONFLICT])),
    )
}

/// One client by its id.
fn one<U: User>(clients: Clients) -> ApiRouter<Auth<U>> {
    let on = clients.clone();
    let read = async move |_: Scoped<ClientsRead, U>, Path(id): Path<ClientId>| {
        let client = on.find(&id).await?;
        Ok::<_, ClientRefusal>(Json(ClientDetails::from(&client)))
    };
    let on = clients.clone();
    let update = async move |caller: Scoped<ClientsWrite, U>,
                             by: By<U>,
                             State(auth): State<Auth<U>>,
                             Path(id): Path<ClientId>,
                             Json(change): Json<ClientChange>| {
        let clients = on_behalf_of(&on, auth.may_do(&caller), by);
        let client = match change.disabled {
            Some(true) => clients.disable(&id).await?,
            Some(false) => clients.enable(&id).await?,
            None => clients.find(&id).await?,
        };
        Ok::<_, ClientRefusal>(Json(ClientDetails::from(&client)))
    };
    let remove = async move |_: Scoped<ClientsWrite, U>, By(cause, _): By<U>, Path(id): Path<ClientId>| {
        clients.clone().by(cause).delete(&id).await?;
        Ok::<_, ClientRefusal>(NoContent)
    };
    let methods = get(read).name("read_client").tag("clients");
    let methods = methods.with(|operation| refuses(operation, [NOT_FOUND]));
    let methods = methods.patch(update).name("update_client").tag("clients");
    let methods = methods.with(|operation| refuses(operation, [FORBIDDEN, NOT_FOUND]));
    let methods = methods.delete(remove).name("delete_client").tag("clients");
    let methods = methods.with(|operation| refuses(operation, [NOT_FOUND]));
    ApiRouter::new().api_route("/clients/{client_id}", methods)
}

/// The secrets of one client.
fn secrets<U: User>(clients: Clients) -> ApiRouter<Auth<U>> {
    let on = clients.clone();
    let add = async move |caller: Scoped<ClientsWrite, U>,
                          by: By<U>,
                          State(auth): State<Auth<U>>,
                          Path(id): Path<ClientId>| {
        let added = on_behalf_of(&on, auth.may_do(&caller), by).add_secret(&id).await?;
        Ok::<_, ClientRefusal>((StatusCode::CREATED, Json(ClientWithSecret::from(added))))
    };
    let drop_older = async move |caller: Scoped<ClientsWrite, U>,
                                 by: By<U>,
                                 State(auth): State<Auth<U>>,
                                 Path(id): Path<ClientId>| {
        on_behalf_of(&clients, auth.may_do(&caller), by)
            .drop_secret(&id)
            .await?;
        Ok::<_, ClientRefusal>(NoContent)
    };
    let refuses_all = |operation: &mut Operation| refuses(operation, [FORBIDDEN, NOT_FOUND, CONFLICT]);
    let add = post(add)
        .name("add_client_secret")
        .tag("clients")
        .status(StatusCode::CREATED);
    let drop_older = delete(drop_older).name("drop_client_secret").tag("clients");
    ApiRouter::new()
        .api_route("/clients/{client_id}/secrets", add.with(refuses_all))
        .api_route("/clients/{client_id}/secrets/older", drop_older.with(refuses_all))
}

fn on_behalf_of<U>(clients: &Clients, scopes: ScopeSet, By(cause, _): By<U>) -> Clients {
    clients.clone().by(cause).within(scopes)
}

/// Documents refusals, each with its reason.
fn refuses<const N: usize>(operation: &mut Operation, statuses: [StatusCode; N]) {
    for status in statuses {
        let reason = match status {
            FORBIDDEN => "A scope is missing, or the caller would give scopes that they do not have",
            NOT_FOUND => "There is no such client",
            _ => {
                "The id is taken, there are two secrets or only one, there can be none, or the client was changed meanwhile"
            }
        };
        operation.response(status, ResponseObject::new(reason));
    }
}

#[cfg(test)]
mod tests;
